/** Baskets of any size in the shape of Akinon's sample, and five offers that each name every item. */

/** A request body for /offers; each item carries one applied discount over two items, as in the sample. */
export function aBasketOf(items: number, id = 32) {
  const pks = Array.from({ length: items }, (_, index) => 1000 + index);
  const lines = (pk: number) => [
    { pk, quantity: '2' },
    { pk: 1000, quantity: '1' },
  ];
  return {
    basket: {
      id,
      version: 1758310922044282,
      voucherCode: null,
      basketItems: pks.map((pk, index) => ({
        id: pk,
        unitPrice: `${10 + (index % 90)}.${String(10 + (index % 90))}`,
        quantity: 2,
        unitType: 'QUANTITY',
        taxRate: '20.00',
        totalAmount: '500.00',
        discountAmount: '12.32',
        globallyConsumedQuantity: '0.0',
        currencyType: 'TRY',
        appliedDiscounts: [
          {
            discount: {
              type: 'BASKET',
              description: 'Internal Offer',
              discountedBasketItems: lines(pk),
              conditionConsumedBasketItems: [{ pk, quantity: '0.2' }],
              extraArgs: { discount: '12.32' },
            },
          },
        ],
        product: { id: 100000 + index, sku: `SKU${index}`, name: `Test Product ${index}`, attributes: {} },
      })),
    },
    user: { emailAllowed: true, smsAllowed: true, callAllowed: false, phone: null, email: [] },
  };
}

/** Five proposals, BASKET among them, each with a line for every item of {@link aBasketOf}. */
export function anAnswerFor(items: number) {
  const discountedBasketItems = Array.from({ length: items }, (_, index) => ({ pk: 1000 + index, quantity: '2' }));
  const offer = (id: string, type: string, extraArgs: object) => ({
    id,
    type,
    extraArgs,
    label: `Offer ${id}`,
    description: 'An offer that names every item of the basket',
    discountedBasketItems,
  });
  return [
    offer('a', 'BASKET', { discount: '25.50' }),
    offer('b', 'BASKET', { discount: '10.00' }),
    offer('c', 'BASKET', { discount: '7.25' }),
    offer('d', 'SHIPPING', {}),
    offer('e', 'DEFERRED', { data: { coupon: 'SAVE2025' } }),
  ];
}
