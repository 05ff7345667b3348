/** What one evaluation may do: every node, list element and 16 characters is a step, and there are so many. */

import { TemplateError } from './template-error.ts';

export interface Run {
  steps: number;
}

const CHARACTERS_A_STEP = 16;

/** @throws TemplateError when there are no steps left */
export function spend(run: Run, steps: number): void {
  run.steps -= steps;
  if (run.steps < 0) throw new TemplateError('the template does more than it may: too many steps');
}

export const spendText = (run: Run, text: string): string => {
  spend(run, text.length / CHARACTERS_A_STEP);
  return text;
};

export function counted(list: unknown[], run: Run): unknown[] {
  spend(run, list.length);
  return list;
}
