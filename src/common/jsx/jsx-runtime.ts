/**
 * What JSX becomes: text, at once. Of hono/jsx, whose types these elements have, the pages need neither contexts nor
 * promises nor a browser's tree, and those are a twentieth of the whole script (ADR 20). What escapes is Hono's.
 */
import type { Child, FC } from 'hono/jsx';
import { escapeToBuffer, type HtmlEscapedString, raw, type StringBuffer } from 'hono/utils/html';

export type { JSX } from 'hono/jsx/jsx-runtime';

type Props = Readonly<Record<string, unknown>> & { readonly children?: Child };

/** They have no end tag. @see HTML Standard, "Void elements" */
const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;
const NAME = /^[\w:.-]+$/;

/** @throws TypeError when an attribute's name is none: names are the page's own, never a stranger's */
export function jsx(tag: string | FC, { children, ...attributes }: Props): HtmlEscapedString {
  if (typeof tag === 'function') return tag({ ...attributes, children }) as HtmlEscapedString;
  const out: StringBuffer = [`<${tag}`];
  for (const [name, value] of Object.entries(attributes)) writeAttribute(name, value, out);
  out[0] += '>';
  writeChild(children, out);
  if (!VOID.test(tag)) out[0] += `</${tag}>`;
  return raw(out[0]) as HtmlEscapedString;
}

export { jsx as jsxs };

export function Fragment({ children }: { readonly children?: Child }): HtmlEscapedString {
  const out: StringBuffer = [''];
  writeChild(children, out);
  return raw(out[0]) as HtmlEscapedString;
}

/** `true` is the bare name and `false` no attribute; those of ARIA are told in words. */
function writeAttribute(name: string, value: unknown, out: StringBuffer): void {
  if (!NAME.test(name)) throw new TypeError(`no attribute has the name ${name}`);
  if (value === undefined || value === null) return;
  const isToldInWords = typeof value !== 'boolean' || name.startsWith('aria-');
  if (!isToldInWords && !value) return;
  out[0] += ` ${name}="`;
  if (isToldInWords) escapeToBuffer(String(value), out);
  out[0] += '"';
}

function writeChild(child: unknown, out: StringBuffer): void {
  if (Array.isArray(child)) for (const one of child) writeChild(one, out);
  else if (child instanceof String && 'isEscaped' in child) out[0] += child.toString();
  else if (child !== undefined && child !== null && typeof child !== 'boolean') escapeToBuffer(String(child), out);
}
