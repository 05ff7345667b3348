/** Hashes by WebCrypto, of texts as UTF-8. */
const encoder = new TextEncoder();

export async function sha256(data: Uint8Array<ArrayBuffer> | string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data;
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** A function that signs with one key, which is imported once. */
export function createHmac(
  hash: 'SHA-256' | 'SHA-512',
  key: Uint8Array<ArrayBuffer> | string,
): (text: string) => Promise<Uint8Array<ArrayBuffer>> {
  const bytes = typeof key === 'string' ? encoder.encode(key) : key;
  let imported: CryptoKey | undefined;
  return async (text) => {
    imported ??= await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash }, false, ['sign']);
    return new Uint8Array(await crypto.subtle.sign('HMAC', imported, encoder.encode(text)));
  };
}

/**
 * Hex SHA-256 of the JSON text of `parts`, 64 characters. They cannot run into each other: a JSON array has one text per
 * list of strings.
 */
export async function hashParts(...parts: readonly (string | number | readonly string[])[]): Promise<string> {
  return (await sha256(JSON.stringify(parts))).toHex();
}
