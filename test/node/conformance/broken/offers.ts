/** Servers that take a good basket badly, or answer it in a wrong shape. */
import { eachAmount, eachOffer, historyOf, like, offers, refuses, sentIn, spoils } from '../faults.ts';
import { type Faults, type Incoming, type Outgoing, problem } from '../reference-server.ts';
import type { BrokenServer } from './broken-server.ts';

const text = (value: unknown) => JSON.stringify(value);
const isListed = ({ body }: Outgoing) => String(body).startsWith('[');
let counter = 0;

export const BROKEN_OFFERS: readonly BrokenServer[] = [
  {
    name: 'answers /offers with 201',
    faults: () =>
      spoils(
        ({ status }, { path }) => status === 200 && path === '/offers',
        () => ({ status: 201 }),
      ),
    red: ['offers/status'],
    also: /^offers\//,
  },
  {
    name: 'wraps the list in an object',
    faults: () =>
      spoils(
        ({ status }, { path }) => status === 200 && path === '/offers',
        ({ body }) => ({ body: `{"offers":${body}}` }),
      ),
    red: ['offers/list'],
    also: /^offers\//,
  },
  {
    name: 'answers with Latin-1',
    faults: () =>
      spoils(isListed, ({ body }) => ({ body: Buffer.from(String(body).replace('Applied', 'Appliqué'), 'latin1') })),
    red: ['offers/list'],
    also: /^offers\//,
  },
  {
    name: 'calls its offers HTML',
    faults: () => spoils(isListed, () => ({ headers: { 'content-type': 'text/html' } })),
    red: ['offers/content-type'],
  },
  {
    name: 'answers an empty basket with 204',
    faults: () =>
      spoils(
        ({ body }) => body === '[]',
        () => ({ status: 204, body: '', headers: {} }),
      ),
    red: ['offers/empty-basket'],
  },
  {
    name: 'needs an email from whoever allows none',
    faults: () => refuses('/offers', ({ user }) => user?.emailAllowed === false && user.email.length === 0),
    red: ['offers/anonymous'],
  },
  {
    name: 'takes null for no phone',
    faults: () =>
      refuses('/offers', ({ user }, { headers }) => headers['x-akinon-api-version'] === 'v1' && user?.phone === null),
    red: ['offers/phone-null'],
  },
  {
    name: 'fails for a user it does not know',
    faults: () => refuses('/offers', ({ user }) => Boolean(user?.phone), 500),
    red: ['offers/named-user'],
  },
  {
    name: 'has whole quantities only',
    faults: () =>
      refuses('both', ({ basket }) => basket.basketItems.some(({ quantity }) => !Number.isInteger(quantity))),
    red: ['offers/fractional-quantity', 'usage/fractional-quantity'],
  },
  {
    name: 'knows ASCII only',
    faults: () => refuses('/offers', (sent) => [...text(sent)].some((letter) => letter > '\u007f')),
    red: ['offers/unicode'],
  },
  {
    name: 'knows no DEFERRED in a history',
    faults: () => refuses('/offers', (sent) => historyOf(sent).some(({ type }) => type === 'DEFERRED')),
    red: ['offers/applied-types', 'offers/own-offers-applied'],
  },
  {
    name: 'needs extraArgs in a history',
    faults: () => refuses('/offers', (sent) => historyOf(sent).some(({ extraArgs }) => extraArgs === undefined)),
    red: ['offers/no-extra-args', 'offers/own-offers-applied'],
  },
  {
    name: 'stumbles over empty extraArgs',
    faults: () => refuses('/offers', (sent) => historyOf(sent).some(({ extraArgs }) => text(extraArgs) === '{}')),
    red: ['offers/empty-extra-args', 'offers/own-offers-applied'],
  },
  {
    name: 'takes no list for extraArgs',
    faults: () => refuses('/offers', (sent) => historyOf(sent).some(({ extraArgs }) => Array.isArray(extraArgs))),
    red: ['offers/extra-args-list'],
  },
  {
    name: 'takes no type in lower case on /offers',
    faults: () => refuses('/offers', (sent) => historyOf(sent).some(({ type }) => type === 'basket')),
    red: ['offers/lower-case-type'],
  },
  {
    name: 'judges the references of a history on /offers',
    faults: () =>
      refuses('/offers', (sent) =>
        historyOf(sent).some((discount) => discount.discountedBasketItems.some(({ pk }) => pk === 47)),
      ),
    red: ['offers/foreign-history'],
  },
  {
    name: 'refuses a basket for its voucher code',
    faults: () => refuses('/offers', ({ basket }) => typeof basket.voucherCode === 'string', 422),
    red: ['offers/voucher-code'],
  },
  {
    name: 'needs a voucher code on /offers',
    faults: () =>
      refuses(
        '/offers',
        ({ basket }, { headers }) => headers['x-akinon-api-version'] === 'v2' && !('voucherCode' in basket),
      ),
    red: ['offers/no-voucher-code'],
  },
  {
    name: 'refuses unknown fields on /offers',
    faults: () => refuses('/offers', ({ basket }) => 'conformance' in basket),
    red: ['offers/unknown-fields'],
  },
  {
    name: 'offers another amount each time',
    faults: () => eachAmount((amount) => like(amount, `1.${10 + (counter++ % 80)}`)),
    red: ['offers/stable'],
  },
  {
    name: 'answers one question about a basket at a time',
    faults: () => {
      const underWay = new Set<unknown>();
      const idOf = (incoming: Incoming) => (incoming.path === '/offers' ? sentIn(incoming)?.basket.id : undefined);
      return {
        request: (incoming) => (underWay.has(idOf(incoming)) ? problem(409, 'busy', 'basket', 'busy') : undefined),
        async answer(outgoing, incoming) {
          const id = idOf(incoming);
          if (id === undefined || outgoing.status !== 200) return outgoing;
          underWay.add(id);
          await new Promise((resolve) => setTimeout(resolve, 20));
          underWay.delete(id);
          return outgoing;
        },
      };
    },
    red: ['offers/parallel'],
  },
  {
    name: 'takes two applied discounts at most',
    faults: () =>
      refuses('/offers', ({ basket }) =>
        basket.basketItems.some(({ appliedDiscounts }) => appliedDiscounts.length > 2),
      ),
    red: ['offers/own-offers-applied'],
  },
  { name: 'has null among the offers', faults: () => offers((list) => [...list, null]), red: ['offers/entries'] },
  {
    name: 'leaves upsellMessage out',
    faults: () => eachOffer((offer) => void delete offer.upsellMessage),
    red: ['offers/fields'],
  },
  {
    name: 'writes priority as text',
    faults: () => eachOffer((offer) => void Object.assign(offer, { priority: String(offer.priority) })),
    red: ['offers/fields'],
  },
  {
    name: 'leaves an empty list out',
    faults: () => eachOffer(({ discount }) => void delete discount.conditionConsumedBasketItems),
    red: ['offers/discount'],
  },
  {
    name: 'writes extraArgs as null',
    faults: () =>
      eachOffer(({ discount }) => void (discount.type === 'POINT' && Object.assign(discount, { extraArgs: null }))),
    red: ['offers/discount'],
    also: /^offers\/extra-args$/,
  },
  {
    name: 'writes types in lower case',
    faults: () =>
      eachOffer(({ discount }) => void Object.assign(discount, { type: String(discount.type).toLowerCase() })),
    red: ['offers/type'],
  },
  {
    name: 'writes quantities in the type of the other version',
    faults: () =>
      eachOffer(({ discount }) => {
        for (const line of discount.discountedBasketItems as { quantity: unknown }[]) {
          line.quantity = typeof line.quantity === 'string' ? Number(line.quantity) : String(line.quantity);
        }
      }),
    red: ['offers/lines'],
  },
  {
    name: 'writes conditions of v1 as those of v2',
    faults: () =>
      eachOffer(({ discount }) => {
        const lines = discount.conditionConsumedBasketItems as { pk: number; consumedQuantity?: number }[];
        if (lines.some(({ consumedQuantity }) => consumedQuantity !== undefined)) {
          discount.conditionConsumedBasketItems = lines.map(({ pk, consumedQuantity }) => ({
            pk,
            quantity: consumedQuantity,
          }));
        }
      }),
    red: ['offers/lines'],
    versions: ['v1'],
  },
  {
    name: 'writes amounts in the type of the other version',
    faults: () => eachAmount((amount) => (typeof amount === 'string' ? Number(amount) : String(amount))),
    red: ['offers/extra-args'],
  },
  {
    name: 'gives DEFERRED no coupon',
    faults: () =>
      eachOffer(({ discount }) => void (discount.type === 'DEFERRED' && Object.assign(discount, { extraArgs: {} }))),
    red: ['offers/extra-args'],
  },
  {
    name: 'has a coefficient with a comma',
    faults: () => withPoints({ benefitCoefficient: '1,5' }),
    red: ['offers/argument-values'],
  },
  {
    name: 'has no sample among its samples, and no coupon in its coupon',
    faults: () =>
      eachOffer(({ discount: { type, extraArgs } }) => {
        if (type === 'SAMPLE_PRODUCT') Object.assign(extraArgs as object, { sampleProducts: [] });
        if (type === 'DEFERRED') Object.assign(extraArgs as object, { data: { coupon: '' } });
      }),
    red: ['offers/argument-values'],
  },
  {
    name: 'lets half a sample be taken',
    faults: () =>
      eachOffer(({ discount: { type, extraArgs } }) => {
        if (type === 'SAMPLE_PRODUCT') Object.assign(extraArgs as object, { allowedQuantity: 0.5 });
      }),
    red: ['offers/argument-values'],
  },
  {
    name: 'calls its offers HTML for a quarter of a kilogram',
    faults: () =>
      spoils(
        (outgoing, incoming) => isListed(outgoing) && incoming.body.includes('KILOGRAM'),
        () => ({ headers: { 'content-type': 'text/html' } }),
      ),
    red: ['offers/content-type'],
  },
  {
    name: 'begins its list with a byte order mark',
    faults: () => spoils(isListed, ({ body }) => ({ body: `\ufeff${body}` })),
    red: ['offers/list'],
    also: /^offers\//,
  },
  {
    name: 'has a priority beyond all numbers',
    faults: () =>
      spoils(isListed, ({ body }) => ({ body: String(body).replaceAll('"priority":1,', '"priority":1e400,') })),
    red: ['offers/fields'],
  },
  {
    name: 'dates points in its own way',
    faults: () => withPoints({ validUntil: '31.12.2035' }),
    red: ['offers/point-dates'],
  },
  {
    name: 'ends points before they begin',
    faults: () => withPoints({ validUntil: '2024-12-31' }),
    red: ['offers/point-dates'],
  },
];

function withPoints(change: object): Faults {
  return eachOffer(({ discount }) => void Object.assign(discount.extraArgs?.loyaltyData ?? {}, change));
}
