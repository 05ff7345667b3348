import type { Auth } from '../../src/connectors/http/upstream/auth.ts';

/** That hold nothing but what says who we are. */
export function headersOf(auth: Auth): string[] {
  switch (auth.kind) {
    case 'none':
    case 'query':
      return [];
    case 'headers':
      return Object.keys(auth.headers);
    case 'basic':
    case 'bearer':
      return ['authorization'];
    case 'oauth2':
      return [...Object.keys(auth.headers), 'authorization'];
    case 'hash':
    case 'hmac':
    case 'login':
      return [...Object.keys(auth.headers), auth.header];
    case 'jwt':
      return [auth.header];
  }
}
