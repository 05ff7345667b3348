/** The body of `POST /usages` as Offerbridge sends it, and what an answer to it says of each line. */
import { createHash } from 'node:crypto';
import Big from 'big.js';
import { type Exchange, isObject, jsonOf, show, textOf } from '../exchange.ts';
import type { Basket, Question } from './basket.ts';
import { digitsOf, flawsOf, roundDown, worthOf } from './offers.ts';

/** A line of an order, as it was shown to the customer. */
export interface Line {
  readonly id: string;
  readonly type: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly reference: unknown;
}

export interface Usage {
  readonly orderNumber: string | null;
  /** What keys are derived from. */
  readonly order: string;
  readonly basket: Basket | null;
  readonly lines: readonly Line[];
  readonly channel: Question['channel'];
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

export function keyOf({ order }: Usage, { id }: Line): string {
  return sha256(JSON.stringify([order, id]));
}

export function toUsagesText(usage: Usage): string {
  const { orderNumber, basket, lines, channel } = usage;
  return JSON.stringify({
    orderNumber,
    basket: basket && { ...basket, items: basket.items.map((item) => ({ ...item, attributes: {} })) },
    discounts: lines.map((line) => {
      const { id, type, amount, currency, reference } = line;
      return { id, key: keyOf(usage, line), type, amount, currency, reference };
    }),
    channel: { ...channel, staffEmail: null },
  });
}

export function idempotencyKeyOf(usage: Usage): string {
  return sha256(JSON.stringify(usage.lines.map((line) => keyOf(usage, line)).sort()));
}

/**
 * The offers that one order may use together and that are reported, as they would be shown: in the order of priority,
 * rounded down, cut to what the basket still holds.
 */
export function toLines(offers: readonly unknown[], basket: Basket): Line[] {
  const flaws = flawsOf(offers, basket);
  const right = offers.filter((_, index) => flaws[index]?.length === 0) as Record<string, unknown>[];
  const reported = right.filter(({ notifyAfterOrderCreation }) => notifyAfterOrderCreation !== false);
  const together = reported.filter(({ isMergeable }) => isMergeable !== false);
  const priorityOf = (offer: Record<string, unknown>) => (offer.priority as number) ?? offers.indexOf(offer) + 1;
  const used = (together.length > 0 ? together : reported.slice(0, 1)).sort((a, b) => priorityOf(a) - priorityOf(b));
  let left = worthOf(basket);
  return used.flatMap((offer): Line[] => {
    const { id, type, extraArgs, reference = null } = offer as { id: string; type: string } & Record<string, unknown>;
    const args = (extraArgs ?? {}) as { discount: string; loyaltyData: { amount: string } };
    if (type === 'LOYALTY_POINT') return [{ id, type, amount: args.loyaltyData.amount, currency: null, reference }];
    if (type !== 'BASKET') return [{ id, type, amount: null, currency: null, reference }];
    const wanted = roundDown(args.discount, basket);
    const amount = roundDown((wanted.gt(left) ? left : wanted).toFixed(), basket);
    if (amount.lte(0)) return [];
    left = left.minus(amount);
    const text = amount.toFixed(digitsOf(basket.currency), Big.roundDown);
    return [{ id, type, amount: text, currency: basket.currency, reference }];
  });
}

export const STATUSES = ['accepted', 'rejected', 'later'] as const;

export interface LineAnswer {
  readonly status: (typeof STATUSES)[number];
  /** The upstream's own; null for none. */
  readonly reference: string | null;
}

export type Said =
  /** 2xx: what is said of each line that was asked for. One that is missing is asked again. */
  | { readonly kind: 'lines'; readonly lines: ReadonlyMap<string, LineAnswer> }
  | { readonly kind: 'refused' }
  /** Busy, and will be asked again. */
  | { readonly kind: 'busy' }
  /** What Offerbridge cannot use. */
  | { readonly kind: 'wrong'; readonly why: string };

const REFUSED = [400, 413, 422];
const BUSY = [408, 425, 429, 503];

export function readSaid(exchange: Exchange, { lines }: Usage): Said {
  const { answer, error } = exchange;
  if (answer === null || error !== null) return { kind: 'wrong', why: error ?? 'no answer' };
  const { status } = answer;
  if (status >= 200 && status < 300) return readResults(exchange, lines);
  if (REFUSED.includes(status)) return { kind: 'refused' };
  if (BUSY.includes(status)) return { kind: 'busy' };
  if (status === 409 || status >= 500)
    return { kind: 'wrong', why: `${status}, after which the same call comes again and again` };
  return { kind: 'wrong', why: `${status}, after which all deliveries pause` };
}

function readResults({ answer }: Exchange, lines: readonly Line[]): Said {
  if (answer === null) return { kind: 'wrong', why: 'no answer' };
  if (textOf(answer)?.trim() === '') {
    return { kind: 'lines', lines: new Map(lines.map(({ id }) => [id, { status: 'accepted', reference: null }])) };
  }
  const json = jsonOf(answer);
  const wrong = flawOfResults(json);
  if (wrong !== null) return { kind: 'wrong', why: `${answer.status}, but ${wrong}` };
  const { results } = json as { results: ({ id: string } & LineAnswer)[] };
  const said = new Map<string, LineAnswer>();
  for (const { id } of lines) {
    const own = results.filter((result) => result.id === id);
    const [first] = own;
    if (first === undefined) continue;
    const agreed = own.every(({ status }) => status === first.status);
    const { reference = null } = first as { reference?: unknown };
    const text = reference === null || typeof reference === 'string' ? reference : JSON.stringify(reference);
    said.set(id, { status: agreed ? first.status : 'later', reference: text || null });
  }
  return { kind: 'lines', lines: said };
}

function flawOfResults(json: unknown): string | null {
  if (json === undefined) return 'the body is not JSON in UTF-8';
  if (!isObject(json) || !Array.isArray(json.results)) return `the body is not {"results": […]} but ${show(json)}`;
  for (const [index, result] of json.results.entries()) {
    if (!isObject(result)) return `results[${index}] is not an object but ${show(result)}`;
    if (typeof result.id !== 'string') return `results[${index}].id is not a text but ${show(result.id)}`;
    if (!STATUSES.some((status) => status === result.status))
      return `results[${index}].status is ${show(result.status)}: none of ${STATUSES.join(', ')}`;
  }
  return null;
}

/** `spring-10 accepted (R-1), gift rejected`, or what else was said. */
export function describeSaid(said: Said, exchange: Exchange): string {
  const status = exchange.answer?.status;
  if (said.kind === 'wrong') return said.why;
  if (said.kind === 'busy') return `${status}: to be asked again later`;
  if (said.kind === 'refused') return `${status}: the whole call is refused`;
  const lines = [...said.lines].map(
    ([id, { status, reference }]) => `${id} ${status}${reference === null ? '' : ` (${reference})`}`,
  );
  return lines.join(', ') || `${status} without a result for any line`;
}
