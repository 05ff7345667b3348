/**
 * A signal ends a command, and so does the end of its parent: npm runs commands in a shell, which dies of a signal without
 * passing it on.
 */
export function whenToldToStop(stop: () => void): void {
  let isTold = false;
  const tell = () => {
    if (!isTold) stop();
    isTold = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, tell);
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && tell(), 500).unref();
}
