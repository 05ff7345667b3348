/** Words for a terminal. What a server said is hostile: nothing of it may move the cursor, change colours or show a secret. */
import type { Credentials } from '../client.ts';

const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Without characters that are more than text; line feeds stay. */
export function clean(text: string): string {
  return text.replace(UNPRINTABLE, '').toWellFormed();
}

/** Takes the credentials out of what a server has said, in the forms in which it has seen them. */
export type Redact = (text: string) => string;

export function redactorOf({ username, password }: Credentials): Redact {
  const inHtml = password.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  const named = password.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const forms = [
    ...[`${username}:${password}`, password].flatMap((text) => {
      const bytes = Buffer.from(text);
      const base64 = bytes.toString('base64');
      return [base64, base64.replace(/=+$/, ''), bytes.toString('base64url'), bytes.toString('hex')];
    }),
    password,
    clean(password),
    encodeURIComponent(password),
    JSON.stringify(password).slice(1, -1),
    inHtml,
    ...[named, named.replaceAll('"', '&quot;').replaceAll("'", '&#39;')],
  ];
  const secrets = [...new Set(forms)].filter((form) => form !== '').sort((a, b) => b.length - a.length);
  // Cleaned first: a character that is taken out later would put the secret together again.
  return (text) =>
    secrets.reduce((redacted, secret) => withoutBeginning(redacted.replaceAll(secret, '***'), secret), clean(text));
}

/** A text that was cut short may end within the secret. */
function withoutBeginning(text: string, secret: string): string {
  for (let length = secret.length - 1; length >= 3; length -= 1) {
    if (text.includes(`${secret.slice(0, length)}…`)) return text.replaceAll(`${secret.slice(0, length)}…`, '***…');
  }
  return text;
}

export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly faint: (text: string) => string;
}

/** Colours where a terminal shows them; `NO_COLOR` forbids them. */
export function paintFor(isTerminal: boolean): Paint {
  const isColoured = isTerminal && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
  const paint = (code: number) => (text: string) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { good: paint(32), bad: paint(31), faint: paint(2) };
}

/** `1 check`, `2 checks` */
export function plural(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

export function indent(text: string, by = '  '): string {
  return text.replace(/^(?=.)/gm, by);
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
