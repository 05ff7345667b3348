/**
 * What the adapter itself computes for one /offers: depth check, parse, validate, translate, guard, serialise, as a
 * ratio to `JSON.parse` of the same text in the same process. Pure functions, no I/O.
 */
import Big from 'big.js';
import { MAX_DEPTH } from '../src/akinon/body.ts';
import { readOffersRequest } from '../src/akinon/read-offers-request.ts';
import { V2 } from '../src/akinon/v2/contract.ts';
import { isNestedDeeperThan } from '../src/common/json.ts';
import { guardOffers } from '../src/offers/guard.ts';
import { aBasketOf, anAnswerFor } from './baskets.ts';
import { median } from './statistics.ts';

const LIMITS = { maxPoints: new Big(1_000_000), priorityFirst: 'lowest', maxOffers: 50 } as const;

export interface PipelineEffort {
  readonly rounds: number;
  /** Long enough that the engine has compiled what it will compile. */
  readonly warmUpMs: number;
  /** Basket items in one timed stretch of a round. */
  readonly itemsPerRound: number;
}

export interface PipelineFigures {
  readonly items: number;
  readonly kilobytes: number;
  readonly parseUs: number;
  readonly pipelineUs: number;
  /** Median over the rounds of pipeline ÷ `JSON.parse`. */
  readonly ratio: number;
  /** Where the time goes, each part timed by itself. */
  readonly parts: readonly { readonly name: string; readonly us: number }[];
}

export function measurePipeline(items: number, effort: PipelineEffort): PipelineFigures {
  const text = JSON.stringify(aBasketOf(items));
  const bytes = new TextEncoder().encode(text);
  const answer = anAnswerFor(items);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const json = JSON.parse(text) as unknown;
  const parse = () => JSON.parse(text) as unknown;
  const checkDepth = () => {
    if (isNestedDeeperThan(bytes, MAX_DEPTH)) throw new Error('too deep');
  };
  const validate = (body: unknown) => {
    const request = readOffersRequest(body, V2);
    if (!request.ok || request.value.basket.currency === null) throw new Error('the bench basket is refused');
    return { ...request.value.basket, currency: request.value.basket.currency };
  };
  const basket = validate(json);
  const guard = (of: typeof basket) => {
    const { offers, drops } = guardOffers(answer, of, LIMITS);
    if (drops.length > 0 || offers.length !== answer.length) throw new Error('the bench offers are dropped');
    return offers;
  };
  const offers = guard(basket);
  const pipeline = () => {
    checkDepth();
    return V2.writeOffers(guard(validate(JSON.parse(decoder.decode(bytes)))));
  };

  const perRound = Math.max(3, Math.round(effort.itemsPerRound / items));
  for (const startedAt = performance.now(); performance.now() - startedAt < effort.warmUpMs; ) {
    parse();
    pipeline();
  }
  const rounds = Array.from({ length: effort.rounds }, (_, round) => {
    // In turn, so that a slow moment of the machine meets both.
    const first = round % 2 === 0 ? timeUs(parse, perRound) : timeUs(pipeline, perRound);
    const second = round % 2 === 0 ? timeUs(pipeline, perRound) : timeUs(parse, perRound);
    const [parseUs, pipelineUs] = round % 2 === 0 ? [first, second] : [second, first];
    return { parseUs, pipelineUs, ratio: pipelineUs / parseUs };
  });
  const typicalUs = (run: () => unknown) => median(Array.from({ length: 5 }, () => timeUs(run, perRound)));
  return {
    items,
    kilobytes: bytes.length / 1024,
    parseUs: median(rounds.map((round) => round.parseUs)),
    pipelineUs: median(rounds.map((round) => round.pipelineUs)),
    ratio: median(rounds.map((round) => round.ratio)),
    parts: [
      { name: 'depth check', us: typicalUs(checkDepth) },
      { name: 'decode and parse', us: typicalUs(() => JSON.parse(decoder.decode(bytes))) },
      { name: 'validate and translate', us: typicalUs(() => validate(json)) },
      { name: 'guard', us: typicalUs(() => guard(basket)) },
      { name: 'serialise', us: typicalUs(() => V2.writeOffers(offers)) },
    ],
  };
}

function timeUs(run: () => unknown, times: number): number {
  const startedAt = performance.now();
  for (let i = 0; i < times; i++) run();
  return ((performance.now() - startedAt) * 1000) / times;
}
