/** Starts the upstream of the bench and tells it what to answer. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface Told {
  /** Texts: what the bridge protocol answers to /offers, and what Akinon would be answered in the end. */
  readonly offers: string;
  readonly finished: string;
  /** Texts by path: what an upstream of a mapping answers there. */
  readonly mapped: Readonly<Record<string, string>>;
  /** Numbers of orders whose first usage call is never answered. */
  readonly hangs: readonly string[];
}

/** Of the usage calls since it was told something. */
export interface UpstreamFigures {
  calls: number;
  /** Different ones. */
  orders: number;
  /** Discounts that took effect, and those that came again and did not. */
  effects: number;
  repeated: number;
  /** Calls for an order whose text was not that of its first one. */
  otherText: number;
  /** Calls for an order while another one for it was open. */
  overlapping: number;
  mostOpen: number;
  /** Answers for orders that do not hang, and when the last of them was given (epoch milliseconds). */
  healthy: number;
  lastHealthyAt: number;
}

export interface Upstream {
  readonly url: string;
  tell(told: Partial<Told>): Promise<void>;
  figures(): Promise<UpstreamFigures>;
  stop(): Promise<unknown>;
}

const NOTHING: Told = { offers: '[]', finished: '[]', mapped: {}, hangs: [] };

export async function startUpstream(): Promise<Upstream> {
  const thread = new Worker(new URL('./upstream-server.ts', import.meta.url));
  const [port] = (await once(thread, 'message')) as [number];
  const url = `http://127.0.0.1:${port}`;
  const ask = async (path: string, body: unknown) => {
    const response = await fetch(url + path, { method: 'POST', body: JSON.stringify(body) });
    return (await response.json()) as unknown;
  };
  return {
    url,
    tell: async (told) => void (await ask('/tell', { ...NOTHING, ...told })),
    figures: async () => (await ask('/figures', null)) as UpstreamFigures,
    stop: () => thread.terminate(),
  };
}
