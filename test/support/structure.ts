/** Do two JSON values have the same keys and types, nested ones too? */

/**
 * @param sample of the document: `null` there stands for any value, and an empty list or object for any content
 * @param also keys that the answer may have beyond the sample's, by path
 * @returns where they part, as `path: what`
 */
export function differences(sample: unknown, answer: unknown, also: readonly string[] = [], path = '$'): string[] {
  if (sample === null) return [];
  const [expected, found] = [kindOf(sample), kindOf(answer)];
  if (expected !== found) return [`${path}: ${found} in place of ${expected}`];
  if (Array.isArray(sample) && Array.isArray(answer)) {
    if (sample.length === 0) return [];
    if (answer.length === 0) return [`${path}: empty`];
    return answer.flatMap((entry, index) => differences(sample[0], entry, also, `${path}[${index}]`));
  }
  if (expected !== 'object') return isMoney(sample) && !isMoney(answer) ? [`${path}: no decimal of two places`] : [];
  const keysOf = (value: unknown) => Object.keys(value as object);
  const wanted = keysOf(sample);
  if (wanted.length === 0) return [];
  const missing = wanted.filter((key) => !keysOf(answer).includes(key)).map((key) => `${path}.${key}: missing`);
  const unknown = keysOf(answer)
    .filter((key) => !wanted.includes(key) && !also.includes(`${path}.${key}`))
    .map((key) => `${path}.${key}: unknown`);
  const inside = wanted
    .filter((key) => keysOf(answer).includes(key))
    .flatMap((key) => {
      const part = (value: unknown) => (value as Record<string, unknown>)[key];
      return differences(part(sample), part(answer), also, `${path}.${key}`);
    });
  return [...missing, ...unknown, ...inside];
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}

function isMoney(value: unknown): boolean {
  return typeof value === 'string' && /^\d+\.\d\d$/.test(value);
}
