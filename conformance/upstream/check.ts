/** What a check of an upstream is. A check says what it has seen whatever comes of it: that is what a vendor compares. */
import type { Exchange } from '../exchange.ts';
import type { Context } from './context.ts';

/** The protocol as vendors read it; a check names one of its sections. */
export const PROTOCOL = 'src/connectors/http/README.md';

/** What is said before the first section, to both calls. */
export const BOTH_CALLS = 'The bridge: connect a loyalty, CRM or promotion system';
export const OFFERS = 'POST /offers';
export const USAGES = 'POST /usages';

export interface Check {
  /** `group/name`; public: it stands in reports. */
  readonly id: string;
  /** What a right upstream does, in the present tense. */
  readonly expected: string;
  readonly section: typeof BOTH_CALLS | typeof OFFERS | typeof USAGES;
  run(context: Context): Promise<Finding> | Finding;
}

export interface Finding {
  readonly status: 'passed' | 'failed' | 'not judged';
  readonly seen: string;
  /** What shows it; null where it takes no single call. */
  readonly exchange: Exchange | null;
}

export function passed(seen: string): Finding {
  return { status: 'passed', seen, exchange: null };
}

export function failed(seen: string, exchange: Exchange | null): Finding {
  return { status: 'failed', seen, exchange };
}

export function notJudged(seen: string): Finding {
  return { status: 'not judged', seen, exchange: null };
}

export const NOTHING_OFFERED = notJudged(
  'no offer came back: give --basket FILE with a basket for which there are some',
);

const MAX_SHOWN = 120;

/** `200 {"offers":[]}`, cut to a line, or why there is no answer. */
export function describe({ answer, error }: Exchange): string {
  if (answer === null) return error ?? 'no answer';
  const body = answer.bytes.subarray(0, 4 * MAX_SHOWN).toString();
  const text = body.length > MAX_SHOWN ? `${body.slice(0, MAX_SHOWN)}…` : body || 'without a body';
  return `${answer.status} ${text}${error === null ? '' : ` (${error})`}`;
}
