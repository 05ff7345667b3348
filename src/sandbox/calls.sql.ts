/** `calls` and `settings`: what was said to the adapter, the last two hundred, and how a person set the sandbox. */
import type { CallRecord } from './call-adapter.ts';
import { readStoredSettings, type Settings } from './settings.ts';

/** More nobody scrolls through; one call can be a megabyte. */
const KEPT = 200;

const RECORD = `
INSERT INTO calls (method, path, request_id, contract_version, at, duration_ms, status, request_headers, request_body,
  answer_headers, answer_body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`;
const TRIM = `DELETE FROM calls WHERE id <= (SELECT max(id) FROM calls) - ${KEPT}`;

const LIST = `
SELECT id, method, path, request_id AS requestId, contract_version AS contractVersion, at, duration_ms AS durationMs, status,
  request_headers AS requestHeaders, request_body AS requestBody, answer_headers AS answerHeaders,
  answer_body AS answerBody
FROM calls WHERE id > ?1 ORDER BY id DESC LIMIT ?2`;

const READ_SETTINGS = 'SELECT value FROM settings WHERE id = 1';
const WRITE_SETTINGS = 'INSERT INTO settings VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET value = excluded.value';

export interface StoredCall extends CallRecord {
  readonly id: number;
}

export async function recordCall(db: D1Database, call: CallRecord): Promise<void> {
  const { method, path, requestId, contractVersion, at, durationMs, status } = call;
  const { requestHeaders, requestBody, answerHeaders, answerBody } = call;
  const values = [method, path, requestId, contractVersion, at, durationMs, status];
  const texts = [requestHeaders, requestBody, answerHeaders, answerBody];
  await db.batch([db.prepare(RECORD).bind(...values, ...texts), db.prepare(TRIM)]);
}

/** The newest first. @param after id of a call that is known already */
export async function listCalls(db: D1Database, after: number, limit: number): Promise<StoredCall[]> {
  return (await db.prepare(LIST).bind(after, limit).all<StoredCall>()).results;
}

export async function readSettings(db: D1Database): Promise<Settings> {
  return readStoredSettings(await db.prepare(READ_SETTINGS).first<string>('value'));
}

export async function writeSettings(db: D1Database, settings: Settings): Promise<void> {
  await db.prepare(WRITE_SETTINGS).bind(JSON.stringify(settings)).run();
}
