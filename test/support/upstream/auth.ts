/** The four auth kinds of the bridge, from the side that checks them. */

export type UpstreamAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'header'; readonly header: string; readonly token: string };

/** @param headers by lower-case name */
export function isAuthorized(auth: UpstreamAuth, headers: Readonly<Record<string, string>>): boolean {
  switch (auth.kind) {
    case 'none':
      return true;
    case 'bearer':
      return headers.authorization === `Bearer ${auth.token}`;
    case 'basic':
      return headers.authorization === `Basic ${encodeUtf8(`${auth.username}:${auth.password}`)}`;
    case 'header':
      return headers[auth.header.toLowerCase()] === auth.token;
  }
}

function encodeUtf8(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/**
 * @param called how whoever wrote it knows a field
 * @throws with what is missing
 */
export function readAuth(from: Record<string, unknown>, called = (field: string) => `"${field}"`): UpstreamAuth {
  const need = (name: string) => {
    const value = from[name];
    if (typeof value !== 'string' || value === '')
      throw new Error(`${called('kind')} ${from.kind} needs ${called(name)}`);
    return value;
  };
  switch (from.kind) {
    case 'none':
      return { kind: 'none' };
    case 'bearer':
      return { kind: 'bearer', token: need('token') };
    case 'basic':
      return { kind: 'basic', username: need('username'), password: need('password') };
    case 'header':
      return { kind: 'header', header: need('header'), token: need('token') };
    default:
      throw new Error(`${called('kind')} must be one of none, bearer, basic, header`);
  }
}
