/**
 * A queue with the consumer options of wrangler.toml. Miniflare's own is not used: it runs one consumer at a time,
 * whatever `max_concurrency` says.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './bundle.ts';

export interface Message {
  readonly body: unknown;
  readonly delaySeconds?: number;
}

export class Queue {
  private readonly batchSize = readOption('max_batch_size');
  private readonly batchTimeoutMs = readOption('max_batch_timeout') * 1000;
  private readonly concurrency = readOption('max_concurrency');
  private consume: ((messages: readonly Message[]) => Promise<void>) | null = null;
  private readonly waiting: { readonly message: Message; readonly since: number }[] = [];
  private running = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** @param consume must not throw */
  open(consume: (messages: readonly Message[]) => Promise<void>): void {
    this.consume = consume;
    this.look();
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) {
      const arrive = () => {
        this.waiting.push({ message, since: performance.now() });
        this.look();
      };
      setTimeout(arrive, (message.delaySeconds ?? 0) * 1000).unref();
    }
  }

  close(): void {
    this.consume = null;
    clearTimeout(this.timer);
  }

  /** Hands over a batch that is full, or whose first message has waited long enough, when a consumer is free. */
  private look(): void {
    clearTimeout(this.timer);
    const [oldest] = this.waiting;
    if (oldest === undefined || this.consume === null || this.running >= this.concurrency) return;
    const waitMs = oldest.since + this.batchTimeoutMs - performance.now();
    if (this.waiting.length < this.batchSize && waitMs > 0) {
      this.timer = setTimeout(() => this.look(), waitMs);
      return;
    }
    this.running++;
    const batch = this.waiting.splice(0, this.batchSize).map(({ message }) => message);
    void this.consume(batch).then(() => {
      this.running--;
      this.look();
    });
    this.look();
  }
}

/** Of the first consumer, that of the deliveries. */
function readOption(name: string): number {
  const [, consumer = ''] = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8').split('[[queues.consumers]]');
  const value = new RegExp(`^${name} = (\\d+)$`, 'm').exec(consumer)?.[1];
  if (value === undefined) throw new Error(`wrangler.toml has no ${name} for the queue`);
  return Number(value);
}
