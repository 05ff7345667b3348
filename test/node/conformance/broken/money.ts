/** Servers whose arithmetic a shop cannot follow. */
import { eachAmount, eachOffer, like, refuses, type Sent, spoils } from '../faults.ts';
import type { Faults } from '../reference-server.ts';
import type { BrokenServer } from './broken-server.ts';

const worthOf = ({ basket }: Sent) =>
  basket.basketItems.reduce((sum, item) => sum + Number(item.unitPrice) * Number(item.quantity), 0);

export const BROKEN_MONEY: readonly BrokenServer[] = [
  {
    name: 'takes no prices below one',
    faults: () => refuses('/offers', ({ basket }) => basket.basketItems.some(({ unitPrice }) => Number(unitPrice) < 1)),
    red: ['money/odd-prices'],
  },
  {
    name: 'computes with binary fractions',
    faults: () => eachAmount((amount, sent) => like(amount, String(worthOf(sent) * 0.1))),
    red: ['money/minor-units'],
  },
  {
    name: 'offers the same amount for every basket',
    faults: () =>
      eachAmount((amount, { basket }) => like(amount, basket.basketItems[0]?.currencyType === 'JPY' ? '50' : '50.00')),
    red: ['money/within-items', 'money/within-basket'],
  },
  {
    name: 'offers a negative amount',
    faults: () => eachAmount((amount) => like(amount, '-5.00')),
    red: ['money/plain-amounts'],
  },
  {
    name: 'writes a comma in v2',
    faults: () => eachAmount((amount) => (typeof amount === 'string' ? '5,00' : amount)),
    red: ['money/plain-amounts'],
    versions: ['v2'],
  },
  {
    name: 'offers more money than there is',
    faults: () => eachAmount((amount) => like(amount, '9'.repeat(41))),
    red: ['money/plain-amounts'],
    versions: ['v2'],
    also: /^money\/within/,
  },
  {
    name: 'offers infinity',
    faults: () =>
      spoils(
        ({ status }, { path, headers }) =>
          status === 200 && path === '/offers' && headers['x-akinon-api-version'] === 'v1',
        ({ body }) => ({ body: String(body).replace(/"discount":[0-9.]+/g, '"discount":1e400') }),
      ),
    red: ['money/plain-amounts'],
    versions: ['v1'],
  },
  {
    name: 'knows only the items of the document',
    faults: () => eachLine((line) => void Object.assign(line, { pk: 58, quantity: like(line.quantity, '0.1') })),
    red: ['money/known-items'],
    also: /^money\/(within-items|within-basket|line-quantities)$/,
  },
  {
    name: 'names an item that is not in the basket',
    faults: () => eachLine((line) => void Object.assign(line, { pk: 999 })),
    red: ['money/known-items'],
    also: /^money\/within-items$/,
  },
  {
    name: 'names more of an item than there is',
    faults: () => eachLine((line) => void Object.assign(line, { quantity: like(line.quantity, '100') })),
    red: ['money/line-quantities'],
  },
  {
    name: 'names an item in several lines that make too much of it',
    faults: () =>
      eachOffer(({ discount }) => {
        const lines = discount.discountedBasketItems as object[];
        discount.discountedBasketItems = [...lines, ...lines];
      }),
    red: ['money/line-quantities'],
  },
  {
    name: 'rounds a quarter of a kilogram up',
    faults: () =>
      eachLine(
        (line) => void Object.assign(line, { quantity: like(line.quantity, String(Math.ceil(Number(line.quantity)))) }),
      ),
    red: ['money/line-quantities'],
    with: ['offers'],
  },
  {
    name: 'discounts more than the items cost',
    faults: () =>
      eachOffer((offer) => {
        const { type, extraArgs } = offer.discount;
        if (type !== 'BASKET' || extraArgs === undefined) return;
        offer.isMergeable = false;
        extraArgs.discount = like(extraArgs.discount, '99999.00');
      }),
    red: ['money/within-items'],
  },
  {
    name: 'discounts more than the basket all together',
    faults: () =>
      eachAmount((amount, { basket }) => {
        const most = Math.ceil(worthOf({ basket }) * 60) / 100;
        return like(amount, most.toFixed(basket.basketItems[0]?.currencyType === 'JPY' ? 0 : 2));
      }),
    red: ['money/within-basket'],
  },
  {
    name: 'gives two offers one id',
    faults: () => eachOffer(({ discount }) => void Object.assign(discount, { id: 'always-the-same' })),
    red: ['money/ids'],
  },
  {
    name: 'gives an empty id',
    faults: () => eachOffer(({ discount }) => void (discount.type === 'POINT' && Object.assign(discount, { id: '' }))),
    red: ['money/ids'],
  },
  { name: 'offers 0.00', faults: () => eachAmount((amount) => like(amount, '0.00')), red: ['money/positive'] },
  {
    name: 'discounts half a coin',
    faults: () => eachAmount((amount) => like(amount, '0.105')),
    red: ['money/minor-units'],
  },
  {
    name: 'discounts hundredths of a yen',
    faults: () =>
      eachAmount((amount, { basket }) =>
        basket.basketItems[0]?.currencyType === 'JPY' ? like(amount, '5.50') : amount,
      ),
    red: ['money/minor-units'],
  },
];

function eachLine(change: (line: { quantity: unknown }) => void): Faults {
  return eachOffer(({ discount }) => (discount.discountedBasketItems as { quantity: unknown }[]).forEach(change));
}
