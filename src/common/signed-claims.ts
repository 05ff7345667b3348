/**
 * The claims of a JSON Web Token: jose verifies who has signed it, and how; for whom it is and until when is read here.
 * @see RFC 7519, section 4.1; RFC 8725, "JSON Web Token Best Current Practices"
 */
import { compactVerify } from 'jose/jws/compact/verify';
import { isObject } from './json.ts';

export interface Expected {
  readonly algorithms: readonly string[];
  readonly audience: string;
  readonly issuer?: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** How far the clock of who signs may be from ours. */
  readonly toleranceSeconds: number;
}

/** Dates are numbers, in seconds; whatever else is there has been looked at by nobody. */
export type Claims = Readonly<Record<string, unknown>> & { readonly exp: number; readonly iat?: number };

/** The message names the claim, and never what it says. */
export class ClaimRefused extends Error {
  constructor(claim: string, flaw: 'missing' | 'wrong' | 'over') {
    super(`"${claim}" is ${flaw}`);
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @returns rejects with {@link ClaimRefused}, with an error of jose (`code`), or with what `keyOf` rejects with */
export async function verifyClaims(
  token: string,
  keyOf: (kid: unknown) => Promise<CryptoKey> | Uint8Array,
  { algorithms, audience, issuer, now, toleranceSeconds }: Expected,
): Promise<Claims> {
  const { payload, protectedHeader } = await compactVerify(token, ({ kid }) => keyOf(kid), {
    algorithms: [...algorithms],
  });
  const claims: unknown = JSON.parse(decoder.decode(payload));
  // Section 7.2 of RFC 7797: a token has no payload that is not encoded.
  if (!isObject(claims) || protectedHeader.b64 === false) throw new SyntaxError('no claims');
  const at = Math.floor(now / 1000);
  if (claims.aud === undefined) throw new ClaimRefused('aud', 'missing');
  if (![claims.aud].flat().includes(audience)) throw new ClaimRefused('aud', 'wrong');
  if (issuer !== undefined && claims.iss !== issuer)
    throw new ClaimRefused('iss', claims.iss === undefined ? 'missing' : 'wrong');
  const [exp, nbf, iat] = [dateOf(claims, 'exp'), dateOf(claims, 'nbf'), dateOf(claims, 'iat')];
  if (exp === undefined) throw new ClaimRefused('exp', 'missing');
  if (exp <= at - toleranceSeconds) throw new ClaimRefused('exp', 'over');
  if (nbf !== undefined && nbf > at + toleranceSeconds) throw new ClaimRefused('nbf', 'wrong');
  return { ...claims, exp, ...(iat !== undefined && { iat }) };
}

function dateOf(claims: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const date = claims[name];
  if (date === undefined || (typeof date === 'number' && Number.isFinite(date))) return date;
  throw new ClaimRefused(name, 'wrong');
}
