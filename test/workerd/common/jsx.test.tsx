import fc from 'fast-check';
import type { Child } from 'hono/jsx';
import { raw } from 'hono/utils/html';
import { describe, expect, it } from 'vitest';

const Box = ({ title, children }: { title: string; children?: Child }) => <div title={title}>{children}</div>;

const Both = () => (
  <>
    {'"'}
    {raw('<hr>')}
  </>
);

/** What a browser reads of the first element: HTMLRewriter is a parser of HTML. */
async function read(html: unknown): Promise<{ title: string | null; text: string }> {
  let title: string | null = null;
  let text = '';
  const rewriter = new HTMLRewriter().on('div', {
    element: (element) => {
      title = element.getAttribute('title');
    },
    text: (chunk) => {
      text += chunk.text;
    },
  });
  await rewriter.transform(new Response(`${html}`)).text();
  return { title: title === null ? null : decode(title), text: decode(text) };
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
const decode = (text: string) => text.replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => ENTITIES[name] ?? '');

describe('JSX', () => {
  it('shows any text as the text it is, in a child and in an attribute', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: fc.constantFrom(...`<>"'&/=a `) }),
        async (one, other) => {
          const html = String(<Box title={other}>{one + other}</Box>);
          expect(await read(html)).toEqual({ title: other, text: one + other });
          expect(html.match(/</g)).toHaveLength(2);
        },
      ),
    );
  });

  it('escapes nothing twice, however deep it stands', () => {
    const html = (
      <Box title="&">
        {[<b>{'<'}</b>, [<i>&amp;</i>]]}
        <Both />
      </Box>
    );
    expect(String(html)).toBe('<div title="&amp;"><b>&lt;</b><i>&amp;</i>&quot;<hr></div>');
  });

  it('takes no object for markup because it says that it is', () => {
    const pretender = { isEscaped: true, toString: () => '<script>' } as unknown as Child;
    expect(String(<p>{pretender}</p>)).toBe('<p>&lt;script&gt;</p>');
  });

  it('leaves out what is not there and keeps zero', () => {
    expect(String(<p>{[null, undefined, false, true, 0, '']}</p>)).toBe('<p>0</p>');
  });

  it('writes true as the bare name and false not at all, but for ARIA', () => {
    expect(
      String(<input type="checkbox" disabled checked={false} aria-checked={false} value={0} min={undefined} />),
    ).toBe('<input type="checkbox" disabled="" aria-checked="false" value="0">');
  });

  it('refuses what is no name of an attribute', () => {
    expect(() => <p {...{ 'a onload': 'x' }} />).toThrow(/no attribute has the name/);
  });

  it('ends no element that has no end', () => {
    expect(String(<br />)).toBe('<br>');
    expect(String(<script src="/x.js"></script>)).toBe('<script src="/x.js"></script>');
  });
});
