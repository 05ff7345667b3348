/** A call as a command that makes it again, from any shell on this machine. */
import type { CallRecord } from '../call-adapter.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** @param origin where the shop and the adapter behind it are reached */
export function toCurl(call: CallRecord, origin: string, { username, password }: Credentials): string {
  const headers = Object.entries(JSON.parse(call.requestHeaders) as Record<string, string>);
  return [
    `curl -i -u ${quoted(`${username}:${password}`)} ${quoted(origin + call.path)}`,
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `--data-raw ${quoted(call.requestBody)}`,
  ].join(' \\\n  ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
