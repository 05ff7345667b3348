/** A compiled request and what it is about → what is sent: exact bytes, so that they can be signed and sent again. */
import type { Json } from '../../../common/json.ts';
import { flawOfHeader, type UpstreamRequest } from '../upstream/request.ts';
import type { CompiledRequest } from './compiled.ts';
import { createTemplate, type Template } from './evaluate.ts';
import { type MoneyForm, writeMoney } from './money.ts';
import { settle } from './settle.ts';
import { placed, TemplateError } from './template-error.ts';
import type { Helper } from './values.ts';

export type RenderRequest = (context: Readonly<Record<string, unknown>>, currency: string) => Promise<UpstreamRequest>;

const MAX_TARGET = 8 * 1024;
const MAX_BODY = 1_048_576;
/** As it goes over the wire: nothing in it that a URL would write in another way, or not at all. @see RFC 3986, section 3.3 */
const TARGET = /^\/[\w!$&'()*+,./:;=@~%-]*(?:\?[\w!$&()*+,./:;=?@~%-]*)?$/;
const HEADER_VALUE = /^[\x20-\x7e]{0,4000}$/;

/** @param section of the mapping, for the errors of what it returns */
export function createRequest(
  { method, path, query, headers, body }: CompiledRequest,
  section: string,
  helpers: Readonly<Record<string, Helper>>,
  money: MoneyForm,
): RenderRequest {
  const template = (node: CompiledRequest['body']): Template => createTemplate(node ?? ['const', null], helpers);
  const [pathOf, queryOf, headersOf, bodyOf] = [template(path), template(query), template(headers), template(body)];
  return async (context, currency) => {
    const write = (part: string, of: Template) =>
      settle(
        `${section}.${part}`,
        () => of(context),
        (amount) => writeMoney(amount, money, currency),
      );
    const search = new URLSearchParams(textsOf(await write('query', queryOf), `${section}.query`)).toString();
    const way = String(placed(`${section}.path`, () => pathOf(context)));
    const target = search === '' ? way : `${way}${way.includes('?') ? '&' : '?'}${search}`;
    if (!TARGET.test(target) || target.length > MAX_TARGET || /\/(?:\.|%2e){1,2}(?:[/?]|$)/i.test(target)) {
      throw new TemplateError('must begin with / and be one that a URL has').placedIn(`${section}.path`);
    }
    const texts = textsOf(await write('headers', headersOf), `${section}.headers`);
    const sent: Record<string, string> = {};
    for (const [name, value] of Object.entries(texts)) {
      const flaw = flawOfHeader(name);
      if (flaw !== null) throw new TemplateError(flaw).placedIn(name).placedIn(`${section}.headers`);
      sent[name.toLowerCase()] = value;
      if (!HEADER_VALUE.test(value)) {
        throw new TemplateError('must be visible ASCII').placedIn(name).placedIn(`${section}.headers`);
      }
    }
    const json = body === undefined ? null : JSON.stringify(await write('body', bodyOf));
    if (json !== null && json.length > MAX_BODY) {
      throw new TemplateError('is larger than 1 MB').placedIn(`${section}.body`);
    }
    return { method, target, headers: sent, body: json };
  };
}

/** Null leaves one out. */
function textsOf(value: Json, place: string): Record<string, string> {
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new TemplateError('must come to an object').placedIn(place);
  }
  const texts: Record<string, string> = {};
  for (const [name, one] of Object.entries(value)) {
    if (one === null) continue;
    if (typeof one === 'object') throw new TemplateError('must come to a text').placedIn(name).placedIn(place);
    texts[name] = String(one);
  }
  return texts;
}
