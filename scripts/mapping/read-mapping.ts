/** A mapping's file → the compiled mapping, or what is wrong with it, each problem where it stands. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../src/common/json.ts';
import { secretReader } from '../../src/config.ts';
import type { CompiledMapping } from '../../src/connectors/http/mapping/compiled.ts';
import { secretsOf } from '../../src/connectors/http/upstream/secrets.ts';
import { CommandError } from '../ops/d1.ts';
import { compileMapping } from './build.ts';
import { type JsonPath, type LocatedJson, type Place, readJson } from './locate.ts';

export interface Found {
  readonly file: string;
  readonly place: Place;
  /** With dots; empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

export const mappingFile = (folder: string, name: string) => join(folder, `${name}.json`);

/** `src/connectors/http/mappings/x.json:12:7  usages.body.lines: message` */
export function describeProblem({ file, place, path, message }: Found): string {
  return `${file}:${place.line}:${place.column}  ${path === '' ? '' : `${path}: `}${message}`;
}

/** Every secret that the mapping needs. */
export function namedSecrets({ auth, identity: { hashKey } }: CompiledMapping): string[] {
  return [...secretsOf(auth), ...(hashKey === undefined ? [] : [hashKey])];
}

/** The mapping is null where it cannot be used. */
export function readMapping(
  file: string,
  name: string,
): { mapping: CompiledMapping | null; at: At; problems: Found[] } {
  const { json, at, problems } = openJson(file);
  if (json === null) return { mapping: null, at, problems };
  const compiled = compileMapping(name, json.value);
  if ('problems' in compiled) {
    return { mapping: null, at, problems: [...problems, ...compiled.problems.map((one) => at(one.path, one.message))] };
  }
  const { mapping } = compiled;
  const taken = namedSecrets(mapping).filter((secret) => secretReader({ [secret]: 'x' })(secret) === undefined);
  const others = taken.map((secret) =>
    at(
      pathTo(mapping.auth, secret, ['auth']) ?? ['identity', 'hashKey'],
      `${secret} is a setting of the adapter, which no mapping gets: give the secret a name of its own`,
    ),
  );
  return { mapping, at, problems: [...problems, ...others] };
}

/** Null where nothing within the value is that text. */
function pathTo(value: Json | object, text: string, path: JsonPath): JsonPath | null {
  if (typeof value !== 'object' || value === null) return value === text ? path : null;
  for (const [key, part] of Object.entries(value)) {
    const found = pathTo(part as Json, text, [...path, key]);
    if (found !== null) return found;
  }
  return null;
}

/** A byte order mark is told where the JSON is read. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws CommandError for what is no file, may not be read, or is no text */
export function readText(file: string): string {
  try {
    return decoder.decode(readFileSync(file));
  } catch (error) {
    if (error instanceof TypeError) throw new CommandError(`${file} is not UTF-8: save it in that encoding`);
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** A problem at a path of the file that was read. */
export type At = (path: JsonPath, message: string) => Found;

export function openJson(file: string): { json: LocatedJson | null; at: At; problems: Found[] } {
  const json = readJson(readText(file));
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
