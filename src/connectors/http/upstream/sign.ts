/** Signatures over the exact bytes that are sent. */
import { createHmac, sha256 } from '../../../common/hash.ts';
import type { Auth, SignedPart } from './auth.ts';
import type { UpstreamRequest } from './request.ts';

type Signing = Extract<Auth, { kind: 'hash' | 'hmac' | 'jwt' }>;

const encoder = new TextEncoder();

export interface ToSign {
  readonly request: UpstreamRequest;
  readonly baseUrl: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export async function sign(
  auth: Signing,
  { request, baseUrl, at }: ToSign,
  secretOf: (name: string) => string,
): Promise<Record<string, string>> {
  const signed = ({ parts, ...rest }: Signed) => {
    const { method, target, body } = request;
    const url = baseUrl + target;
    const requestTarget = url.slice(new URL(url).origin.length);
    const known = { method, target, requestTarget, url, body: body ?? '', timestamp: writeTimestamp(rest, at) };
    return parts.map((part) => (typeof part === 'string' ? known[part] : textOf(part, secretOf))).join('');
  };
  switch (auth.kind) {
    case 'hash':
      return { [auth.header.toLowerCase()]: (await sha256(signed(auth))).toHex(), ...told(auth, at) };
    case 'hmac': {
      const mac = await createHmac(auth.algorithm, secretOf(auth.secret))(signed(auth));
      const signature = auth.encoding === 'hex' ? mac.toHex() : mac.toBase64();
      return { [auth.header.toLowerCase()]: auth.prefix + signature, ...told(auth, at) };
    }
    case 'jwt': {
      const hmac = createHmac('SHA-256', secretOf(auth.secret));
      const issued = Math.floor(at / 1000);
      const claims: Record<string, unknown> = { ...auth.claims, iat: issued, exp: issued + auth.lifeSeconds };
      if (auth.bodyHash !== undefined) {
        claims[auth.bodyHash] = (await hmac(request.body ?? '')).toBase64();
      }
      const text = `${toBase64Url({ alg: 'HS256', typ: 'JWT' })}.${toBase64Url(claims)}`;
      const mac = await hmac(text);
      return {
        [auth.header.toLowerCase()]: `${prefixOf(auth)}${text}.${mac.toBase64({ alphabet: 'base64url', omitPadding: true })}`,
      };
    }
  }
}

/** Of a token, or of a JWT. */
export function prefixOf({
  header,
  prefix,
}: {
  readonly header: string;
  readonly prefix?: string | undefined;
}): string {
  return prefix ?? (header.toLowerCase() === 'authorization' ? 'Bearer ' : '');
}

type Signed = Exclude<Signing, { kind: 'jwt' }>;

function told(auth: Signed, at: number): Record<string, string> {
  return auth.timestampHeader === undefined ? {} : { [auth.timestampHeader.toLowerCase()]: writeTimestamp(auth, at) };
}

function writeTimestamp({ timestampAs }: Pick<Signed, 'timestampAs'>, at: number): string {
  switch (timestampAs) {
    case 'seconds':
      return String(Math.floor(at / 1000));
    case 'milliseconds':
      return String(at);
    case 'iso':
      return new Date(at).toISOString();
  }
}

function textOf(part: Exclude<SignedPart, string>, secretOf: (name: string) => string): string {
  return 'secret' in part ? secretOf(part.secret) : part.text;
}

function toBase64Url(value: unknown): string {
  return encoder.encode(JSON.stringify(value)).toBase64({ alphabet: 'base64url', omitPadding: true });
}
