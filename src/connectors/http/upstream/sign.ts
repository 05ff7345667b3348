/** Signatures over the exact bytes that are sent. */
import { createHmac, sha256 } from '../../../common/hash.ts';
import type { Auth, SignedPart } from './auth.ts';
import type { UpstreamRequest } from './request.ts';

type Signing = Extract<Auth, { kind: 'hash' | 'hmac' | 'jwt' }>;

const encoder = new TextEncoder();

/** @param at epoch milliseconds */
export async function sign(
  auth: Signing,
  request: UpstreamRequest,
  at: number,
  secretOf: (name: string) => string,
): Promise<Record<string, string>> {
  switch (auth.kind) {
    case 'hash':
      return { [auth.header]: (await sha256(signed(auth, request, at, secretOf))).toHex(), ...told(auth, at) };
    case 'hmac': {
      const mac = await createHmac(auth.algorithm, secretOf(auth.secret))(signed(auth, request, at, secretOf));
      const signature = auth.encoding === 'hex' ? mac.toHex() : mac.toBase64();
      return { [auth.header]: auth.prefix + signature, ...told(auth, at) };
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
      return { [auth.header]: `${auth.prefix}${text}.${mac.toBase64({ alphabet: 'base64url', omitPadding: true })}` };
    }
  }
}

type Signed = Exclude<Signing, { kind: 'jwt' }>;

function signed(auth: Signed, request: UpstreamRequest, at: number, secretOf: (name: string) => string): string {
  const timestamp = writeTimestamp(auth, at);
  return auth.parts.map((part) => textOf(part, request, timestamp, secretOf)).join('');
}

function told(auth: Signed, at: number): Record<string, string> {
  return auth.timestampHeader === undefined ? {} : { [auth.timestampHeader]: writeTimestamp(auth, at) };
}

function writeTimestamp({ timestampAs }: Signed, at: number): string {
  switch (timestampAs) {
    case 'seconds':
      return String(Math.floor(at / 1000));
    case 'milliseconds':
      return String(at);
    case 'iso':
      return new Date(at).toISOString();
  }
}

function textOf(
  part: SignedPart,
  request: UpstreamRequest,
  timestamp: string,
  secretOf: (name: string) => string,
): string {
  switch (part) {
    case 'method':
      return request.method;
    case 'target':
      return request.target;
    case 'body':
      return request.body ?? '';
    case 'timestamp':
      return timestamp;
    default:
      return 'secret' in part ? secretOf(part.secret) : part.text;
  }
}

function toBase64Url(value: unknown): string {
  return encoder.encode(JSON.stringify(value)).toBase64({ alphabet: 'base64url', omitPadding: true });
}
