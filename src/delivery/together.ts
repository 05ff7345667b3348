/** Calls that come in while one is under way are made together afterwards. */
interface Waiting<In, Out> {
  readonly item: In;
  readonly resolve: (out: Out | PromiseLike<Out>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * @param run answers in the order of its items, each with a value or the promise of one; called again only when it has
 *   returned. When it throws, everyone in it hears so.
 */
export function together<In, Out>(
  run: (items: readonly In[]) => Promise<readonly (Out | Promise<Out>)[]>,
): (item: In) => Promise<Out> {
  let waiting: Waiting<In, Out>[] = [];
  let running = false;

  async function runAll(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      // Whoever is about to ask may join.
      await null;
      const all = waiting;
      waiting = [];
      try {
        const outs = await run(all.map(({ item }) => item));
        for (const [at, { resolve }] of all.entries()) resolve(outs[at] as Out | Promise<Out>);
      } catch (error) {
        for (const { reject } of all) reject(error);
      }
    }
    running = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!running) void runAll();
    });
}
