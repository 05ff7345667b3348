/** What the adapter offered: what it gives, its messages, and why one was left out. */
import type { FC } from 'hono/jsx';
import type { LeftOutReason } from '../apply-offers.ts';
import type { ShownOffer, State } from '../state.ts';

const KINDS: Readonly<Record<ShownOffer['type'], string>> = {
  BASKET: 'Discount',
  SHIPPING: 'Shipping',
  LOYALTY_POINT: 'Loyalty points',
  SAMPLE_PRODUCT: 'Gift',
  DEFERRED: 'Next order',
  POINT: 'Points',
};

const REASONS: Readonly<Record<LeftOutReason, string>> = {
  not_mergeable: 'Left out: it cannot be combined with the offers before it.',
  nothing_left: 'Left out: its items cost nothing any more.',
};

/** @param fault what the reference upstream was told to do, where it is asked */
export const Offers: FC<{ state: State; fault: string | null }> = ({
  state: { applied, leftOut, currency, isAnswered },
  fault,
}) => (
  <>
    <h3>Offers</h3>
    {!isAnswered && (
      <p class="problem">The adapter gave no answer that a shop could use. The next change, or a reload, asks again.</p>
    )}
    {isAnswered && applied.length + leftOut.length === 0 && (
      <p class="empty">
        None for this basket.
        {fault !== null &&
          ` The reference upstream was told that it ${fault}: what it fails at is answered with an empty list.`}
      </p>
    )}
    <ul class="offers">
      {applied.map((offer) => (
        <li>
          <Head offer={offer} gives={givesOf(offer, currency)} />
          {offer.isCut && <p class="note">Cut to what its items cost.</p>}
          {offer.successMessage !== '' && <p class="success">{offer.successMessage}</p>}
          {offer.upsellMessage !== '' && <p class="upsell">{offer.upsellMessage}</p>}
        </li>
      ))}
      {leftOut.map(({ reason, ...offer }) => (
        <li class="left-out">
          <Head offer={offer} gives={null} />
          <p class="note">{REASONS[reason]}</p>
          {offer.upsellMessage !== '' && <p class="upsell">{offer.upsellMessage}</p>}
        </li>
      ))}
    </ul>
  </>
);

type Told = Pick<ShownOffer, 'type' | 'label' | 'description'>;

const Head: FC<{ offer: Told; gives: string | null }> = ({ offer, gives }) => (
  <>
    <p class="head">
      <span class="kind">{KINDS[offer.type]}</span>
      <strong>{offer.label || offer.description}</strong>
      {gives !== null && <b class="amount">{gives}</b>}
    </p>
    {offer.description !== '' && offer.description !== offer.label && <p class="note">{offer.description}</p>}
  </>
);

function givesOf({ type, given, amount }: ShownOffer, currency: string): string | null {
  if (type === 'BASKET') return `−${given} ${currency}`;
  return type === 'LOYALTY_POINT' ? `+${amount} points` : null;
}
