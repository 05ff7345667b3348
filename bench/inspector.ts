/** V8's profiler inside workerd, over the inspector's WebSocket. See the Chrome DevTools Protocol, "Profiler". */

export interface V8Node {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    /** Empty for what is not JavaScript. */
    readonly url: string;
    /** From 0. */
    readonly lineNumber: number;
  };
  readonly children?: readonly number[];
}

export interface V8Profile {
  readonly nodes: readonly V8Node[];
  /** Ids of nodes, and the microseconds between them. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Asked for; workerd takes nearly twice as long. */
export const SAMPLE_US = 100;

interface Reply {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Runs `work` under the profiler of one Worker. */
export async function profileDuring(inspectorUrl: URL, work: () => Promise<void>): Promise<V8Profile> {
  const socket = new WebSocket(inspectorUrl);
  const pending = new Map<number, (reply: Reply) => void>();
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`no inspector at ${inspectorUrl}`)));
  });
  socket.addEventListener('message', ({ data }) => {
    const reply = JSON.parse(String(data)) as Reply;
    if (reply.id !== undefined) pending.get(reply.id)?.(reply);
  });
  let lastId = 0;
  const call = (method: string, params: object = {}): Promise<unknown> => {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      pending.set(id, ({ result, error }) => (error ? reject(new Error(error.message)) : resolve(result)));
      socket.send(JSON.stringify({ id, method, params }));
    });
  };
  try {
    await call('Profiler.enable');
    await call('Profiler.setSamplingInterval', { interval: SAMPLE_US });
    await call('Profiler.start');
    await work();
    return ((await call('Profiler.stop')) as { profile: V8Profile }).profile;
  } finally {
    socket.close();
  }
}
