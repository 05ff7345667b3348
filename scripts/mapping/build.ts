/** `src/connectors/http/mappings/*.json` → `compiled.json` beside them, and the schema that editors read. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import type { Json } from '../../src/common/json.ts';
import type { CompiledMapping, CompiledRequest, CompiledRule } from '../../src/connectors/http/mapping/compiled.ts';
import type { Node } from '../../src/connectors/http/mapping/evaluate.ts';
import { type MappingFile, mappingSchema } from '../../src/connectors/http/mapping/schema.ts';
import { CompileError, compileExpression, compileTemplate } from './compile.ts';
import { wordsOfIssue } from './words.ts';

export const MAPPINGS = 'src/connectors/http/mappings';
export const COMPILED = `${MAPPINGS}/compiled.json`;
export const SCHEMA = `${MAPPINGS}/mapping.schema.json`;

export interface MappingProblem {
  /** From the file's root. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What is made, and no mapping. */
const MADE = new Set([COMPILED, SCHEMA].map((file) => basename(file)));

/** Folders in it, such as that of the fixtures, are not looked into. */
export function listMappings(folder = MAPPINGS): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json') && !MADE.has(name))
    .sort()
    .map((name) => join(folder, name));
}

export function renderCompiled(folder = MAPPINGS): string {
  const compiled = listMappings(folder).map((file) => {
    const result = compileMapping(basename(file, '.json'), JSON.parse(readFileSync(file, 'utf8')) as Json);
    if ('problems' in result) {
      const lines = result.problems.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
      throw new Error(`${file} is wrong:\n${lines.join('\n')}`);
    }
    return result.mapping;
  });
  return `${JSON.stringify(compiled)}\n`;
}

export function renderSchema(): string {
  const schema = toJsonSchema(mappingSchema, { errorMode: 'ignore', typeMode: 'input' });
  return `${JSON.stringify({ ...schema, title: 'Offerbridge mapping' }, null, 2)}\n`;
}

export function compileMapping(
  name: string,
  file: Json,
): { readonly mapping: CompiledMapping } | { readonly problems: readonly MappingProblem[] } {
  const parsed = v.safeParse(mappingSchema, file);
  if (!parsed.success) {
    const problems = parsed.issues.map((issue) => ({
      path: (issue.path ?? []).map(({ key }) => key as string | number),
      message: wordsOfIssue(issue),
    }));
    return { problems };
  }
  const problems: MappingProblem[] = [];
  const at = <T>(path: readonly (string | number)[], work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      problems.push({ path: [...path, ...error.path], message: error.message });
      return undefined;
    }
  };
  const template = (value: Json | undefined, path: readonly string[]): Node | undefined =>
    value === undefined ? undefined : at(path, () => compileTemplate(value));

  interface Rule<M> {
    readonly status?: readonly number[] | undefined;
    readonly when?: string | undefined;
    readonly means: M;
  }
  const rules = <M extends string>(list: readonly Rule<M>[], path: readonly string[]) =>
    list.map(({ status, when, means }, index): CompiledRule<M> => {
      const compiled = when && at([...path, index, 'when'], () => compileExpression(when));
      return { ...(status && { status }), ...(compiled && { when: compiled }), means };
    });

  function request(section: MappingFile['offers'] | MappingFile['usages'], path: readonly string[]): CompiledRequest {
    const compiled = Object.fromEntries(
      (['query', 'headers', 'body'] as const).flatMap((part) => {
        const node = template(section[part], [...path, part]);
        return node === undefined ? [] : [[part, node]];
      }),
    );
    const target = template(section.path, [...path, 'path']) ?? ['const', '/'];
    return { method: section.method, path: encoded(target), ...compiled };
  }

  const { auth, identity, money, tables, offers, usages } = parsed.output;
  const { lookup } = usages;
  if ((usages.repeat === 'lookup') !== (lookup !== undefined)) {
    problems.push({ path: ['usages', 'lookup'], message: 'lookup and repeat "lookup" go together' });
  }
  if (usages.outcomes === undefined && usages.rules.some(({ means }) => means === 'partly_done')) {
    problems.push({ path: ['usages', 'outcomes'], message: 'partly_done needs outcomes that say which' });
  }
  const outcomesOf = (value: Json | undefined, path: readonly string[]) => {
    const node = template(value, path);
    return node === undefined ? {} : { outcomes: node };
  };
  const mapping = {
    ...{ name, auth, identity, money, tables },
    offers: {
      ...request(offers, ['offers']),
      rules: rules(offers.rules, ['offers', 'rules']),
      offers: template(offers.offers, ['offers', 'offers']) ?? ['const', []],
    },
    usages: {
      ...request(usages, ['usages']),
      repeat: usages.repeat,
      rules: rules(usages.rules, ['usages', 'rules']),
      ...outcomesOf(usages.outcomes, ['usages', 'outcomes']),
      ...(lookup && {
        lookup: {
          ...request(lookup as MappingFile['usages'], ['usages', 'lookup']),
          rules: rules(lookup.rules, ['usages', 'lookup', 'rules']),
          ...outcomesOf(lookup.outcomes, ['usages', 'lookup', 'outcomes']),
        },
      }),
    },
  } as CompiledMapping;
  return problems.length > 0 ? { problems } : { mapping };
}

/** What is interpolated into a path is one part of it, whatever it holds. */
function encoded(path: Node): Node {
  if (path[0] !== 'text') return path;
  return ['text', path[1].map((part): Node => (part[0] === 'const' ? part : ['call', 'encode', [part]]))];
}
