/** What an alert says: which cause, since when, how many, and what to do about it. No personal data, no ids of orders. */
import { cleanText, withoutPersonalData } from '../common/text.ts';
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
const WAIT = 'Nothing is lost: used discounts wait and go out by themselves once the upstream answers.';

const GATE: Record<string, string> = {
  credentials: `The upstream refuses our credentials. Correct the UPSTREAM_ secrets. ${WAIT}`,
  misconfigured: `Our settings are wrong, or the upstream is not where they say. Look at GET /ready and at UPSTREAM_URL. ${WAIT}`,
  quota: `The upstream's quota is used up. Raise it, or lower UPSTREAM_MAX_PER_MINUTE. ${WAIT}`,
  outage: `The upstream fails for one order after the other. Ask who runs it. ${WAIT}`,
  refusals:
    `The upstream refuses one order after the other: it changed, or we send what it does not know. Compare the ` +
    `reasons, mend the cause, then replay what was refused. ${WAIT}`,
};

const LIST = 'npm run usages -- list --remote --state';

const CASES: Record<string, (count: string) => string> = {
  'discounts.dead': (count) =>
    `Used discounts that were given up: ${count}. See why (${LIST} dead), then replay or discard them.`,
  'discounts.unrecognised': (count) =>
    `Used discounts that were never offered in their basket: ${count}. Look at them (${LIST} unrecognised), then ` +
    'replay or discard them.',
  'usages.conflict': (count) =>
    `Request ids that came again with another meaning, answered 422: ${count}. Compare what came with the ` +
    `usage that stands (${LIST} conflict, then npm run usages -- show ORDER --remote).`,
  'deliveries.waiting': (count) =>
    `Orders that have been waiting for the upstream for over an hour: ${count}. They are tried again by themselves; ` +
    `see what it answers (${LIST} due).`,
};

export function describeAlert({ cause, raisedAt, since, count, detail }: Alert): AlertPayload {
  const [type = cause, reason] = cause.split(':');
  const many = count === MAX_COUNT ? `${MAX_COUNT} or more` : String(count);
  return {
    type,
    timestamp: new Date(raisedAt).toISOString(),
    data: {
      since: new Date(since).toISOString(),
      message: reason === undefined ? (CASES[type]?.(many) ?? type) : `Deliveries are paused. ${GATE[reason] ?? WAIT}`,
      ...(count !== null && { count }),
      ...(reason !== undefined && { reason }),
      ...(detail !== null && { detail: cleanText(withoutPersonalData(detail), MAX_DETAIL) }),
    },
  };
}
