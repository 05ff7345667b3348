/** How an upstream is told who we are: the auth section of a mapping, and what `UPSTREAM_AUTH` comes to. */
import * as v from 'valibot';
import { flawOfHeader } from './request.ts';

/** The name of a secret, which only the adapter reads. */
export const secret = v.pipe(
  v.string(),
  v.regex(/^[A-Z][A-Z0-9_]{0,99}$/, 'must be the name of a Worker secret, such as CRM_TOKEN, never its value'),
  v.description('Name of a Worker secret, such as CRM_TOKEN'),
);
const headerName = v.pipe(
  v.string(),
  v.check((name: string) => flawOfHeader(name) === null, 'must be the name of a header, and none of the connection'),
);
const filled = v.pipe(v.string(), v.nonEmpty('must not be empty'));

const signed = v.pipe(
  v.array(
    v.union([
      v.picklist(['method', 'target', 'requestTarget', 'url', 'body', 'timestamp']),
      v.strictObject({ secret }),
      v.strictObject({ text: v.string() }),
    ]),
  ),
  v.minLength(1),
  v.description('What is signed, one after the other: parts of the request as it is sent, a secret, or a text'),
);
export type SignedPart = v.InferOutput<typeof signed>[number];
const secretHeaders = v.optional(
  v.pipe(v.record(headerName, secret), v.description('Header: name of the secret that is its value')),
  {},
);
const encoding = v.optional(v.picklist(['hex', 'base64']), 'hex');
const prefix = v.optional(
  v.pipe(v.string(), v.description('Before the token; absent: "Bearer " in authorization, nothing in another header')),
);
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
const loginBody = v.pipe(
  v.custom<LoginPart>(
    isLoginPart,
    'must be JSON, in which {"secret": "CRM_PASSWORD"} is the value of that Worker secret, alone in its object',
  ),
  v.description('JSON, in which {"secret": "CRM_PASSWORD"} is the value of that secret'),
);
const timestamp = {
  timestampHeader: v.optional(
    v.pipe(headerName, v.description('Where the upstream reads the timestamp that is signed')),
  ),
  timestampAs: v.optional(v.picklist(['seconds', 'milliseconds', 'iso']), 'seconds'),
};
const address = v.pipe(
  v.string(),
  v.regex(/^(?:\/|https:\/\/)/, 'must begin with / or https://'),
  v.description('/…: below UPSTREAM_URL; or https://…'),
);

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
    /** @see RFC 6749, section 2.3.1 */
    client: v.optional(
      v.pipe(v.picklist(['basic', 'body']), v.description('Where the client says who it is')),
      'basic',
    ),
    headers: secretHeaders,
  }),
  v.strictObject({
    kind: v.literal('login'),
    url: address,
    body: loginBody,
    token: v.pipe(filled, v.description('Where the answer has the token: data.token')),
    expiresIn: v.optional(
      v.pipe(filled, v.description('Where it says for how many seconds that is good; five minutes where it does not')),
    ),
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
    bodyHash: v.optional(
      v.pipe(filled, v.description('Claim with the HMAC-SHA-256 of the body, in base64, under the same secret')),
    ),
    lifeSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3600)), 60),
    header: v.optional(headerName, 'authorization'),
    prefix,
  }),
]);
export type Auth = v.InferOutput<typeof authSchema>;
