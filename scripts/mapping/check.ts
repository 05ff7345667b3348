/** A mapping and its fixtures → what is wrong with them, each problem where it stands in its file. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { CompiledLookup, CompiledMapping, CompiledRule } from '../../src/connectors/http/mapping/compiled.ts';
import { listMappings } from './build.ts';
import { type Fixtures, fixturesSchema } from './fixture-file.ts';
import type { JsonPath } from './locate.ts';
import { type At, type Found, mappingFile, namedSecrets, openJson, readMapping } from './read-mapping.ts';
import { runFixtures } from './run-fixtures.ts';
import { wordsOfIssue } from './words.ts';

export interface Checked {
  readonly name: string;
  readonly problems: readonly Found[];
  /** Null where they were not run: there is no file of them, or the mapping is wrong. */
  readonly cases: number | null;
  /** Rules that no case is about. */
  readonly unreached: readonly Found[];
}

export const fixturesFile = (folder: string, name: string) => join(folder, 'fixtures', `${name}.json`);

export async function checkMapping(folder: string, name: string): Promise<Checked> {
  const { mapping, at, problems } = readMapping(mappingFile(folder, name), name);
  const file = fixturesFile(folder, name);
  if (!existsSync(file)) return { name, problems, cases: null, unreached: [] };
  const fixtures = readFixtures(file);
  if (mapping === null || problems.length > 0 || fixtures.fixtures === null) {
    return { name, problems: [...problems, ...fixtures.problems], cases: null, unreached: [] };
  }
  const known = namedSecrets(mapping);
  const strangers = Object.keys(fixtures.fixtures.secrets).filter((secret) => !known.includes(secret));
  const misspelt = strangers.map((secret) =>
    fixtures.at(['secrets', secret], `the mapping names no such secret; it names ${known.join(', ') || 'none'}`),
  );
  const { offers, usages, lookups } = fixtures.fixtures;
  const failed = await runFixtures(mapping, fixtures.fixtures);
  const found = failed.map(({ path, message, name: title }) => fixtures.at(path, `${message} (in "${title}")`));
  const rules = found.length > 0 ? [] : await findUnreachedRules(mapping, fixtures.fixtures);
  return {
    name,
    problems: [...problems, ...fixtures.problems, ...misspelt, ...found],
    cases: offers.length + usages.length + lookups.length,
    unreached: rules.map((path) => at(path, 'no fixture reaches this rule: add a case whose answer it is about')),
  };
}

/** Each rule is made to say something else in turn: fixtures that still pass never reach it. */
async function findUnreachedRules(mapping: CompiledMapping, fixtures: Fixtures): Promise<JsonPath[]> {
  const { offers, usages } = mapping;
  const { lookup } = usages;
  // "credentials" and "failed" of offers come to the same failure: neither may stand in for the other.
  const lie = <M extends string>(rules: readonly CompiledRule<M>[], index: number, one: M, other: M) =>
    rules.map((rule, at) => (at === index ? { ...rule, means: rule.means === one ? other : one } : rule));
  const changes: [JsonPath, CompiledMapping][] = [
    ...offers.rules.map((_, at): [JsonPath, CompiledMapping] => {
      const rules = lie(offers.rules, at, 'empty', 'failed');
      return [['offers', 'rules', at], { ...mapping, offers: { ...offers, rules } }];
    }),
    ...usages.rules.map((_, at): [JsonPath, CompiledMapping] => {
      const rules = lie(usages.rules, at, 'refused', 'later');
      return [['usages', 'rules', at], { ...mapping, usages: { ...usages, rules } }];
    }),
    ...(lookup?.rules ?? []).map((_, at): [JsonPath, CompiledMapping] => {
      const lying = { ...(lookup as CompiledLookup), rules: lie(lookup?.rules ?? [], at, 'absent', 'later') };
      return [['usages', 'lookup', 'rules', at], { ...mapping, usages: { ...usages, lookup: lying } }];
    }),
  ];
  const unreached: JsonPath[] = [];
  for (const [path, changed] of changes) {
    if ((await runFixtures(changed, fixtures)).length === 0) unreached.push(path);
  }
  return unreached;
}

/** Fixtures of no mapping: a name that is misspelled. */
export function findOrphans(folder: string): Found[] {
  const directory = join(folder, 'fixtures');
  const mappings = new Set(listMappings(folder));
  const names = existsSync(directory) ? readdirSync(directory).filter((file) => file.endsWith('.json')) : [];
  return names.sort().flatMap((file) => {
    if (mappings.has(join(folder, file))) return [];
    const message = `there is no mapping ${file}: fixtures have the name of the one that they are for`;
    return [{ file: join(directory, file), place: { line: 1, column: 1 }, path: '', message }];
  });
}

function readFixtures(file: string): { fixtures: Fixtures | null; at: At; problems: Found[] } {
  const { json, at, problems } = openJson(file);
  if (json === null) return { fixtures: null, at, problems };
  const read = v.safeParse(fixturesSchema, json.value);
  if (read.success) return { fixtures: read.output, at, problems };
  const wrong = read.issues.map((issue) => {
    return at(
      (issue.path ?? []).map(({ key }) => key as string | number),
      wordsOfIssue(issue),
    );
  });
  return { fixtures: null, at, problems: [...problems, ...wrong] };
}
