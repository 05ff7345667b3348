/** What stands between a connector and a fake upstream: a `fetch` whose next call can be made to fail. */

/** Ways in which the next call goes wrong; each is used up by one call. */
export interface Faults {
  /** It never arrives. */
  breakNext(): void;
  /** The next call that changes something takes effect, and its answer is lost. */
  loseNextAnswer(): void;
}

export interface HttpFaults extends Faults {
  /** The upstream answers this and does nothing; told twice, two calls are answered so. */
  answerNext(status: number, headers?: Record<string, string>, body?: string): void;
  /** The next call that changes something has arrived, but takes effect only after this. */
  holdNextChange(released: Promise<void>): void;
}

/** A call that was tried, with its parsed body. */
export interface Call {
  /** `PUT /path` */
  readonly line: string;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface FakeServer {
  readonly fetch: typeof fetch;
  readonly calls: readonly Call[];
  readonly faults: HttpFaults;
}

/** @param held resolves when the change may take effect; at once, unless a test holds it */
type Handler = (request: Request, held: Promise<void>) => Promise<Response>;

export function serve(handle: Handler): FakeServer {
  const calls: Call[] = [];
  const answers: Response[] = [];
  let broken = false;
  let lost = false;
  let hold = Promise.resolve();

  async function respond(request: Request): Promise<Response> {
    if (broken) {
      broken = false;
      throw new TypeError('connection refused');
    }
    const canned = answers.shift();
    if (canned !== undefined) return canned;
    if (request.method === 'GET') return handle(request, Promise.resolve());
    const [held, lose] = [hold, lost];
    [hold, lost] = [Promise.resolve(), false];
    const response = await handle(request, held);
    if (lose) throw new TypeError('connection reset');
    return response;
  }

  async function fetchFake(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init);
    calls.push(await describeCall(request.clone()));
    // The answer is no longer waited for; what the upstream does goes on.
    return Promise.race([respond(request), whenAborted(init?.signal)]);
  }

  return {
    fetch: fetchFake as typeof fetch,
    calls,
    faults: {
      breakNext: () => {
        broken = true;
      },
      loseNextAnswer: () => {
        lost = true;
      },
      answerNext: (status, headers = {}, body = '{}') => {
        answers.push(new Response(body, { status, headers }));
      },
      holdNextChange: (released) => {
        hold = released;
      },
    },
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function describeCall(request: Request): Promise<Call> {
  const text = new TextDecoder().decode(await request.arrayBuffer());
  const { pathname } = new URL(request.url);
  return {
    line: `${request.method} ${decodeURIComponent(pathname)}`,
    headers: request.headers,
    // A form is a text.
    body: isJson(text) ? JSON.parse(text) : text || null,
  };
}

function whenAborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
