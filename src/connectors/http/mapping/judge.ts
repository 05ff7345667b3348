/** The rules of a mapping: what an answer means by its status and by what stands in it. */
import { isNestedDeeperThan } from '../../../common/json.ts';
import { type Answer, type AnswerBody, parseBody } from '../upstream/call.ts';
import type { CompiledRule } from './compiled.ts';
import { createTemplate } from './evaluate.ts';
import { placed, TemplateError } from './template-error.ts';
import type { Helper } from './values.ts';

/** @returns what the first rule that fits says; null where none does */
export type Judge<M extends string> = (said: Said) => M | null;

/**
 * @param section of the mapping, for errors
 * @throws TemplateError from what it returns, where a `when` cannot be computed, or looks into what is no JSON
 */
export function createJudge<M extends string>(
  rules: readonly CompiledRule<M>[],
  section: string,
  helpers: Readonly<Record<string, Helper>>,
): Judge<M> {
  const tests = rules.map(({ status, when, means }, index) => ({
    status,
    holds: when === undefined ? null : createTemplate(['if', when, ['const', true], ['const', false]], helpers),
    place: `${section}.rules.${index}.when`,
    means,
  }));
  return ({ context, isJson }) => {
    const fits = tests.find(({ status, holds, place }) => {
      if (status?.includes(context.status) === false) return false;
      if (holds === null) return true;
      if (!isJson) throw new TemplateError('the answer is no JSON').placedIn(place);
      return placed(place, () => holds(context)) === true;
    });
    return fits?.means ?? null;
  };
}

export interface Said {
  /** What rules and templates see: what was asked, and `body`, which is null for what is no JSON. */
  readonly context: Readonly<Record<string, unknown>> & { readonly status: number; readonly body: unknown };
  readonly isJson: boolean;
}

/** Far beyond what anybody means, and far from where recursion ends. */
const MAX_DEPTH = 1000;
const encoder = new TextEncoder();

const isTooDeep = (body: AnswerBody) => 'text' in body && isNestedDeeperThan(encoder.encode(body.text), MAX_DEPTH);

/** What is seen of the answers to one request: each body is read once. */
export function createView(asked: Readonly<Record<string, unknown>>): (answer: Answer) => Said {
  const seen = new Map<Answer, Said>();
  return (answer) => {
    const said = seen.get(answer) ?? withAnswer(asked, answer);
    seen.set(answer, said);
    return said;
  };
}

function withAnswer(asked: Readonly<Record<string, unknown>>, { status, body }: Answer): Said {
  const parsed = isTooDeep(body) ? undefined : parseBody(body);
  return { context: { ...asked, status, body: parsed ?? null }, isJson: parsed !== undefined };
}
