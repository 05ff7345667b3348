/**
 * One JSON line an event, on an allow-list of fields: what is not named here cannot reach the log by accident
 * (design decision 7: no phone, no e-mail, no payload). Values lose control characters and are cut at 300.
 */
import { cleanText } from './text.ts';

export interface LogFields {
  requestId?: string;
  route?: string;
  /** Of the contract. */
  version?: string;
  status?: number;
  outcome?: string;
  reason?: string;
  connector?: string;
  setting?: string;
  basketId?: number | null;
  orderKey?: string;
  offers?: number;
  discounts?: number;
  messages?: number;
  orders?: number;
  /** How often each reason occurred. */
  counts?: Record<string, number>;
  fields?: readonly string[];
  /** `<id>: <reason>` */
  declined?: readonly string[];
  /** Wall milliseconds; in production the clock stands still between I/O. */
  durationMs?: number;
  upstreamMs?: number;
  storageMs?: number;
  /** Where an answer came from, when nobody was asked for it: see offers/report.ts. */
  cache?: string;
  breaker?: string;
  error?: string;
}

export type LogLevel = 'info' | 'warn' | 'error';
export type Log = (level: LogLevel, event: string, fields: LogFields) => void;

const MAX_VALUE = 300;
/** More names in one log line help nobody. */
export const MAX_LOGGED = 20;

function cleaned(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? cleanText(value, MAX_VALUE) : value;
}

export const consoleLog: Log = (level, event, fields) => {
  console[level](JSON.stringify({ event, ...fields }, cleaned));
};

/** Short text of whatever was thrown, for the log only. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
