/** The member's own offers: what is active, to come and over. */
import type { FC } from 'hono/jsx';
import type { WireCustomerOffer } from '../../account/answer-schemas.ts';
import type { CustomerOffers } from '../account.ts';

export const Account: FC<{ found: CustomerOffers | string }> = ({ found }) => (
  <section id="account" aria-labelledby="account-title">
    <h1 id="account-title">My offers</h1>
    {typeof found === 'string' ? (
      <p class="note">{found}</p>
    ) : (
      <>
        <p>
          Discounts of a fixed amount that are active come to{' '}
          <strong class="amount">
            {found.total} {found.currency}
          </strong>
          . An offer is used by typing its code in the <a href="/">shop</a>.
        </p>
        {found.lists.map(({ title, offers }) => (
          <>
            <h2>{title}</h2>
            {offers.length === 0 ? <p class="empty">None.</p> : <List offers={offers} />}
          </>
        ))}
      </>
    )}
  </section>
);

const List: FC<{ offers: readonly WireCustomerOffer[] }> = ({ offers }) => (
  <ul class="offers">
    {offers.map((offer) => (
      <li>
        <p class="head">
          <span class="kind">{offer.benefit_type.label}</span>
          <strong>{offer.label}</strong>
          <b class="amount">{gives(offer)}</b>
        </p>
        <p class="note">
          {offer.voucher_code !== null && (
            <>
              Code <code>{offer.voucher_code}</code> ·{' '}
            </>
          )}
          {offer.condition !== null &&
            `from ${offer.condition.value}${offer.condition.type === 'Amount' ? ` ${offer.currency.label}` : ' pieces'} · `}
          {offer.start_datetime.slice(0, 10)} to {offer.end_datetime.slice(0, 10)}
        </p>
      </li>
    ))}
  </ul>
);

function gives({ benefit_type, amount, percentage, currency }: WireCustomerOffer): string {
  if (benefit_type.value === 'fixed') return `−${amount} ${currency.label}`;
  return percentage === null ? '' : `−${percentage} %`;
}
