/** A mapping and its fixtures → what is wrong with them, each problem where it stands in its file. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { secretReader } from '../../src/config.ts';
import type { CompiledMapping } from '../../src/connectors/http/mapping/compiled.ts';
import type { Auth } from '../../src/connectors/http/mapping/schema.ts';
import { compileMapping, listMappings } from './build.ts';
import { type Fixtures, fixturesSchema } from './fixture-file.ts';
import { type JsonPath, type LocatedJson, type Place, readJson } from './locate.ts';
import { runFixtures } from './run-fixtures.ts';
import { wordsOfIssue } from './words.ts';

export interface Found {
  readonly file: string;
  readonly place: Place;
  /** With dots; empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

export interface Checked {
  readonly name: string;
  readonly problems: readonly Found[];
  /** Null where they were not run: there is no file of them, or the mapping is wrong. */
  readonly cases: number | null;
}

export const mappingFile = (folder: string, name: string) => join(folder, `${name}.json`);
export const fixturesFile = (folder: string, name: string) => join(folder, 'fixtures', `${name}.json`);

/** `src/connectors/http/mappings/x.json:12:7  usages.body.lines: message` */
export function describeProblem({ file, place, path, message }: Found): string {
  return `${file}:${place.line}:${place.column}  ${path === '' ? '' : `${path}: `}${message}`;
}

export async function checkMapping(folder: string, name: string): Promise<Checked> {
  const { mapping, problems } = readMapping(mappingFile(folder, name), name);
  const file = fixturesFile(folder, name);
  if (!existsSync(file)) return { name, problems, cases: null };
  const fixtures = readFixtures(file);
  if (mapping === null || problems.length > 0 || fixtures.fixtures === null) {
    return { name, problems: [...problems, ...fixtures.problems], cases: null };
  }
  const { offers, usages, lookups } = fixtures.fixtures;
  const failed = await runFixtures(mapping, fixtures.fixtures);
  const found = failed.map(({ path, message, name: title }) => fixtures.at(path, `${message} (in "${title}")`));
  return {
    name,
    problems: [...problems, ...fixtures.problems, ...found],
    cases: offers.length + usages.length + lookups.length,
  };
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

/** The mapping is null where it cannot be used. */
export function readMapping(file: string, name: string): { mapping: CompiledMapping | null; problems: Found[] } {
  const { json, at, problems } = open(file);
  if (json === null) return { mapping: null, problems };
  const compiled = compileMapping(name, json.value);
  if ('problems' in compiled) {
    return { mapping: null, problems: [...problems, ...compiled.problems.map((one) => at(one.path, one.message))] };
  }
  const { mapping } = compiled;
  const taken = secretsOf(mapping.auth).filter(([, secret]) => secretReader({ [secret]: 'x' })(secret) === undefined);
  const others = taken.map(([path, secret]) =>
    at(path, `${secret} is a setting of the adapter, which no mapping gets: give the secret a name of its own`),
  );
  return { mapping, problems: [...problems, ...others] };
}

/** Names of secrets, and where they stand. */
export function secretsOf(auth: Auth): [JsonPath, string][] {
  const { kind, ...named } = auth;
  switch (kind) {
    case 'headers':
      return Object.entries(auth.headers).map(([header, secret]) => [['auth', 'headers', header], secret]);
    case 'query':
      return [[['auth', 'value'], auth.value]];
    default:
      return Object.entries(named).map(([key, secret]) => [['auth', key], String(secret)]);
  }
}

type At = (path: JsonPath, message: string) => Found;

function readFixtures(file: string): { fixtures: Fixtures | null; at: At; problems: Found[] } {
  const { json, at, problems } = open(file);
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

function open(file: string): { json: LocatedJson | null; at: At; problems: Found[] } {
  const json = readJson(readFileSync(file, 'utf8'));
  if ('message' in json) {
    const { place, message } = json;
    const at: At = (_, text) => ({ file, place, path: '', message: text });
    return { json: null, at, problems: [at([], `this is no JSON: ${message}`)] };
  }
  const at: At = (path, message) => ({ file, place: json.placeOf(path), path: path.join('.'), message });
  const problems = json.repeated.map((path) =>
    at(path, 'is there twice, and only this one would be read: take one out'),
  );
  return { json, at, problems };
}
