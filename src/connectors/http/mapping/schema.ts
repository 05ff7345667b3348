/**
 * The mapping file. One schema for all: the types of this room, what `npm run mapping -- check` validates with, and the source of
 * `mappings/mapping.schema.json`, which editors read. The Worker has mappings that are compiled, and validates nothing.
 */
import * as v from 'valibot';
import type { Json } from '../../../common/json.ts';
import type { Meaning } from '../judge-usage.ts';

const secret = v.pipe(
  v.string(),
  v.regex(/^[A-Z][A-Z0-9_]{0,99}$/, 'must be the name of a Worker secret, such as CRM_TOKEN, never its value'),
);
const headerName = v.pipe(v.string(), v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be the name of a header'));
const filled = v.pipe(v.string(), v.nonEmpty('must not be empty'));
/** JSON of json-e: texts with ${expressions}, objects with operators. */
const template = v.custom<Json>((value) => value !== undefined);
const textTemplate = v.pipe(v.string(), v.maxLength(4000));
const expression = v.pipe(v.string(), v.nonEmpty(), v.maxLength(1000));
const texts = v.record(v.string(), template);

/** What is signed, one after the other: parts of the request as it is sent, a secret, or a text as it stands. */
const signed = v.pipe(
  v.array(
    v.union([
      v.picklist(['method', 'target', 'body', 'timestamp']),
      v.strictObject({ secret }),
      v.strictObject({ text: v.string() }),
    ]),
  ),
  v.minLength(1),
);
export type SignedPart = v.InferOutput<typeof signed>[number];
const secretHeaders = v.optional(v.record(headerName, secret), {});
const encoding = v.optional(v.picklist(['hex', 'base64']), 'hex');
/** Below UPSTREAM_URL, or elsewhere. */
const address = v.pipe(v.string(), v.regex(/^(?:\/|https:\/\/)/, 'must begin with / or https://'));

export const authSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('none') }),
  v.strictObject({ kind: v.literal('basic'), username: secret, password: secret }),
  v.strictObject({ kind: v.literal('bearer'), token: secret }),
  v.strictObject({ kind: v.literal('headers'), headers: v.record(headerName, secret) }),
  v.strictObject({ kind: v.literal('query'), key: filled, value: secret }),
  v.strictObject({
    kind: v.literal('oauth2'),
    tokenUrl: address,
    clientId: secret,
    clientSecret: secret,
    scope: v.optional(v.string()),
    /** Where the client says who it is. @see RFC 6749, section 2.3.1 */
    client: v.optional(v.picklist(['basic', 'body']), 'basic'),
  }),
  v.strictObject({
    kind: v.literal('login'),
    url: address,
    body: v.record(v.string(), v.union([v.strictObject({ secret }), v.string()])),
    /** Where the answer has the token: `data.token`. */
    token: filled,
    /** Where it says how long that is good, in seconds; five minutes where it does not. */
    expiresIn: v.optional(filled),
    header: v.optional(headerName, 'authorization'),
    prefix: v.optional(v.string(), 'Bearer '),
  }),
  v.strictObject({ kind: v.literal('hash'), header: headerName, parts: signed, headers: secretHeaders }),
  v.strictObject({
    kind: v.literal('hmac'),
    algorithm: v.optional(v.picklist(['SHA-256', 'SHA-512']), 'SHA-256'),
    secret,
    parts: signed,
    encoding,
    header: headerName,
    prefix: v.optional(v.string(), ''),
    /** Name of the header with the seconds since 1970, where `timestamp` is signed. */
    timestampHeader: v.optional(headerName),
    headers: secretHeaders,
  }),
  v.strictObject({
    kind: v.literal('jwt'),
    secret,
    claims: v.optional(v.record(v.string(), v.string()), {}),
    /** Claim with the HMAC-SHA-256 of the body, in base64, under the same secret. */
    bodyHash: v.optional(filled),
    lifeSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3600)), 60),
    header: v.optional(headerName, 'authorization'),
    prefix: v.optional(v.string(), 'Bearer '),
  }),
]);
export type Auth = v.InferOutput<typeof authSchema>;

const OFFERS_MEANINGS = ['ok', 'empty', 'failed'] as const;
export type OffersMeaning = (typeof OFFERS_MEANINGS)[number];

const USAGES_MEANINGS: readonly Meaning[] = [
  ...(['ok', 'already_done', 'partly_done', 'later'] as const),
  ...(['refused', 'unknown', 'credentials', 'misconfigured'] as const),
];

const status = v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599));

const rules = <const T extends string>(meanings: readonly T[]) =>
  v.array(
    v.strictObject({
      status: v.optional(v.array(status)),
      when: v.optional(expression),
      means: v.picklist(meanings, `must be one of ${meanings.join(', ')}`),
    }),
  );

const request = {
  method: v.optional(v.picklist(['GET', 'POST', 'PUT', 'PATCH']), 'POST'),
  path: v.pipe(textTemplate, v.startsWith('/', 'must begin with /')),
  query: v.optional(texts),
  headers: v.optional(texts),
  body: v.optional(template),
};

const moneySchema = v.strictObject({
  unit: v.picklist(['major', 'minor']),
  as: v.optional(v.picklist(['string', 'number']), 'string'),
  digits: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(6))),
});

export const mappingSchema = v.strictObject({
  $schema: v.optional(v.string()),
  title: v.optional(v.string()),
  about: v.optional(v.string()),
  auth: authSchema,
  identity: v.optional(
    v.strictObject({
      country: v.optional(
        v.pipe(v.string(), v.regex(/^[1-9]\d{0,2}$/, 'must be a calling code without +, such as 90')),
      ),
      emails: v.optional(v.picklist(['first', 'all']), 'all'),
      guests: v.optional(v.picklist(['ask', 'skip']), 'ask'),
    }),
    {},
  ),
  money: v.optional(moneySchema, { unit: 'major' }),
  tables: v.optional(
    v.record(v.string(), v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()]))),
    {},
  ),
  offers: v.strictObject({ ...request, rules: v.optional(rules(OFFERS_MEANINGS), []), offers: template }),
  usages: v.strictObject({
    ...request,
    repeat: v.picklist(['key', 'lookup', 'none']),
    rules: v.optional(rules(USAGES_MEANINGS), []),
    outcomes: v.optional(template),
    lookup: v.optional(
      v.strictObject({
        ...request,
        rules: v.optional(rules(['absent' as const, ...USAGES_MEANINGS]), []),
        outcomes: v.optional(template),
      }),
    ),
  }),
});
export type MappingFile = v.InferOutput<typeof mappingSchema>;
