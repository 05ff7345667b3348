/**
 * JSON text, indented and coloured. It works on the text: read and written again, `25.50` would be `25.5`, and what
 * the wire had is what a developer looks for.
 */
import type { Child, FC } from 'hono/jsx';

/** One call can be a megabyte; a browser need not draw all of it. `/sandbox/calls` has the rest. */
export const SHOWN = 20_000;
const TOKEN = /"(?:\\.|[^"\\])*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/g;

export const Json: FC<{ text: string }> = ({ text }) => {
  if (!isJson(text)) return <Pre>{text.slice(0, SHOWN)}</Pre>;
  const shown = text.slice(0, SHOWN);
  return (
    <Pre>
      {draw(shown.match(TOKEN) ?? [])}
      {shown !== text && `\n… ${text.length - SHOWN} more characters`}
    </Pre>
  );
};

/** It scrolls, so the keyboard must get at it. */
const Pre: FC<{ children?: Child }> = ({ children }) => (
  <pre class="json" tabindex={0}>
    {children}
  </pre>
);

function draw(tokens: readonly string[]): Child[] {
  const drawn: Child[] = [];
  let depth = 0;
  const newLine = () => `\n${'  '.repeat(depth)}`;
  tokens.forEach((token, index) => {
    const next = tokens[index + 1] ?? '';
    if (token === '{' || token === '[') {
      depth++;
      drawn.push(token, isEnd(next) ? '' : newLine());
    } else if (isEnd(token)) {
      depth--;
      drawn.push(isStart(tokens[index - 1]) ? '' : newLine(), token);
    } else if (token === ',') drawn.push(token, newLine());
    else if (token === ':') drawn.push(': ');
    else drawn.push(<span class={kindOf(token, next)}>{token}</span>);
  });
  return drawn;
}

const isStart = (token: string | undefined) => token === '{' || token === '[';
const isEnd = (token: string) => token === '}' || token === ']';

function kindOf(token: string, next: string): string {
  if (token.startsWith('"')) return next === ':' ? 'key' : 'string';
  return /^[tfn]/.test(token) ? 'word' : 'number';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
