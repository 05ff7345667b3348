/** What was redeemed: one effect for each key, whatever is sent again. A key's first final answer is its answer for good. */
import type { Faults, LineStatus } from './faults.ts';

export interface AskedUsage {
  readonly orderNumber: string | null;
  readonly discounts: readonly AskedLine[];
}

interface AskedLine {
  readonly id: string;
  readonly key: string;
  readonly amount?: string | null;
  readonly currency?: string | null;
  readonly reference?: unknown;
}

export interface Result {
  readonly id: string;
  readonly status: LineStatus;
  readonly reason?: string;
  readonly reference?: string;
}

/** A discount that counts. `asked`: how often its key came; the effect is one. */
export interface Effect {
  readonly key: string;
  readonly id: string;
  readonly order: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly at: number;
  asked: number;
}

export class Redemptions {
  private readonly answers = new Map<string, Result>();
  private readonly byKey = new Map<string, Effect>();

  get effects(): readonly Effect[] {
    return [...this.byKey.values()];
  }

  clear(): void {
    this.answers.clear();
    this.byKey.clear();
  }

  redeem({ orderNumber, discounts }: AskedUsage, faults: Faults, now: number): Result[] {
    return discounts.map((line) => {
      const known = this.answers.get(line.key);
      const effect = this.byKey.get(line.key);
      if (effect !== undefined) effect.asked += 1;
      return known ?? this.decide(line, orderNumber, faults, now);
    });
  }

  private decide(line: AskedLine, order: string | null, faults: Faults, now: number): Result {
    const { id, key, amount = null, currency = null, reference = null } = line;
    const told = faults.takeForLine(order, id);
    const status = told?.outcome ?? (reference === null ? 'rejected' : 'accepted');
    if (status === 'later') return { id, status, ...(told?.reason !== undefined && { reason: told.reason }) };
    if (status === 'accepted') this.byKey.set(key, { key, id, order, amount, currency, at: now, asked: 1 });
    const result: Result =
      status === 'accepted'
        ? { id, status, reference: `R-${this.answers.size + 1}` }
        : { id, status, reason: told?.reason ?? (told === undefined ? 'never_offered' : 'used_up') };
    this.answers.set(key, result);
    return result;
  }
}
