/**
 * The public keys of whoever signs tokens, by key id, from where they are published. Only values outlive a request, never a
 * promise: a Worker's request that waits for what another one began may wait for ever. So requests that come at once each
 * fetch for themselves.
 * @see RFC 7517, "JWK Set Format"; docs/adr/0016-the-console-behind-cloudflare-access.md
 */
import * as v from 'valibot';
import { readCapped } from './read-capped.ts';

/** Keys are made anew every few weeks; one that was withdrawn is trusted for so long at most. */
const KEYS_LIVE_MS = 60 * 60 * 1000;
/** Anybody can make up a key id, and must not have us fetch for each. */
const REFETCH_MS = 30 * 1000;
/** Whoever publishes the keys and fails is left alone for so long. */
const PAUSE_MS = 5 * 1000;
/** Fetches at once: requests cannot wait for each other's, and a burst must not become one of ours. */
const MAX_AT_ONCE = 5;
/** Of the whole exchange. */
const TIMEOUT_MS = 3000;
/** Two keys and their certificates are 10 KB. */
const MAX_BYTES = 64 * 1024;
const ALGORITHMS = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
};

const KeySchema = v.looseObject({ kid: v.string(), kty: v.string() });
const KeySetSchema = v.object({ keys: v.array(KeySchema) });

type Keys = ReadonlyMap<unknown, CryptoKey>;
export type KeyAlgorithm = keyof typeof ALGORITHMS;

/** They are not there: that says nothing about who asks. */
export class KeysUnavailable extends Error {}

/**
 * What jose asks for the key of a token, so that it has to throw.
 * @param algorithms whose keys are taken; jose refuses a token that names another than its key is for
 * @returns rejects with {@link KeysUnavailable}, or another error for a key id that is not published
 */
export function createKeySet(
  url: string,
  algorithms: readonly KeyAlgorithm[],
  { fetch, now }: { readonly fetch: typeof globalThis.fetch; readonly now: () => number },
): (kid: unknown) => Promise<CryptoKey> {
  let keys: Keys = new Map();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let failure: { readonly at: number; readonly error: KeysUnavailable } | null = null;
  /** When they began: of a request that vanishes nobody learns the end. */
  let fetching: readonly { readonly at: number }[] = [];

  async function refresh(): Promise<void> {
    if (failure !== null && now() - failure.at < PAUSE_MS) throw failure.error;
    const mine = { at: now() };
    fetching = fetching.filter(({ at }) => mine.at - at < TIMEOUT_MS);
    if (fetching.length >= MAX_AT_ONCE) throw new KeysUnavailable('many ask for keys at once');
    fetching = [...fetching, mine];
    try {
      keys = await fetchKeys(url, algorithms, fetch);
      fetchedAt = now();
      failure = null;
    } catch (error) {
      failure = { at: now(), error: error as KeysUnavailable };
      throw error;
    } finally {
      fetching = fetching.filter((other) => other !== mine);
    }
  }

  return async (kid) => {
    const age = now() - fetchedAt;
    if (age >= KEYS_LIVE_MS || (age >= REFETCH_MS && !keys.has(kid))) await refresh();
    const key = keys.get(kid);
    if (key === undefined) throw new Error('unknown key id');
    return key;
  };
}

async function fetchKeys(
  url: string,
  algorithms: readonly KeyAlgorithm[],
  fetch: typeof globalThis.fetch,
): Promise<Keys> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`status ${response.status}`);
    }
    const bytes = await readCapped(response.body, MAX_BYTES);
    if (bytes === null) throw new Error(`over ${MAX_BYTES} bytes`);
    const set = v.parse(KeySetSchema, JSON.parse(new TextDecoder().decode(bytes)));
    const imported = set.keys.flatMap((jwk) => algorithms.map((algorithm) => importKey(jwk, algorithm)));
    const keys = new Map((await Promise.all(imported)).flat());
    if (keys.size === 0) throw new Error(`no key for ${algorithms.join(' or ')}`);
    return keys;
  } catch (error) {
    throw new KeysUnavailable(`${new URL(url).host}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Nothing for a key of another kind, or for another purpose. */
async function importKey(
  jwk: v.InferOutput<typeof KeySchema>,
  algorithm: KeyAlgorithm,
): Promise<[string, CryptoKey][]> {
  try {
    return [[jwk.kid, await crypto.subtle.importKey('jwk', jwk, ALGORITHMS[algorithm], false, ['verify'])]];
  } catch {
    return [];
  }
}
