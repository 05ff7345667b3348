/** JSON for people, as the formatter of this repository leaves it: what fits on a line stands on one. */
import { isObject, type Json } from '../../src/common/json.ts';

const WIDTH = 120;

/** @param spread so many levels are never put on one line */
export function writeJson(value: Json, spread = 1): string {
  return `${write(value, '', 0, spread)}\n`;
}

function write(value: Json, indent: string, taken: number, spread: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const line = onOneLine(value);
  if (spread <= 0 && indent.length + taken + line.length < WIDTH) return line;
  const inner = `${indent}  `;
  if (!isObject(value)) {
    const list = value as readonly Json[];
    if (indent.length + taken + line.length < WIDTH) return line;
    return `[\n${list.map((one) => inner + write(one, inner, 1, spread - 1)).join(',\n')}\n${indent}]`;
  }
  const parts = Object.entries(value as Record<string, Json>).map(([key, one]) => {
    const name = `${JSON.stringify(key)}: `;
    return inner + name + write(one, inner, name.length + 1, spread - 1);
  });
  return `{\n${parts.join(',\n')}\n${indent}}`;
}

function onOneLine(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (!isObject(value)) return `[${(value as readonly Json[]).map(onOneLine).join(', ')}]`;
  const parts = Object.entries(value as Record<string, Json>).map(
    ([key, one]) => `${JSON.stringify(key)}: ${onOneLine(one)}`,
  );
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}
