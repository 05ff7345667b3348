/** The reference server's reading of a body: strict in types that decide about money, generous in everything else. */

export interface Item {
  readonly id: number;
  readonly unitPrice: number;
  readonly quantity: number;
  readonly currency: string;
}

export interface Fault {
  readonly field: string;
  readonly message: string;
}

interface Read {
  readonly basketId: number;
  readonly items: readonly Item[];
  readonly usedDiscounts: readonly string[];
  readonly order: string;
}

type Fields = Record<string, unknown>;

export function read(body: string, kind: 'offers' | 'usage'): (Read & { fault: null }) | { fault: Fault } {
  try {
    return { ...readAll(JSON.parse(body), kind), fault: null };
  } catch (error) {
    const fault = error instanceof Wrong ? { field: error.field, message: error.message } : null;
    return { fault: fault ?? { field: '', message: 'the body is not JSON' } };
  }
}

class Wrong extends Error {
  readonly field: string;
  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

function readAll(json: unknown, kind: 'offers' | 'usage'): Read {
  const request = object(json, 'body');
  const basket = object(request.basket, 'basket');
  const items = readItems(basket.basketItems);
  const basketId = whole(basket.id, 'basket.id');
  const version = whole(basket.version, 'basket.version');
  if (kind === 'offers') return { basketId, items, usedDiscounts: [], order: '' };
  const { usedDiscounts, order } = request;
  if (!Array.isArray(usedDiscounts) || usedDiscounts.some((id) => typeof id !== 'string')) {
    throw new Wrong('usedDiscounts', 'a list of texts is needed');
  }
  const number = order === undefined ? undefined : object(order, 'order').orderNumber;
  return { basketId, items, usedDiscounts, order: number === undefined ? `${basketId}:${version}` : String(number) };
}

function readItems(value: unknown): Item[] {
  if (!Array.isArray(value)) throw new Wrong('basket.basketItems', 'a list is needed');
  return value.map((entry, index) => {
    const path = `basket.basketItems.${index}`;
    const item = object(entry, path);
    return {
      id: whole(item.id, `${path}.id`),
      unitPrice: decimal(item.unitPrice, `${path}.unitPrice`),
      quantity: decimal(item.quantity, `${path}.quantity`),
      currency: String(item.currencyType),
    };
  });
}

function object(value: unknown, field: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Wrong(field, 'an object is needed');
  return value as Fields;
}

function whole(value: unknown, field: string): number {
  if (!Number.isSafeInteger(value)) throw new Wrong(field, 'a whole number is needed');
  return value as number;
}

function decimal(value: unknown, field: string): number {
  const number = typeof value === 'string' && /^\d{1,20}(\.\d{1,20})?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0)
    throw new Wrong(field, 'a decimal is needed');
  return number;
}
