/** What one evaluation may do: every node, list element and 16 characters is a step, and there are so many. */

/** A template that cannot be evaluated with what it was given; the message is for who wrote the mapping, and begins with the place. */
export class TemplateError extends Error {
  private isPlaced = false;

  /** @param key of the object or list that the template makes, or a part of the mapping: from the inside out */
  placedIn(key: string | number): this {
    this.message = `${key}${this.isPlaced ? '.' : ': '}${this.message}`;
    this.isPlaced = true;
    return this;
  }
}

/** Runs a part of a template; where it fails, the error says which part it is. */
export function placed<T>(key: string | number, part: () => T): T {
  try {
    return part();
  } catch (error) {
    throw error instanceof TemplateError ? error.placedIn(key) : error;
  }
}

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
