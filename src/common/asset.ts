/** JSON among the static assets (`src/public`), each read once by an isolate. */

/** @returns takes a path below `src/public`; rejects when it is not there */
export function createAssetReader<T>(assets: Fetcher): (path: string) => Promise<T> {
  // Values only: a request that waits for another's promise may wait for ever.
  const known = new Map<string, T>();
  return async (path) => {
    const value = known.get(path);
    if (value !== undefined) return value;
    const response = await assets.fetch(`https://assets/${path}`);
    if (!response.ok) throw new Error(`the asset ${path} is not there: status ${response.status}`);
    const read = (await response.json()) as T;
    known.set(path, read);
    return read;
  };
}
