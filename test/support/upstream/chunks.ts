/** Bodies as chunks, so that one may break off, be huge, or never end. */
const encoder = new TextEncoder();
const SPACES = new Uint8Array(64 * 1024).fill(0x20);

export function encode(text: string): Uint8Array {
  return encoder.encode(text);
}

export function concat(chunks: Iterable<Uint8Array>): Uint8Array {
  const all = [...chunks];
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const chunk of all) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** So many spaces. */
export function* once(bytes: number): Iterable<Uint8Array> {
  for (let left = bytes; left > 0; left -= SPACES.length) yield SPACES.subarray(0, Math.min(left, SPACES.length));
}

/** Spaces until nobody reads them any more. */
export function* endless(): Iterable<Uint8Array> {
  while (true) yield SPACES;
}
