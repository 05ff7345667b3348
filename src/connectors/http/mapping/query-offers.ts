/** The question of a basket, by a mapping: request, what the answer means, and proposals for the guard. */
import type { Json } from '../../../common/json.ts';
import type { CallContext, OffersAnswer, OffersFailure, OffersQuestion } from '../../connector.ts';
import { toBasket, toChannel, toOffersFailure } from '../map.ts';
import type { Answer } from '../upstream/call.ts';
import type { UpstreamRequest } from '../upstream/request.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { CompiledMapping } from './compiled.ts';
import { meansBy } from './dialect.ts';
import { createTemplate } from './evaluate.ts';
import type { ReadIdentity } from './identity.ts';
import { createJudge, createView } from './judge.ts';
import { readAmounts } from './read-offers.ts';
import { createRequest } from './render-request.ts';
import { settle } from './settle.ts';
import { attempt, createTeller, placed, TemplateError } from './template-error.ts';
import type { Helper } from './values.ts';

export function createOffersQuery(
  { name, identity, money, tables, offers }: CompiledMapping,
  helpers: Readonly<Record<string, Helper>>,
  { send, clean, describe }: Upstream,
  readIdentity: ReadIdentity,
) {
  const render = createRequest(offers, 'offers', helpers, money);
  const judge = createJudge(offers.rules, 'offers', helpers);
  const toDetail = createTeller(name, clean);
  const offersOf = createTemplate(offers.offers, helpers);

  /** @throws TemplateError */
  async function readOffers(make: () => unknown, currency: string): Promise<Json[]> {
    const place = 'offers.offers';
    const made = placed(place, make);
    if (!Array.isArray(made)) throw new TemplateError('must come to a list').placedIn(place);
    const offered = made.map((offer: Json) => readAmounts(offer, money, currency));
    return (await settle(
      place,
      () => offered,
      ({ amount }) => amount,
    )) as Json[];
  }

  return async (question: OffersQuestion, ctx: CallContext): Promise<OffersAnswer | OffersFailure> => {
    const { requestId, basket, channel } = question;
    const customer = await readIdentity(question.customer);
    if (customer.isGuest && identity.guests === 'skip') return { offers: [] };
    const { now } = ctx;
    const context = { requestId, now, basket: toBasket(basket), customer, channel: toChannel(channel), tables };
    let request: UpstreamRequest;
    try {
      request = await render(context, basket.currency);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return { failed: 'unaskable', detail: toDetail(error) };
    }
    const see = createView(context);
    const meaningOf = (answer: Answer) => attempt(() => ({ meaning: judge(see(answer)) }), toDetail);
    const answer = await send(request, ctx, (it) => meansBy({ meaningOf }, it) === 'credentials');
    if (!('status' in answer)) return toOffersFailure(answer, describe);
    const error = (flaw?: string): OffersFailure => {
      return { failed: 'error', detail: flaw === undefined ? describe(answer) : `${flaw} (${describe(answer)})` };
    };
    const isGood = answer.status >= 200 && answer.status < 300;
    // What broke off says nothing, whatever its rules make of it.
    if (isGood && 'unfinished' in answer.body) return error();
    const told = meaningOf(answer);
    if ('flaw' in told) return error(told.flaw);
    const said = see(answer).context;
    switch (told.meaning ?? (isGood && said.body !== null ? 'ok' : 'failed')) {
      case 'empty':
        return { offers: [] };
      case 'credentials':
      case 'failed':
        return error();
      case 'ok':
        try {
          return { offers: await readOffers(() => offersOf(said), basket.currency) };
        } catch (failure) {
          if (failure instanceof TemplateError) return error(toDetail(failure));
          throw failure;
        }
    }
  };
}
