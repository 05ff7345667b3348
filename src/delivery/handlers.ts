/**
 * The queue and cron entries. Usages wait in D1 as due; a message says only that there is something to look at, so
 * acknowledging it loses nothing.
 */
import type { Log } from '../common/log.ts';

/** Wakes and dead letters alike: D1 is the truth. */
export function handleQueue(batch: MessageBatch, log: Log): void {
  log('info', 'queue_batch', { reason: batch.queue, messages: batch.messages.length });
  batch.ackAll();
}

export function handleSchedule(controller: ScheduledController, log: Log): void {
  log('info', 'sweep', { reason: controller.cron });
}
