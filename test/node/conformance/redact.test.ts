/** Whatever a server makes of the password it was sent, no report shows it. */
import { describe, expect, it } from 'vitest';
import { redactorOf } from '../../../conformance/report/text.ts';

const password = 'pw<&"secret\'-42';
const redact = redactorOf({ username: 'akinon', password });
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a text of the server', () => {
  it.each([
    ['as it was sent', password],
    ['with a character without width in it', 'pw<&"secret\u200b\'-42'],
    ['with a NUL in it', 'pw<&"sec\0ret\'-42'],
    ['in JSON', JSON.stringify(password)],
    ['in a URL', encodeURIComponent(password)],
    ['in HTML', 'pw&lt;&amp;&quot;secret&#39;-42'],
    ['in HTML, by number', 'pw&#60;&#38;&#34;secret&#39;-42'],
    ['in base64', base64(password)],
    ['in the header', base64(`akinon:${password}`)],
    ['in the header, without its padding', base64(`akinon:${password}`).replace(/=+$/, '')],
    ['in base64 of a URL', Buffer.from(password).toString('base64url')],
    ['in hexadecimal', Buffer.from(password).toString('hex')],
  ])('loses the password %s', (_name, form) => {
    const told = redact(`before ${form} after`);
    expect(told).toMatch(/^before "?\*\*\*=*"? after$/);
  });

  it('stays as it is otherwise', () => {
    expect(redact('nothing to hide: 42')).toBe('nothing to hide: 42');
  });
});
