/** How an upstream is told who we are: the auth section of a mapping, and what `UPSTREAM_AUTH` comes to. */
import * as v from 'valibot';
import { flawOfHeader } from './request.ts';

/** The name of a secret, which only the adapter reads. */
export const secret = v.pipe(
  v.string(),
  v.regex(/^[A-Z][A-Z0-9_]{0,99}$/, 'must be the name of a Worker secret, such as CRM_TOKEN, never its value'),
);
const headerName = v.pipe(
  v.string(),
  v.check((name: string) => flawOfHeader(name) === null, 'must be the name of a header, and none of the connection'),
);
const filled = v.pipe(v.string(), v.nonEmpty('must not be empty'));

/** What is signed, one after the other: parts of the request as it is sent, a secret, or a text as it stands. */
const signed = v.pipe(
  v.array(
    v.union([
      v.picklist(['method', 'target', 'requestTarget', 'url', 'body', 'timestamp']),
      v.strictObject({ secret }),
      v.strictObject({ text: v.string() }),
    ]),
  ),
  v.minLength(1),
);
export type SignedPart = v.InferOutput<typeof signed>[number];
const secretHeaders = v.optional(v.record(headerName, secret), {});
const encoding = v.optional(v.picklist(['hex', 'base64']), 'hex');
/** Absent = `Bearer ` in the header authorization, nothing in another one. */
const prefix = v.optional(v.string());
export type LoginPart =
  | string
  | number
  | boolean
  | null
  | { readonly secret: string }
  | readonly LoginPart[]
  | { readonly [key: string]: LoginPart };
const isLoginPart = (value: unknown): value is LoginPart => {
  if (typeof value !== 'object' || value === null)
    return ['string', 'number', 'boolean', 'object'].includes(typeof value);
  if (Array.isArray(value)) return value.every(isLoginPart);
  const names = Object.keys(value);
  if (!names.includes('secret')) return Object.values(value).every(isLoginPart);
  return names.length === 1 && v.is(secret, (value as { secret: unknown }).secret);
};
const loginBody = v.custom<LoginPart>(
  isLoginPart,
  'must be JSON, in which {"secret": "CRM_PASSWORD"} is the value of that Worker secret, alone in its object',
);
/** Where the upstream reads the `timestamp` that is signed, and how it is written. */
const timestamp = {
  timestampHeader: v.optional(headerName),
  timestampAs: v.optional(v.picklist(['seconds', 'milliseconds', 'iso']), 'seconds'),
};
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
    headers: secretHeaders,
  }),
  v.strictObject({
    kind: v.literal('login'),
    url: address,
    /** JSON, in which `{"secret": "NAME"}` stands for a secret. */
    body: loginBody,
    /** Where the answer has the token: `data.token`. */
    token: filled,
    /** Where it says how long that is good, in seconds; five minutes where it does not. */
    expiresIn: v.optional(filled),
    header: v.optional(headerName, 'authorization'),
    prefix,
    headers: secretHeaders,
  }),
  v.strictObject({ kind: v.literal('hash'), header: headerName, parts: signed, headers: secretHeaders, ...timestamp }),
  v.strictObject({
    kind: v.literal('hmac'),
    algorithm: v.optional(v.picklist(['SHA-256', 'SHA-512']), 'SHA-256'),
    secret,
    parts: signed,
    encoding,
    header: headerName,
    prefix: v.optional(v.string(), ''),
    headers: secretHeaders,
    ...timestamp,
  }),
  v.strictObject({
    kind: v.literal('jwt'),
    secret,
    claims: v.optional(v.record(v.string(), v.string()), {}),
    /** Claim with the HMAC-SHA-256 of the body, in base64, under the same secret. */
    bodyHash: v.optional(filled),
    lifeSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3600)), 60),
    header: v.optional(headerName, 'authorization'),
    prefix,
  }),
]);
export type Auth = v.InferOutput<typeof authSchema>;
