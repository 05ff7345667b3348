/** What is going on while the run takes its time: one line that changes on a terminal, else a line for each check. */
import type { Progress } from '../runner.ts';

export function createProgress(stream: NodeJS.WriteStream): { show(progress: Progress): void; end(): void } {
  const { isTTY } = stream;
  const rewrite = (text: string) => stream.write(`\r\u001b[K${text}`);
  return {
    show({ done, total, version, id, result }) {
      const where = `${version} ${id}`;
      if (isTTY && result === null) rewrite(`${done + 1} of ${total}  ${where}`.slice(0, (stream.columns || 80) - 1));
      if (!isTTY && result !== null) stream.write(`${done + 1}/${total} ${where}: ${result.verdict.status}\n`);
    },
    end() {
      if (isTTY) rewrite('');
    },
  };
}
