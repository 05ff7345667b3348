/**
 * Basic auth as Akinon sends it. What is compared are SHA-256 digests of the whole `user:password`, in constant time:
 * neither the length nor the first wrong character shows, and an unknown user costs as much as a known one.
 */
import { sha256 } from '../common/hash.ts';
import type { ParsedConfig } from '../config.ts';

export interface Authenticator {
  /** @param authorization the header as sent, or undefined */
  accepts(authorization: string | undefined): Promise<boolean>;
}

const BASIC = /^ *basic +([A-Za-z0-9+/_-]+={0,2}) *$/i;

/** Null while the credentials are not configured: then nobody is let in. */
export function createAuthenticator(settings: ParsedConfig['values']): Authenticator | null {
  const { AKINON_USERNAME: username, AKINON_PASSWORD: password, AKINON_PASSWORD_PREVIOUS: previous } = settings;
  if (username === undefined || password === undefined) return null;
  const secrets = [password, ...(previous === undefined ? [] : [previous])];
  let expected: Uint8Array<ArrayBuffer>[] | null = null;

  return {
    async accepts(authorization) {
      expected ??= await Promise.all(secrets.map((secret) => sha256(`${username}:${secret}`)));
      const credentials = decodeBasic(authorization);
      const digest = await sha256(credentials ?? '');
      // Each is compared, whatever the others said.
      const matches = expected.filter((candidate) => crypto.subtle.timingSafeEqual(candidate, digest));
      return credentials !== null && matches.length > 0;
    },
  };
}

/** The bytes of `user:password`, or null when the header is absent, of another scheme, or broken. */
function decodeBasic(authorization: string | undefined): Uint8Array<ArrayBuffer> | null {
  const encoded = BASIC.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return null;
  try {
    const alphabet = /[-_]/.test(encoded) ? 'base64url' : 'base64';
    return Uint8Array.fromBase64(encoded, { alphabet });
  } catch {
    return null;
  }
}
