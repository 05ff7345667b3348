/** What an alert says: which cause, since when, how many, and what to do about it. No personal data, no ids of orders. */
import { cleanText, withoutPersonalData } from '../common/text.ts';
import type words from '../public/alerts.json';
import { MAX_COUNT } from './alerts.sql.ts';

export interface Alert {
  /** The type, and for the gate its reason: `discounts.dead`, `gate.paused:outage`. */
  readonly cause: string;
  /** Epoch milliseconds of the first attempt to tell it. */
  readonly raisedAt: number;
  /** Epoch milliseconds: the oldest case, or the beginning of the state. */
  readonly since: number;
  /** At most {@link MAX_COUNT}; null for the gate. */
  readonly count: number | null;
  /** What shut the gate. */
  readonly detail: string | null;
}

export interface AlertPayload {
  readonly type: string;
  readonly timestamp: string;
  readonly data: {
    readonly since: string;
    readonly message: string;
    readonly count?: number;
    readonly reason?: string;
    readonly detail?: string;
  };
}

const MAX_DETAIL = 200;
/** What an alert says, kept with the static assets. What stands in braces is filled in. */
export type AlertWords = typeof words;

/** @param said null where the words cannot be read: an alert without them is better than none */
export function describeAlert({ cause, raisedAt, since, count, detail }: Alert, said: AlertWords | null): AlertPayload {
  const [type = cause, reason] = cause.split(':');
  const many = count === MAX_COUNT ? `${MAX_COUNT} or more` : String(count);
  return {
    type,
    timestamp: new Date(raisedAt).toISOString(),
    data: {
      since: new Date(since).toISOString(),
      message:
        reason === undefined
          ? (named(said?.cases, type) ?? type).replace('{count}', many)
          : (said?.paused.replace('{why}', named(said.gate, reason) ?? reason) ?? cause),
      ...(count !== null && { count }),
      ...(reason !== undefined && { reason }),
      ...(detail !== null && { detail: cleanText(withoutPersonalData(detail), MAX_DETAIL) }),
    },
  };
}

const named = (from: Readonly<Record<string, string>> | undefined, name: string) =>
  from !== undefined && Object.hasOwn(from, name) ? from[name] : undefined;
