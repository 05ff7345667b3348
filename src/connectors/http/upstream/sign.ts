/** Signatures over the exact bytes that are sent. */
import { sha256 } from '../../../common/hash.ts';
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
  const seconds = String(Math.floor(at / 1000));
  const join = (parts: readonly SignedPart[]) => parts.map((part) => textOf(part, request, seconds, secretOf)).join('');
  switch (auth.kind) {
    case 'hash':
      return { [auth.header]: (await sha256(join(auth.parts))).toHex() };
    case 'hmac': {
      const mac = await hmac(auth.algorithm, secretOf(auth.secret), join(auth.parts));
      const { timestampHeader } = auth;
      return {
        [auth.header]: auth.prefix + (auth.encoding === 'hex' ? mac.toHex() : mac.toBase64()),
        ...(timestampHeader !== undefined && { [timestampHeader]: seconds }),
      };
    }
    case 'jwt': {
      const secret = secretOf(auth.secret);
      const issued = Number(seconds);
      const claims: Record<string, unknown> = { ...auth.claims, iat: issued, exp: issued + auth.lifeSeconds };
      if (auth.bodyHash !== undefined) {
        claims[auth.bodyHash] = (await hmac('SHA-256', secret, request.body ?? '')).toBase64();
      }
      const text = `${toBase64Url({ alg: 'HS256', typ: 'JWT' })}.${toBase64Url(claims)}`;
      const mac = await hmac('SHA-256', secret, text);
      return { [auth.header]: `${auth.prefix}${text}.${mac.toBase64({ alphabet: 'base64url', omitPadding: true })}` };
    }
  }
}

function textOf(
  part: SignedPart,
  request: UpstreamRequest,
  seconds: string,
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
      return seconds;
    default:
      return 'secret' in part ? secretOf(part.secret) : part.text;
  }
}

async function hmac(hash: 'SHA-256' | 'SHA-512', secret: string, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: 'HMAC', hash };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text)));
}

function toBase64Url(value: unknown): string {
  return encoder.encode(JSON.stringify(value)).toBase64({ alphabet: 'base64url', omitPadding: true });
}
