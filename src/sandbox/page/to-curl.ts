/** A call as a command that makes it again, from any shell on this machine. */
import type { CallRecord } from '../call-adapter.ts';
import type { Settings } from '../settings.ts';
import { SHOWN } from './highlight.tsx';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * @param origin where the shop and the adapter behind it are reached
 * @param customer whose token an account's call needs; the token itself was short-lived
 */
export function toCurl(
  call: CallRecord,
  origin: string,
  { username, password }: Credentials,
  { phone, email }: Settings['customer'],
): string {
  if (call.requestBody.length > SHOWN)
    return `Too long to show: ${call.requestBody.length} characters. /sandbox/calls has it.`;
  const headers = Object.entries(JSON.parse(call.requestHeaders) as Record<string, string>);
  const who = [
    phone === null ? '' : ` --phone ${quoted(phone)}`,
    email[0] === undefined ? '' : ` --email ${quoted(email[0])}`,
  ];
  const proof =
    call.method === 'POST'
      ? `-u ${quoted(`${username}:${password}`)}`
      : `-H "authorization: Bearer $(npm run -s customer-token --${who.join('')})"`;
  return [
    `curl -i ${proof} ${quoted(origin + call.path)}`,
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(call.method === 'POST' ? [`--data-raw ${quoted(call.requestBody)}`] : []),
  ].join(' \\\n  ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
