/** A mapping file → what the Worker evaluates, and the schema that editors read. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import type { Json } from '../../src/common/json.ts';
import type { CompiledMapping, CompiledRequest, CompiledRule } from '../../src/connectors/http/mapping/compiled.ts';
import type { Node } from '../../src/connectors/http/mapping/evaluate.ts';
import { type MappingFile, mappingSchema } from '../../src/connectors/http/mapping/schema.ts';
import { flawOfHeader } from '../../src/connectors/http/upstream/request.ts';
import { headersOf } from './auth-headers.ts';
import { CompileError, compileExpression, compileTemplate } from './compile.ts';
import { findUnknownNames, type Names, sendsKeys } from './names.ts';
import { wordsOfIssue } from './words.ts';

export const MAPPINGS = 'src/connectors/http/mappings';
export const SCHEMA = `${MAPPINGS}/mapping.schema.json`;

export interface MappingProblem {
  /** From the file's root. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What is made, and no mapping. */
const MADE = new Set(['compiled.json', basename(SCHEMA)]);

/** What templates see: docs/connectors.md, "Templates". */
const BASKET = ['id', 'version', 'currency', 'voucherCode', 'items'];
const CUSTOMER = ['isGuest', 'phone', 'phoneAsSent', 'email', 'emails', 'emailAllowed', 'smsAllowed', 'callAllowed'];
const CHANNEL = ['device', 'storeId', 'storeRemoteId', 'staffId', 'staffRemoteId', 'staffEmail'];
const ORDER: Names = {
  ...{ orderKey: null, orderNumber: null, generation: null, basket: BASKET, channel: CHANNEL },
  ...{ discounts: null, keys: null },
};
const ANSWER: Names = { status: null, body: null };
const ORDER_ANSWERED: Names = { ...ORDER, ...ANSWER };

