/** The reference upstream with something twisted in what it hears or says: a vendor's mistakes, one at a time. */
import { buffer } from 'node:stream/consumers';
import { concat } from '../../support/upstream/chunks.ts';
import { type Answer, Upstream, type UpstreamOptions } from '../../support/upstream/core.ts';
import { listen } from '../conformance/reference-server.ts';

export interface Heard {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Undefined for what is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent
  readonly json: any;
}

export interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface Twist extends UpstreamOptions {
  /** In place of what was heard. */
  readonly hear?: (heard: Heard) => unknown;
  /** In place of what is said. May take its time. */
  readonly say?: (said: Said & { readonly body: string }, heard: Heard) => Said | Promise<Said>;
}

export async function startTwisted({ hear, say, ...options }: Twist): Promise<{ url: string; close(): Promise<void> }> {
  const upstream = new Upstream(options);
  return listen(async (request, response) => {
    const text = (await buffer(request)).toString();
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const heard = { path: request.url ?? '', headers, text, json: parse(text) };
    const body = hear === undefined || heard.json === undefined ? text : JSON.stringify(hear(heard));
    const call = { method: request.method ?? '', path: heard.path, headers, body: Buffer.from(body) };
    const answer = (await upstream.handle(call, new AbortController().signal)) as Answer;
    const plain = { ...answer, body: Buffer.from(concat(answer.body)).toString() };
    const said = say === undefined ? plain : await say(plain, heard);
    response.writeHead(said.status, { 'content-type': 'application/json', ...said.headers }).end(said.body);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
