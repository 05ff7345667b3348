/** An exchange as a curl command for a shell. The real credentials are variables in it, never values. */
import type { Ask, Auth, Body, Exchange } from './exchange.ts';

/** Longer bodies have no place on a command line. */
const MAX_INLINE_BYTES = 16 * 1024;

const USERNAME = '$CONFORMANCE_USERNAME';
const PASSWORD = '$CONFORMANCE_PASSWORD';

export function toCurl({ url, ask }: Exchange): string {
  const shell = ask.body === null ? undefined : shellOf(ask.body);
  const words = [
    `curl -i${ask.method === 'POST' && ask.body !== null ? '' : ` -X ${ask.method}`} ${quote(url)}`,
    ...authOf(ask.auth),
    ...Object.entries(ask.headers).map(
      ([name, value]) => `-H ${quote(value === '' ? `${name};` : `${name}: ${value}`)}`,
    ),
    ...dataOf(ask, shell),
  ];
  return (shell === undefined ? '' : `${shell} | `) + words.join(' \\\n  ');
}

/** For a POSIX shell, whatever the text holds. */
export function quote(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function authOf(auth: Auth): string[] {
  if (auth.kind === 'none') return [];
  if (auth.kind === 'made-up') return [`-H ${quote(`authorization: ${auth.value}`)}`];
  const pair = `"${auth.username ?? USERNAME}:${auth.password ?? PASSWORD}"`;
  if (auth.scheme === undefined) return [`-u ${pair}`];
  return [`-H "authorization: ${auth.scheme} $(printf %s ${pair} | base64 | tr -d '\\n')"`];
}

function dataOf({ body, chunked, headers }: Ask, shell: string | undefined): string[] {
  if (body === null) return [];
  const chunks = chunked ? [`-H 'transfer-encoding: chunked'`] : [];
  // curl would add a content type of its own.
  const type = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type') ? [] : [`-H 'content-type:'`];
  return [...chunks, ...type, `--data-binary ${shell === undefined ? quote(body.bytes.toString()) : '@-'}`];
}

/** A command that prints the body, where it cannot stand in the command itself. */
function shellOf({ bytes, shell }: Body): string | undefined {
  if (shell !== undefined) return shell;
  if (bytes.length > MAX_INLINE_BYTES) {
    return `echo '<${bytes.length} bytes, too long to show, that begin with: ${bytes.subarray(0, 60).toString().replaceAll("'", '')}>'`;
  }
  // A NUL or half a character does not survive a command line.
  const isPlain = !bytes.includes(0) && Buffer.from(bytes.toString()).equals(bytes);
  return isPlain ? undefined : `printf %s ${bytes.toString('base64')} | base64 -d`;
}
