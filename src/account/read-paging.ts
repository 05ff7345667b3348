/** `page` and `page_size` of a list. */
import { type AdapterError, accepted, type Checked, refused } from '../common/errors.ts';

export interface Paging {
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
  /** Was a size asked for? Then links keep it. */
  readonly asked: boolean;
}

const DEFAULT_SIZE = 10;

export function readPaging(query: URLSearchParams): Checked<Paging> {
  const errors: AdapterError[] = [];
  const read = (field: string, fallback: number, form: RegExp, range: string): number => {
    const text = query.get(field) ?? String(fallback);
    if (!form.test(text)) {
      errors.push({ kind: 'invalid_field', field, message: `${field} must be a whole number ${range}.` });
    }
    return Number(text);
  };
  const page = read('page', 1, /^[1-9]\d*$/, 'from 1');
  const pageSize = read('page_size', DEFAULT_SIZE, /^(?:[1-9]\d?|100)$/, 'from 1 to 100');
  const [first, ...rest] = errors;
  if (first !== undefined) return refused(first, ...rest);
  return accepted({ page, pageSize, asked: query.has('page_size') });
}
