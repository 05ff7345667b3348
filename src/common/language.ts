/** Which language somebody wants. */

const MAX_LENGTH = 1000;

/**
 * Of `languages` the one that an `Accept-Language` header likes best, the first of those that it likes alike. A tag counts
 * for its language (`en-GB` is `en`), and `*` for the fallback.
 * @see RFC 9110, 12.5.4
 */
export function preferredLanguage<const T extends string>(
  header: string | null | undefined,
  languages: readonly T[],
  fallback: NoInfer<T>,
): T {
  let best: T = fallback;
  let liking = 0;
  // No browser sends more, and it is read before anybody has said who asks.
  for (const entry of (header ?? '').slice(0, MAX_LENGTH).split(',')) {
    const [range = '', quality = 'q=1'] = entry.split(';').map((part) => part.trim().toLowerCase());
    const tag = range.split('-', 1)[0];
    const language = tag === '*' ? fallback : languages.find((it) => it === tag);
    const weight = /^q=([\d.]+)$/.exec(quality)?.[1];
    if (language === undefined || !(Number(weight) > liking)) continue;
    best = language;
    liking = Number(weight);
  }
  return best;
}
