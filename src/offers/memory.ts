/** What one isolate keeps between questions. All of it may be lost at any moment, and only time is lost with it. */
import { Breaker } from './breaker.ts';
import { Flights } from './flights.ts';
import { KeptAnswers } from './kept-answers.ts';

export interface OffersMemory {
  readonly breaker: Breaker;
  readonly flights: Flights;
  readonly answers: KeptAnswers;
}

export function createOffersMemory(): OffersMemory {
  return { breaker: new Breaker(), flights: new Flights(), answers: new KeptAnswers() };
}
