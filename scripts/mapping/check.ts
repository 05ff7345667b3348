/** A mapping and its fixtures → what is wrong with them, each problem where it stands in its file. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { listMappings } from './build.ts';
import { type Fixtures, fixturesSchema } from './fixture-file.ts';
import { type At, type Found, mappingFile, openJson, readMapping } from './read-mapping.ts';
import { runFixtures } from './run-fixtures.ts';
import { wordsOfIssue } from './words.ts';

export interface Checked {
  readonly name: string;
  readonly problems: readonly Found[];
  /** Null where they were not run: there is no file of them, or the mapping is wrong. */
  readonly cases: number | null;
}

export const fixturesFile = (folder: string, name: string) => join(folder, 'fixtures', `${name}.json`);

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
