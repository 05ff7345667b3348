/**
 * What a check is, and the words in which it judges. A check is data with one function that answers a verdict; a rule
 * reads one exchange and answers what is wrong with it, or null.
 */
import type { Context } from './context.ts';
import { type Exchange, isObject, jsonOf, type Level, show, textOf, type Version } from './exchange.ts';

export interface Check {
  /** `group/name`; public: it stands in reports and after `--only`. */
  readonly id: string;
  readonly level: Level;
  /** Absent for both. */
  readonly versions?: readonly Version[];
  /** What a server that passes does, in the present tense. */
  readonly title: string;
  /** Where it says so. */
  readonly section: string;
  /** What is sent, what is judged and why it matters. */
  readonly why: string;
  /** Sends little or nothing and judges what the whole run brought: runs after all others. */
  readonly isReview?: boolean;
  run(context: Context): Promise<Verdict> | Verdict;
}

/** Has it to be judged in this version, at this level? */
export function isAsked(check: Check, version: Version, level: Level): boolean {
  return (check.versions?.includes(version) ?? true) && (level === 'practice' || check.level === 'contract');
}

export type Verdict =
  | { readonly status: 'passed' }
  | { readonly status: 'failed'; readonly reason: string; readonly exchange: Exchange | null }
  | {
      readonly status: 'not judged';
      readonly reason: string;
      /** The run says too little about the server to be called a success. */
      readonly isGap: boolean;
    };

export const PASSED: Verdict = { status: 'passed' };

export function failed(reason: string, exchange: Exchange | null): Verdict {
  return { status: 'failed', reason, exchange };
}

export function notJudged(reason: string, isGap = false): Verdict {
  return { status: 'not judged', reason, isGap };
}

export const NO_OFFERS = notJudged(
  'no offer came back for any basket: give --basket FILE with a basket for which this server has offers',
  true,
);

/** A section of Akinon's document, of whichever version is judged. */
export function akinon(section: string): string {
  return `Akinon Basket Offer Flows, ${section}`;
}

export type Rule = (exchange: Exchange) => string | null;

/** The first rule that is broken decides. No complete answer breaks all of them. */
export function expect(exchange: Exchange, ...rules: readonly Rule[]): Verdict {
  if (exchange.error !== null) return failed(exchange.error, exchange);
  for (const rule of rules) {
    const reason = rule(exchange);
    if (reason !== null) return failed(reason, exchange);
  }
  return PASSED;
}

/** Judges one after the other and stops at the first that did not pass. */
export async function each<T>(things: Iterable<T>, judge: (thing: T) => Verdict | Promise<Verdict>): Promise<Verdict> {
  for (const thing of things) {
    const verdict = await judge(thing);
    if (verdict.status !== 'passed') return verdict;
  }
  return PASSED;
}

const statusOf = ({ answer }: Exchange) => answer?.status ?? 0;

export function hasStatus(wanted: number, because = ''): Rule {
  return (exchange) =>
    statusOf(exchange) === wanted ? null : `status ${statusOf(exchange)} in place of ${wanted}${because}`;
}

export const is200 = hasStatus(200);

/** Status 4xx: refused, and said to be the caller's mistake. */
export function isRefused(what: string): Rule {
  return (exchange) => {
    const status = statusOf(exchange);
    return status >= 400 && status < 500 ? null : `status ${status} in place of 4xx: ${what}`;
  };
}

export function isNotServerError(what: string): Rule {
  return (exchange) => {
    const status = statusOf(exchange);
    if (status >= 500 || status < 200 || (status >= 300 && status < 400)) return `status ${status}: ${what}`;
    return status < 400 ? null : hasErrorBody(exchange);
  };
}

/** Refused in the documented form. */
export function isProperlyRefused(what: string): Rule {
  return (exchange) => isRefused(what)(exchange) ?? hasErrorBody(exchange);
}

export const hasJsonType: Rule = ({ answer }) => {
  const type = answer?.headers['content-type'];
  if (type === undefined) return 'there is no content-type header';
  return /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type) ? null : `content-type is ${show(type)}`;
};

export const isList: Rule = ({ answer }) => {
  if (answer === null) return 'no answer';
  const encoding = answer.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    return `the body is compressed (${encoding}), and only identity was asked for`;
  if (textOf(answer) === null) return 'the body is not UTF-8';
  const json = jsonOf(answer);
  if (json === undefined) return 'the body is not JSON';
  return Array.isArray(json) ? null : `the body is not a list but ${show(json)}`;
};

export const isEmpty: Rule = ({ answer }) =>
  answer?.bytes.length === 0 ? null : `the body has ${answer?.bytes.length} bytes in place of none`;

/** `{"errors":[…]}` with at least one entry. */
export const hasErrorList: Rule = ({ answer }) => {
  const json = jsonOf(answer);
  if (json === undefined) return `the body of the ${answer?.status} is not JSON`;
  if (!isObject(json)) return `the body of the ${answer?.status} is not an object but ${show(json)}`;
  const { errors } = json;
  if (!Array.isArray(errors)) return `"errors" of the ${answer?.status} is not a list but ${show(errors)}`;
  return errors.length === 0 ? `"errors" of the ${answer?.status} is empty` : null;
};

/** Every entry says code, field and message. An answer without entries is no case for it. */
export const hasErrorEntries: Rule = ({ answer }) => {
  const json = jsonOf(answer);
  if (!isObject(json) || !Array.isArray(json.errors)) return null;
  for (const [index, entry] of json.errors.entries()) {
    if (!isObject(entry)) return `errors[${index}] of the ${answer?.status} is not an object but ${show(entry)}`;
    for (const name of ['code', 'field', 'message']) {
      const value = entry[name];
      if (typeof value !== 'string')
        return `errors[${index}].${name} of the ${answer?.status} is not a string but ${show(value)}`;
      // An error need not come from a field, so `field` may be empty.
      if (value === '' && name !== 'field') return `errors[${index}].${name} of the ${answer?.status} is empty`;
    }
  }
  return null;
};

const hasErrorBody: Rule = (exchange) => hasErrorList(exchange) ?? hasErrorEntries(exchange);
