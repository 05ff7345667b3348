/** SHA-256 over parts that cannot run into each other: a JSON array has one text per list of strings. */
const encoder = new TextEncoder();

export async function sha256(data: Uint8Array<ArrayBuffer> | string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data;
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** Hex SHA-256 of the JSON text of `parts`, 64 characters. */
export async function hashParts(...parts: readonly (string | number | readonly string[])[]): Promise<string> {
  return (await sha256(JSON.stringify(parts))).toHex();
}
