/** The reference upstream behind a `fetch`, for tests inside workerd. */
import type { Upstream } from './core.ts';

export function fetchFrom(upstream: Upstream): typeof fetch {
  async function fetchUpstream(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const signal = init?.signal ?? new AbortController().signal;
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const call = {
      method: request.method,
      path: pathname + search,
      headers: Object.fromEntries(request.headers),
      body: new Uint8Array(await request.arrayBuffer()),
    };
    const answer = await Promise.race([upstream.handle(call, signal), whenAborted(signal)]);
    if (answer === 'reset') throw new TypeError('the connection was cut');
    const { status, headers } = answer;
    const hasBody = status !== 204 && status !== 304;
    return new Response(hasBody ? toStream(answer.body, signal) : null, { status, headers });
  }
  return fetchUpstream as typeof fetch;
}

function toStream(body: Iterable<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.iterator]();
  return new ReadableStream({
    start: (controller) => {
      signal.addEventListener('abort', () => controller.error(signal.reason), { once: true });
    },
    pull: (controller) => {
      const { done, value } = chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => void chunks.return?.(),
  });
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