/** Folders in it, such as that of the fixtures, are not looked into. */
export function listMappings(folder = MAPPINGS): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.json') && !MADE.has(entry.name))
    .map(({ name }) => join(folder, name))
    .sort();
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
  const { auth, identity, money, tables, offers, usages } = parsed.output;
  const { lookup } = usages;
  const authHeaders = new Set(headersOf(auth).map((name) => name.toLowerCase()));
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
  const withNames = (node: Node | undefined, path: readonly (string | number)[], known: Names) => {
    if (node === undefined) return node;
    const unknown = findUnknownNames(node, { ...known, tables: Object.keys(tables) });
    problems.push(...unknown.map((one) => ({ path: [...path, ...one.path], message: one.message })));
    return node;
  };
  const template = (value: Json | undefined, path: readonly string[], known: Names): Node | undefined =>
    value === undefined
      ? undefined
      : withNames(
          at(path, () => compileTemplate(value)),
          path,
          known,
        );

  interface Rule<M> {
    readonly status?: readonly number[] | undefined;
    readonly when?: string | undefined;
    readonly means: M;
  }
  const rules = <M extends string>(list: readonly Rule<M>[], path: readonly string[], known: Names) =>
    list.map(({ status, when, means }, index): CompiledRule<M> => {
      const here = [...path, index, 'when'];
      const compiled =
        when &&
        withNames(
          at(here, () => compileExpression(when)),
          here,
          known,
        );
      return { ...(status && { status }), ...(compiled && { when: compiled }), means };
    });

  function request(
    section: MappingFile['offers'] | MappingFile['usages'],
    path: readonly string[],
    known: Names,
  ): CompiledRequest {
    if (section.method === 'GET' && section.body !== undefined) {
      problems.push({ path: [...path, 'body'], message: 'a GET has none: take it out, or choose another method' });
    }
    for (const name of Object.keys(section.headers ?? {})) {
      const isOurs = authHeaders.has(name.toLowerCase());
      const flaw = isOurs ? 'is set by auth already' : name.startsWith('$') ? null : flawOfHeader(name);
      if (flaw !== null) problems.push({ path: [...path, 'headers', name], message: flaw });
    }
    const compiled = Object.fromEntries(
      (['query', 'headers', 'body'] as const).flatMap((part) => {
        const node = template(section[part], [...path, part], known);
        return node === undefined ? [] : [[part, node]];
      }),
    );
    const target = template(section.path, [...path, 'path'], known) ?? ['const', '/'];
    return { method: section.method, path: encoded(target), ...compiled };
  }

  if ((usages.repeat === 'lookup') !== (lookup !== undefined)) {
    problems.push({
      path: ['usages', 'lookup'],
      message: 'goes together with repeat "lookup": write both, or neither',
    });
  }
  if (lookup !== undefined && lookup.outcomes === undefined) {
    const message = 'is missing: an order that is found says line by line what became of it';
    problems.push({ path: ['usages', 'lookup', 'outcomes'], message });
  }
  if (lookup !== undefined && !lookup.rules.some(({ means }) => means === 'absent')) {
    const message = 'say of no answer that it means "absent": then nothing would ever be sent again';
    problems.push({ path: ['usages', 'lookup', 'rules'], message });
  }
  if (usages.outcomes === undefined && usages.rules.some(({ means }) => means === 'partly_done')) {
    problems.push({ path: ['usages', 'outcomes'], message: 'partly_done needs outcomes that say which' });
  }
  const outcomesOf = (value: Json | undefined, path: readonly string[]) => {
    const node = template(value, path, ORDER_ANSWERED);
    return node === undefined ? {} : { outcomes: node };
  };
  const customer = identity.hashKey === undefined ? CUSTOMER : [...CUSTOMER, 'phoneHash', 'emailHash'];
  const question: Names = { requestId: null, now: null, basket: BASKET, customer, channel: CHANNEL };
  const answered: Names = { ...question, ...ANSWER };
  const mapping = {
    ...{ name, auth, identity, money, tables },
    offers: {
      ...request(offers, ['offers'], question),
      rules: rules(offers.rules, ['offers', 'rules'], answered),
      offers: template(offers.offers, ['offers', 'offers'], answered) ?? ['const', []],
    },
    usages: {
      ...request(usages, ['usages'], { ...ORDER, key: null }),
      repeat: usages.repeat,
      rules: rules(usages.rules, ['usages', 'rules'], ORDER_ANSWERED),
      ...outcomesOf(usages.outcomes, ['usages', 'outcomes']),
      ...(lookup && {
        lookup: {
          ...request(lookup as MappingFile['usages'], ['usages', 'lookup'], ORDER),
          rules: rules(lookup.rules, ['usages', 'lookup', 'rules'], ORDER_ANSWERED),
          ...outcomesOf(lookup.outcomes, ['usages', 'lookup', 'outcomes']),
          ...(lookup.afterSeconds !== undefined && { afterSeconds: lookup.afterSeconds }),
        },
      }),
    },
  } as CompiledMapping;
  const { path, query, headers, body } = mapping.usages;
  if (usages.repeat === 'key' && !sendsKeys([path, query, headers, body])) {
    const message =
      'says that the upstream remembers keys, and none is sent: put key, or the key of each discount, into the request';
    problems.push({ path: ['usages', 'repeat'], message });
  }
  const isSigned = auth.kind === 'hash' || auth.kind === 'hmac';
  if (isSigned && auth.parts.includes('timestamp') && auth.timestampHeader === undefined) {
    problems.push({ path: ['auth', 'parts'], message: 'sign a timestamp that nobody is told: name a timestampHeader' });
  }
  return problems.length > 0 ? { problems } : { mapping };
}

/** What is interpolated into a path is one part of it, whatever it holds. */
function encoded(path: Node): Node {
  if (path[0] !== 'text') return path;
  return ['text', path[1].map((part): Node => (part[0] === 'const' ? part : ['call', 'encode', [part]]))];
}
