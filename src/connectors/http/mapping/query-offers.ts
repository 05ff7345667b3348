/** The question of a basket, by a mapping: request, what the answer means, and proposals for the guard. */
import type { Json } from '../../../common/json.ts';
import type { CallContext, OffersAnswer, OffersFailure, OffersQuestion } from '../../connector.ts';
import { toBasket, toChannel, toOffersFailure } from '../map.ts';
import type { UpstreamRequest } from '../upstream/request.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { CompiledMapping } from './compiled.ts';
import { createTemplate } from './evaluate.ts';
import type { ReadIdentity } from './identity.ts';
import { createJudge, withAnswer } from './judge.ts';
import { readAmounts } from './read-offers.ts';
import { createRequest, settle } from './render-request.ts';
import { placed, TemplateError } from './steps.ts';
import type { Helper } from './values.ts';

const MAX_WORDS = 200;

export function createOffersQuery(
  { name, identity, money, tables, offers }: CompiledMapping,
  helpers: Readonly<Record<string, Helper>>,
  { send, clean, describe }: Upstream,
  readIdentity: ReadIdentity,
) {
  const render = createRequest(offers, 'offers', helpers, money);
  const judge = createJudge(offers.rules, 'offers', helpers);
  const toDetail = ({ message }: TemplateError) => clean(`mapping ${name}: ${message}`, MAX_WORDS);
  const offersOf = createTemplate(offers.offers, helpers);

  return async (question: OffersQuestion, ctx: CallContext): Promise<OffersAnswer | OffersFailure> => {
    const { requestId, basket, channel } = question;
    const customer = await readIdentity(question.customer);
    if (customer.isGuest && identity.guests === 'skip') return { offers: [] };
    const context = { requestId, basket: toBasket(basket), customer, channel: toChannel(channel), tables };
    let request: UpstreamRequest;
    try {
      request = await render(context, basket.currency);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return { failed: 'unaskable', detail: toDetail(error) };
    }
    const answer = await send(request, ctx, (it) => {
      try {
        return judge(withAnswer(context, it)) === 'credentials';
      } catch {
        // Told below, where the answer is judged.
        return false;
      }
    });
    if (!('status' in answer)) return toOffersFailure(answer, describe);
    const said = withAnswer(context, answer);
    try {
      const isGood = answer.status >= 200 && answer.status < 300;
      // What broke off says nothing, whatever its rules make of it.
      if (isGood && 'unfinished' in answer.body) return { failed: 'error', detail: describe(answer) };
      switch (judge(said) ?? (isGood && said.context.body !== null ? 'ok' : 'failed')) {
        case 'empty':
          return { offers: [] };
        case 'credentials':
        case 'failed':
          return { failed: 'error', detail: describe(answer) };
        case 'ok': {
          const made = placed('offers.offers', () => offersOf(said.context));
          if (!Array.isArray(made)) throw new TemplateError('must come to a list').placedIn('offers.offers');
          const offered = made.map((offer: Json) => readAmounts(offer, money, basket.currency));
          return {
            offers: (await settle(
              'offers.offers',
              () => offered,
              ({ amount }) => amount,
            )) as Json[],
          };
        }
      }
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return { failed: 'error', detail: `${toDetail(error)} (${describe(answer)})` };
    }
  };
}
