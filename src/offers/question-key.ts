/**
 * When are two questions the same? When everything that can change the answer is: basket id and content, voucher,
 * customer, channel, and how many digits the caller reads. Neither the request id nor the basket's version is part of it;
 * settings and connector are those of the isolate. Computed when it is wanted, since most questions never meet another:
 * JSON text to compare, its SHA-256 to keep, so that nothing personal outlives its request.
 */
import { sha256 } from '../common/hash.ts';
import type { OffersQuestion } from '../connectors/connector.ts';

export class QuestionKey {
  readonly basketId: number;
  private readonly question: OffersQuestion;
  private knownText: string | undefined;
  private knownHash: Promise<string> | undefined;

  private readonly exactDigits: number | undefined;

  /** @param exactDigits significant digits that the caller reads unchanged; undefined = any */
  constructor(question: OffersQuestion, exactDigits?: number) {
    this.question = question;
    this.exactDigits = exactDigits;
    this.basketId = question.basket.id;
  }

  equals(other: QuestionKey): boolean {
    return this.basketId === other.basketId && this.text() === other.text();
  }

  hash(): Promise<string> {
    this.knownHash ??= sha256(this.text()).then((digest) => digest.toHex());
    return this.knownHash;
  }

  private text(): string {
    const { basket, customer, channel } = this.question;
    this.knownText ??= JSON.stringify([{ ...basket, version: null }, customer, channel, this.exactDigits]);
    return this.knownText;
  }
}
