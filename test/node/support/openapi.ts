/** docs/openapi.json as a judge: is an exchange exactly what the document declares? */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;
type Node = { [key: string]: Node } & { $ref?: string };

export const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as Json;

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'openapi', ...document });

const compiled = new Map<string, ValidateFunction>();

/** @param pointer JSON pointer of a schema within the document */
export function validate(pointer: string, value: unknown): string[] {
  let check = compiled.get(pointer);
  if (check === undefined) {
    check = ajv.compile({ $ref: `openapi#${pointer}` });
    compiled.set(pointer, check);
  }
  if (check(value)) return [];
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath || '(whole)'} ${message}`);
}

/** The place a pointer names, following one `$ref`; the pointer comes back as that of the place. */
export function resolve(pointer: string): { pointer: string; node: Node } | undefined {
  let node: Node | undefined = document as Node;
  for (const step of pointer.split('/').slice(1)) node = node?.[step.replaceAll('~1', '/').replaceAll('~0', '~')];
  if (node === undefined) return undefined;
  return node.$ref === undefined ? { pointer, node } : resolve(node.$ref.slice(1));
}

const step = (text: string) => text.replaceAll('~', '~0').replaceAll('/', '~1');

export interface Exchange {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly requestHeaders: Readonly<Record<string, string | undefined>>;
  readonly requestBody: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** What belongs to the transport, or to `content`, and is no header of ours. */
const TRANSPORT = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-type', 'content-length']);

/** Everything that the document does not declare; empty = all as declared. */
export function judge(exchange: Exchange): string[] {
  const { method, status } = exchange;
  const path = exchange.path.split('?', 1)[0] ?? '';
  // The console is for people, and no API.
  if (/^\/ops(\/|$)/.test(path)) return [];
  const declared = resolve(`/paths/${step(path)}`);
  const operation = declared && resolve(`${declared.pointer}/${method === 'HEAD' ? 'get' : method.toLowerCase()}`);
  const own = operation && resolve(`${operation.pointer}/responses/${status}`);
  const common = declared === undefined ? ['404', 'NotFound'] : ['405', 'MethodNotAllowed'];
  const response =
    operation === undefined && String(status) === common[0] ? resolve(`/components/responses/${common[1]}`) : own;
  const name = `${method} ${path} ${status}`;
  if (response === undefined) return [`${name}: the status is not declared`];
  const found = [
    ...judgeHeaders(response.pointer, response.node, exchange),
    ...judgeBody(response.pointer, response.node, exchange),
    ...judgeTaken(path, exchange),
  ];
  return found.map((text) => `${name}: ${text}`);
}

function judgeHeaders(pointer: string, response: Node, { headers }: Exchange): string[] {
  const found: string[] = [];
  const declared = new Set<string>();
  for (const name of Object.keys(response.headers ?? {})) {
    const header = resolve(`${pointer}/headers/${step(name)}`);
    const value = headers[name.toLowerCase()];
    declared.add(name.toLowerCase());
    if (header === undefined) found.push(`header ${name} leads nowhere`);
    else if (value !== undefined)
      found.push(...validate(`${header.pointer}/schema`, value).map((text) => `header ${name} ${text}`));
    else if ((header.node.required as unknown) === true) found.push(`header ${name} is missing`);
  }
  const undeclared = Object.keys(headers).filter((name) => !declared.has(name) && !TRANSPORT.has(name));
  return [...found, ...undeclared.map((name) => `header ${name} is not declared`)];
}

function judgeBody(pointer: string, response: Node, { method, headers, body }: Exchange): string[] {
  if (method === 'HEAD' || response.content === undefined) return body === '' ? [] : ['a body is not declared'];
  const type = (headers['content-type'] ?? '').split(';', 1)[0] ?? '';
  if (response.content[type] === undefined) return [`content type "${type}" is not declared`];
  try {
    const schema = `${pointer}/content/${step(type)}/schema`;
    return validate(schema, JSON.parse(body)).map((text) => `body ${text}: ${body.slice(0, 300)}`);
  } catch (error) {
    return [`body: ${error}`];
  }
}

/** A request that is answered with offers is one that the document allows. */
function judgeTaken(path: string, { status, requestHeaders, requestBody }: Exchange): string[] {
  if (path !== '/offers' || status !== 200) return [];
  const version = /1/.test((requestHeaders['x-akinon-api-version'] ?? '').split('.', 1)[0] ?? '') ? 'V1' : 'V2';
  const found = validate(`/components/schemas/${version}OffersRequest`, JSON.parse(requestBody.replace(/^\ufeff/, '')));
  return found.map((text) => `a body that the document refuses was taken: ${text}`);
}
