/** The rules of a mapping: what an answer means by its status and by what stands in it. */
import { type Answer, parseBody } from '../upstream/call.ts';
import type { CompiledRule } from './compiled.ts';
import { createTemplate } from './evaluate.ts';
import { placed } from './steps.ts';
import type { Helper } from './values.ts';

/** @returns what the first rule that fits says; null where none does */
export type Judge<M extends string> = (status: number, context: Readonly<Record<string, unknown>>) => M | null;

/**
 * @param section of the mapping, for errors
 * @throws TemplateError from what it returns, where a `when` cannot be computed
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
  return (answered, context) => {
    const fits = tests.find(({ status, holds, place }) => {
      return (status?.includes(answered) ?? true) && (holds === null || placed(place, () => holds(context)) === true);
    });
    return fits?.means ?? null;
  };
}

/** What rules and templates see of an answer, beside what was asked. `body` is null for what is no JSON. */
export function withAnswer(context: Readonly<Record<string, unknown>>, { status, body }: Answer) {
  return { ...context, status, body: parseBody(body) ?? null };
}
