/** Basic auth as Akinon sends it. */
import { matchBasic } from '../common/basic-auth.ts';
import { sha256 } from '../common/hash.ts';
import type { ParsedConfig } from '../config.ts';

export interface Authenticator {
  /** @param authorization the header as sent, or undefined */
  accepts(authorization: string | undefined): Promise<boolean>;
}

/** Null while the credentials are not configured: then nobody is let in. */
export function createAuthenticator(settings: ParsedConfig['values']): Authenticator | null {
  const { AKINON_USERNAME: username, AKINON_PASSWORD: password, AKINON_PASSWORD_PREVIOUS: previous } = settings;
  if (username === undefined || password === undefined) return null;
  const secrets = [password, ...(previous === undefined ? [] : [previous])];
  let expected: Uint8Array<ArrayBuffer>[] | null = null;

  return {
    async accepts(authorization) {
      expected ??= await Promise.all(secrets.map((secret) => sha256(`${username}:${secret}`)));
      return (await matchBasic(authorization, expected)) >= 0;
    },
  };
}
