/**
 * Requests as Akinon sends them: the baskets of its v2 document, each with an id and a version of its own, and their
 * translation to v1, written from the v1 document.
 */
import { readFileSync } from 'node:fs';
import { at, type Version } from './exchange.ts';

export interface Line {
  pk: number;
  quantity: string;
}

export interface Discount {
  type: string;
  description: string;
  discountedBasketItems: Line[];
  conditionConsumedBasketItems: Line[];
  extraArgs?: unknown;
}

export interface BasketItem {
  id: number;
  unitPrice: string;
  quantity: number;
  unitType: string;
  taxRate: string;
  totalAmount: string;
  discountAmount: string;
  globallyConsumedQuantity: string;
  currencyType: string;
  appliedDiscounts: { discount: Discount }[];
  product: { id: number; sku: string; name: string; attributes: Record<string, unknown> };
}

export interface Basket {
  id: number;
  version: number;
  voucherCode?: string | null;
  basketItems: BasketItem[];
}

export interface User {
  emailAllowed: boolean;
  smsAllowed: boolean;
  callAllowed: boolean;
  phone: string | null;
  email: string[];
}

/** Body of /offers in v2. */
export interface OffersRequest {
  basket: Basket;
  user: User;
}

/** Body of /use-offers in v2. */
export interface UsageRequest {
  basket: Basket;
  usedDiscounts: string[];
  order?: { orderNumber: string };
}

/** A body as it goes out, in either version. */
export type Wire = Record<string, unknown>;

/** The document's own requests; read anew each time, so that a check may change what it gets. */
export function documentedOffers(): OffersRequest {
  return read('offers-request.json');
}

export function documentedUsage(): UsageRequest {
  return read('use-offers-request.json');
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./samples/v2-${name}`, import.meta.url), 'utf8')) as T;
}

export function toWire(request: OffersRequest | UsageRequest, version: Version): Wire {
  return structuredClone(version === 'v2' ? { ...request } : toV1(request));
}

/** Numbers for texts, lists for objects, and neither voucher code nor order, which v1 does not have. */
function toV1(request: OffersRequest | UsageRequest): Wire {
  const { id, version, basketItems } = request.basket;
  const basket = { id, version, basketItems: basketItems.map(toV1Item) };
  // In v1 a phone is a text, and nobody's is an empty one.
  if ('user' in request) return { basket, user: { ...request.user, phone: request.user.phone ?? '' } };
  return { basket, usedDiscounts: request.usedDiscounts };
}

function toV1Item(item: BasketItem): Wire {
  const { attributes, ...product } = item.product;
  return {
    id: item.id,
    unitPrice: Number(item.unitPrice),
    quantity: item.quantity,
    unitType: item.unitType,
    taxRate: Number(item.taxRate),
    totalAmount: Number(item.totalAmount),
    discountAmount: Number(item.discountAmount),
    consumedQuantity: 0,
    globallyConsumedQuantity: Number(item.globallyConsumedQuantity),
    currencyType: item.currencyType,
    appliedDiscounts: item.appliedDiscounts.map(({ discount }) => ({ discount: toV1Discount(discount) })),
    product: { ...product, attributes: Object.keys(attributes).length === 0 ? [] : [attributes] },
  };
}

function toV1Discount(discount: Discount): Wire {
  const { type, description, discountedBasketItems, conditionConsumedBasketItems, extraArgs } = discount;
  return {
    type,
    description,
    discountedBasketItems: discountedBasketItems.map(({ pk, quantity }) => ({ pk, quantity: Number(quantity) })),
    conditionConsumedBasketItems: conditionConsumedBasketItems.map(({ pk, quantity }) => ({
      pk,
      consumedQuantity: Number(quantity),
      globallyConsumedQuantity: Number(quantity),
    })),
    ...(extraArgs === undefined ? {} : { extraArgs: toV1ExtraArgs(extraArgs) }),
  };
}

/** An object, as v1 types it. Its drawing shows a list that is no JSON. */
function toV1ExtraArgs(extraArgs: unknown): unknown {
  const args = structuredClone(extraArgs) as { discount?: unknown; loyaltyData?: { amount?: unknown } };
  if (typeof args?.discount === 'string') args.discount = Number(args.discount);
  if (typeof args?.loyaltyData?.amount === 'string') args.loyaltyData.amount = Number(args.loyaltyData.amount);
  return args;
}

/** Changes a body at a dotted path, where the way there exists. */
export function set(wire: Wire, path: string, value: unknown): void {
  change(wire, path, (parent, key) => {
    parent[key] = value;
  });
}

export function unset(wire: Wire, path: string): void {
  change(wire, path, (parent, key) => {
    delete parent[key];
  });
}

function change(wire: Wire, path: string, apply: (parent: Wire, key: string) => void): void {
  const keys = path.split('.');
  const key = keys.pop() ?? '';
  const parent = keys.length === 0 ? wire : at(wire, keys.join('.'));
  if (typeof parent === 'object' && parent !== null) apply(parent as Wire, key);
}
