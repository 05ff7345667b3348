/** Tables and figures as plain text. */

export function times(ratio: number): string {
  return `${ratio.toFixed(2)} ×`;
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function group(value: number): string {
  return value.toLocaleString('en');
}

export function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

export function title(text: string): string {
  return `\n${text}\n`;
}

/** The first column to the left, figures to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((text, column) => Math.max(text.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
        .join('   ')
        .trimEnd(),
    )
    .map((line) => `  ${line}`)
    .join('\n');
}
