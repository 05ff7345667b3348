/**
 * JSON with the place of each value, so that a problem can name the line on which it stands. JSON.parse makes the values;
 * what is here only walks the text once more, and says in words why a file is no JSON.
 */
import type { Json } from '../../src/common/json.ts';

/** From 1, as editors count. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type JsonPath = readonly (string | number)[];

export interface LocatedJson {
  readonly value: Json;
  /** Of the value at the path; of the nearest one around it, where there is none. */
  readonly placeOf: (path: JsonPath) => Place;
  /** Keys that an object has a second time: only the last one counts. */
  readonly repeated: readonly JsonPath[];
}

export interface NoJson {
  readonly message: string;
  readonly place: Place;
}

interface Located {
  readonly offset: number;
  readonly children: ReadonlyMap<string, Located>;
}

class NotJson extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const SPACE = /[ \t\r\n]*/y;
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const OTHER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;
const MAX_DEPTH = 100;
const NO_CHILDREN: ReadonlyMap<string, Located> = new Map();

export function readJson(text: string): LocatedJson | NoJson {
  const repeated: JsonPath[] = [];
  const placeAt = createPlaces(text);
  try {
    const root = walk(text, repeated);
    const placeOf = (path: JsonPath) => placeAt(find(root, path).offset);
    return { value: JSON.parse(text) as Json, placeOf, repeated };
  } catch (error) {
    if (error instanceof NotJson) return { message: error.message, place: placeAt(error.offset) };
    if (error instanceof SyntaxError) return { message: error.message, place: { line: 1, column: 1 } };
    throw error;
  }
}

function find(root: Located, path: JsonPath): Located {
  let found = root;
  for (const key of path) {
    const child = found.children.get(String(key));
    if (child === undefined) return found;
    found = child;
  }
  return found;
}

/** Lines are counted once, however many problems there are. */
function createPlaces(text: string): (offset: number) => Place {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  return (offset) => {
    let [line, next] = [0, starts.length];
    while (next - line > 1) {
      const middle = (line + next) >> 1;
      if ((starts[middle] ?? 0) <= offset) line = middle;
      else next = middle;
    }
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
}

/** @throws NotJson */
function walk(text: string, repeated: JsonPath[]): Located {
  let at = 0;

  function take(pattern: RegExp): string | null {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  }

  function fail(wanted: string): never {
    const rest = text.slice(at);
    if (rest.startsWith('\ufeff')) throw new NotJson('the file begins with a byte order mark: save it without', at);
    if (rest === '') throw new NotJson(`the file ends where ${wanted} should be`, at);
    if (/^\/[/*]/.test(rest))
      throw new NotJson('JSON has no comments; a mapping has "title" and "about" for words', at);
    if (rest.startsWith('"')) throw new NotJson('a text that is not closed on its line, or has a wrong \\ in it', at);
    throw new NotJson(`${JSON.stringify([...rest][0])} stands where ${wanted} should be`, at);
  }

  function takeText(wanted: string): string {
    const quoted = take(TEXT) ?? fail(wanted);
    return JSON.parse(quoted) as string;
  }

  /** What stands between the brackets; `one` reads a part of it. */
  function list(close: string, one: () => void, wanted: string): void {
    at++;
    take(SPACE);
    if (text[at] === close) {
      at++;
      return;
    }
    for (;;) {
      one();
      take(SPACE);
      if (text[at] === close) break;
      if (/["{[\w-]/.test(text[at] ?? '')) throw new NotJson('a comma is missing before this', at);
      if (text[at] !== ',') fail(`, or ${close}`);
      const comma = at++;
      take(SPACE);
      if (text[at] === close) throw new NotJson(`nothing follows this comma but ${close}: take the comma out`, comma);
      if (text[at] === ',') fail(wanted);
    }
    at++;
  }

  function value(path: JsonPath): Located {
    take(SPACE);
    const offset = at;
    if (path.length > MAX_DEPTH) throw new NotJson(`nested deeper than ${MAX_DEPTH} levels`, offset);
    const children = new Map<string, Located>();
    if (text[at] === '{') {
      const member = () => {
        take(SPACE);
        const key = takeText('a key in double quotes');
        take(SPACE);
        if (text[at] !== ':') fail(':');
        at++;
        if (children.has(key)) repeated.push([...path, key]);
        children.set(key, value([...path, key]));
      };
      list('}', member, 'a key in double quotes');
      return { offset, children };
    }
    if (text[at] === '[') {
      list(']', () => void children.set(String(children.size), value([...path, children.size])), 'a value');
      return { offset, children };
    }
    if (take(TEXT) === null && take(OTHER) === null) fail('a value');
    return { offset, children: NO_CHILDREN };
  }

  const root = value([]);
  take(SPACE);
  if (at < text.length) fail('the end of the file');
  return root;
}
