/**
 * Single flight: questions that are being asked, so that the same one asked meanwhile waits for the same answer. What is
 * shared is the connector's parsed answer; guarding, remembering and the deadline stay with each request. In Workers a
 * promise of another request never settles when that request vanishes, so a flight counts only as long as it could last.
 */
import type { OffersAnswer } from '../connectors/connector.ts';
import type { AskFailure } from './ask-connector.ts';
import type { QuestionKey } from './question-key.ts';

type Answer = Promise<OffersAnswer | AskFailure>;

interface Flight {
  readonly key: QuestionKey;
  readonly answer: Answer;
  /** Epoch milliseconds: past it, whoever asked has vanished. */
  readonly endsAt: number;
}

export class Flights {
  /** Oldest first. A scan costs less than an index: an isolate has few questions in the air. */
  private readonly flights = new Set<Flight>();

  find(key: QuestionKey, now: number): Answer | undefined {
    for (const flight of this.flights) {
      if (flight.endsAt > now && flight.key.equals(key)) return flight.answer;
    }
    return undefined;
  }

  /** @param answer never rejects */
  add(key: QuestionKey, answer: Answer, endsAt: number, now: number): void {
    for (const old of this.flights) {
      if (old.endsAt > now) break;
      this.flights.delete(old);
    }
    const flight = { key, answer, endsAt };
    this.flights.add(flight);
    void answer.then(() => this.flights.delete(flight));
  }
}
