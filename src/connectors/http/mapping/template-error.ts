/** What cannot be computed, and where: told to who wrote the mapping. */
import type { Clean } from '../upstream/describe-answer.ts';

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

/** What `work` comes to, or why it cannot be computed, in words that may be kept. */
export function attempt<T>(work: () => T, toDetail: (error: TemplateError) => string): T | { readonly flaw: string } {
  try {
    return work();
  } catch (error) {
    if (error instanceof TemplateError) return { flaw: toDetail(error) };
    throw error;
  }
}

const MAX_WORDS = 200;

/** @param name of the mapping */
export function createTeller(name: string, clean: Clean): (error: TemplateError) => string {
  return ({ message }) => clean(`mapping ${name}: ${message}`, MAX_WORDS);
}
