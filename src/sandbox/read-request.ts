/**
 * Bodies of the basket API: what its tables name, whatever else is sent is ignored.
 * @see Akinon, "Basket", "Basket Endpoints" and the data parameters of each method
 */
import * as v from 'valibot';
import { isJson, isObject, type Json, utf8Bytes } from '../common/json.ts';
import type { Attributes } from './basket.ts';
import type { ShopError } from './errors.ts';

const MAX_BODY = 64 * 1024;
const MAX_PARTS = 20;
const MAX_ERRORS = 20;

const id = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const quantity = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(10_000));
const positive = v.pipe(quantity, v.minValue(1));
const code = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100));
const dict = v.custom<Attributes>((value) => isObject(value) && isJson(value, 8), 'must be an object');
/** Null says as little as nothing. */
const maybe = <T extends v.GenericSchema>(schema: T) =>
  v.pipe(
    v.nullish(schema),
    v.transform((value) => value ?? undefined),
  );

const part = v.pipe(
  v.object({ product: id, quantity: v.nullish(positive, 1), attributes: v.nullish(dict, {}) }),
  v.transform(({ product, ...rest }) => ({ productId: product, ...rest })),
);
/** "Sub items", a dict: the values are parts, their keys say nothing. A list is understood as well. */
const parts = v.pipe(
  v.union([v.array(part), v.record(v.string(), part)], 'must hold parts: {"product", "quantity", "attributes"}'),
  v.transform((list) => Object.values(list)),
  v.maxLength(MAX_PARTS),
);

const wanted = { attributes: maybe(dict), inquiry: maybe(dict), sub_items: maybe(parts) };
type WantedFields = { product: number; quantity: number } & v.InferOutput<v.ObjectSchema<typeof wanted, undefined>>;
const toWanted = ({ product, sub_items, ...rest }: WantedFields) => ({ ...rest, productId: product, parts: sub_items });

export const postSchema = v.pipe(v.object({ product: id, quantity: positive, ...wanted }), v.transform(toWanted));
export const putSchema = v.pipe(v.object({ product: id, quantity, ...wanted }), v.transform(toWanted));

export const patchSchema = v.pipe(
  v.object({
    product: maybe(id),
    quantity: maybe(quantity),
    attributes: maybe(dict),
    voucher_code: maybe(code),
    remove_voucher_code: maybe(v.boolean()),
    external_offer_code: maybe(code),
  }),
  v.check((body) => (body.product === undefined) === (body.quantity === undefined), 'product and quantity go together'),
  v.check(
    ({ attributes: _attributes, ...body }) => Object.values(body).some((value) => value !== undefined),
    'must hold product and quantity, or one of voucher_code, remove_voucher_code, external_offer_code',
  ),
  v.transform(({ product, quantity: count, attributes, ...body }) => ({
    wanted: product === undefined || count === undefined ? null : { productId: product, quantity: count, attributes },
    voucher: {
      voucherCode: body.voucher_code,
      removeVoucherCode: body.remove_voucher_code,
      externalOfferCode: body.external_offer_code,
    },
  })),
);

export const itemPatchSchema = v.pipe(
  v.object({ id: maybe(id), is_all: v.nullish(v.boolean(), true), attributes: maybe(dict) }),
  v.transform(({ is_all, ...body }) => ({ ...body, isAll: is_all })),
);

export const productPatchSchema = v.strictObject({
  price: v.optional(v.pipe(v.string(), v.regex(/^[0-9]{1,9}(\.[0-9]{1,2})?$/))),
  stock: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000))),
  isActive: v.optional(v.boolean()),
});

/** An order has no body, or one that says which gifts were chosen. */
export const orderSchema = v.object({
  gifts: v.optional(v.pipe(v.array(v.object({ offer: v.string(), product: id })), v.maxLength(20)), []),
});

type Errors = readonly [ShopError, ...ShopError[]];
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: Errors };

/** @returns one error for each field that is wrong, `field` its dotted path */
export async function readBody<S extends v.GenericSchema>(
  request: Request,
  schema: S,
): Promise<Read<v.InferOutput<S>>> {
  const json = await readJson(request);
  if (json === undefined) {
    const message = `must be JSON of at most ${MAX_BODY} bytes, with the content type application/json`;
    return { ok: false, errors: [{ code: 'invalid_json', field: '', message }] };
  }
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return { ok: true, value: parsed.output };
  const errors = parsed.issues.slice(0, MAX_ERRORS).map(toError);
  return { ok: false, errors: errors as unknown as Errors };
}

function toError(issue: v.BaseIssue<unknown>): ShopError {
  return { code: 'invalid_field', field: v.getDotPath(issue) ?? '', message: issue.message };
}

/** The content type is asked for because a page of another origin cannot send it unasked. */
async function readJson(request: Request): Promise<Json | undefined> {
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(request.headers.get('content-type') ?? '')) return undefined;
  const text = await request.text();
  if (utf8Bytes(text) > MAX_BODY) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
