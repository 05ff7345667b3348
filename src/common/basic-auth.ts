/** The Basic scheme: reading the header, and comparing without telling anything by time. */
import { sha256 } from './hash.ts';

const BASIC = /^ *basic +([A-Za-z0-9+/_-]+={0,2}) *$/i;

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

/**
 * Which of the expected is it? Compared are SHA-256 digests of the whole `user:password`, each of them and in constant
 * time: neither the length nor the first wrong character shows, and an unknown user costs as much as a known one.
 * @returns the index of the match, or -1
 */
export async function matchBasic(
  authorization: string | undefined,
  digests: readonly Uint8Array<ArrayBuffer>[],
): Promise<number> {
  const credentials = decodeBasic(authorization);
  const digest = await sha256(credentials ?? '');
  const matches = digests.map((expected) => crypto.subtle.timingSafeEqual(expected, digest));
  return credentials === null ? -1 : matches.indexOf(true);
}
