/** Which language somebody wants. */

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
  for (const entry of (header ?? '').split(',')) {
    const [, tag, quality = '1'] = /^\s*([a-z]{2}|\*)(?:-[\w-]+)?\s*(?:;\s*q=([\d.]+))?\s*$/i.exec(entry) ?? [];
    const language = tag === '*' ? fallback : languages.find((it) => it === tag?.toLowerCase());
    if (language === undefined || !(Number(quality) > liking)) continue;
    best = language;
    liking = Number(quality);
  }
  return best;
}
