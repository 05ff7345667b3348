/** `npm run mapping -- try` */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { readOffersRequest } from '../../../src/akinon/read-offers-request.ts';
import { V2 } from '../../../src/akinon/v2/contract.ts';
import { orderKeyOfNumber, type RequestId } from '../../../src/common/ids.ts';
import { readCapped } from '../../../src/common/read-capped.ts';
import { parseConfig, secretReader } from '../../../src/config.ts';
import {
  isFailure,
  type OffersQuestion,
  type UsageCommit,
  type UsedDiscount,
} from '../../../src/connectors/connector.ts';
import { readBaseUrl } from '../../../src/connectors/http/config.ts';
import { createMappedConnector } from '../../../src/connectors/http/mapping/connector.ts';
import { MAX_ANSWER_BYTES } from '../../../src/connectors/http/upstream/call.ts';
import { guardOffers } from '../../../src/offers/guard.ts';
import { currencyDigits, formatAmount } from '../../../src/offers/money.ts';
import type { Offer } from '../../../src/offers/offer.ts';
import { deriveDiscountKey } from '../../../src/usage/keys.ts';
import { readLocalSettings } from '../../local-settings.ts';
import { CommandError } from '../../ops/d1.ts';
import { clean, plural, toJson } from '../../ops/print.ts';
import { listMappings, MAPPINGS } from '../build.ts';
import { checkFolder } from '../folder.ts';
import { readJson } from '../locate.ts';
import { createMask } from '../mask.ts';
import { describeProblem, mappingFile, readMapping, readText } from '../read-mapping.ts';
import { guardLimits } from '../run-fixtures.ts';
import { answerWithToken } from '../token-answer.ts';
import { UsageError } from '../usage-error.ts';
import { DROP_WORDS } from '../words.ts';

const SAMPLE = 'test/fixtures/akinon/v2-offers-request.json';

export const HELP = `Usage: npm run mapping -- try NAME [--dry] [--basket FILE] [--voucher CODE] [--phone NUMBER] [--email ADDRESS]

Asks the real upstream for the offers of one basket, and shows what was sent, what was answered, what the shop would
get, and what would be sent after an order that used all of it. Redeems nothing. UPSTREAM_URL and the secrets that the
mapping names are those of the environment, else of .dev.vars; they are shown as ***.

  --dry            only show what would be sent; a secret that is not set has a stand-in
  --basket FILE    a body of POST /offers, contract v2 (default ${SAMPLE})
  --voucher CODE   in place of the basket's own
  --phone NUMBER   in place of the customer's own; --email too
  --folder DIR     another folder of mappings (default ${MAPPINGS})
  --help           this text`;

/** Longer than any shop waits, so that a slow upstream is seen to answer. */
const TIMEOUT_MS = 15_000;
const MAX_SHOWN = 2000;
const NOWHERE = 'https://upstream.invalid';

export async function tryOut(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      dry: { type: 'boolean', default: false },
      basket: { type: 'string', default: SAMPLE },
      voucher: { type: 'string' },
      phone: { type: 'string' },
      email: { type: 'string' },
      folder: { type: 'string', default: MAPPINGS },
    },
  });
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new UsageError(`One NAME is needed.\n\n${HELP}`);
  const mapping = openMapping(checkFolder(values.folder), name.replace(/\.json$/, ''));
  const question = readQuestion(values.basket, values);
  const settings: Readonly<Record<string, string | undefined>> = { ...(await readLocalSettings()), ...process.env };
  const secrets = new Map<string, string>();
  const read = secretReader(settings);
  const secretOf = (secret: string) => {
    const value = read(secret);
    if (value !== undefined) secrets.set(secret, value);
    return value ?? (values.dry ? '***' : undefined);
  };
  const baseUrl = baseOf(settings, values.dry);
  const created = createMappedConnector(mapping, { baseUrl, secretOf });
  if ('problems' in created) {
    const lines = created.problems.map(({ setting, message }) => `${setting} ${message}.`);
    throw new CommandError(`${lines.join('\n')}\nIt belongs into .dev.vars or the environment; --dry does without.`);
  }
  const { connector } = created;
  const mask = createMask(mapping.auth, secrets);
  const show = (text: string) => print(mask.text(text));
  const showRequest = (url: string, init: RequestInit) => {
    show(`${init.method} ${mask.url(url)}`);
    for (const [header, value] of new Headers(init.headers)) show(`${header}: ${mask.header(header, value)}`);
    if (typeof init.body === 'string') showBody(init.body, Number.POSITIVE_INFINITY, mask.text);
  };
  let asked = false;
  let status = 0;
  const observed = async (url: string, init: RequestInit): Promise<Response> => {
    asked = true;
    showRequest(url, init);
    const token = values.dry ? answerWithToken(mapping.auth, baseUrl, url) : null;
    if (token !== null) {
      show('\nWith the token that this is answered with:\n');
      return Response.json(token);
    }
    if (values.dry) throw new TypeError('nothing is sent');
    const before = performance.now();
    const response = await fetch(url, init).catch((error: Error & { cause?: Error }) => {
      show(`\nNo answer: ${error.cause?.message || error.message}`);
      throw error;
    });
    status = response.status;
    const bytes = await readCapped(response.clone().body, MAX_ANSWER_BYTES);
    const body = bytes === null ? '(over 1 MB)' : new TextDecoder().decode(bytes);
    mask.learn(body);
    const ms = Math.round(performance.now() - before);
    const words = response.statusText === '' ? '' : ` ${response.statusText}`;
    show(`\n${response.status}${words}, ${ms} ms`);
    for (const header of ['content-type', 'retry-after', 'location']) {
      const value = response.headers.get(header);
      if (value !== null) show(`${header}: ${value}`);
    }
    const isToken = answerWithToken(mapping.auth, baseUrl, url) !== null;
    showBody(isToken ? withoutValues(body) : body, MAX_SHOWN, mask.text);
    const limit = parseConfig(settings).values.UPSTREAM_TIMEOUT_MS;
    if (limit !== undefined && ms > limit) show(`Too slow for the shop: UPSTREAM_TIMEOUT_MS is ${limit}.`);
    return response;
  };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await connector.queryOffers(question, {
    ...{ signal, now: Date.now() },
    fetch: observed as unknown as typeof fetch,
  });
  if (!asked && !isFailure(answer)) {
    console.log('Nothing is sent: guests are skipped (identity.guests). --email or --phone makes one a customer.');
    return 0;
  }
  if (asked && values.dry) {
    const { hashKey } = mapping.identity;
    if (hashKey !== undefined && !secrets.has(hashKey)) {
      console.log(`\n${hashKey} is not set: hashes of the customer are made with a stand-in, and are others with it.`);
    }
    console.log('\nNothing was sent (--dry).');
    return 0;
  }
  if (isFailure(answer)) {
    show(`\nNo offers. ${answer.failed}: ${answer.detail}`);
    return 1;
  }
  const { offers, drops } = guardOffers(answer.offers, question.basket, guardLimits(connector.capabilities.maxOffers));
  show(`\n${plural(offers.length, 'offer')} for the shop:`);
  show(pretty(V2.writeOffers(offers)));
  if (drops.length > 0) show(`\n${drops.length} dropped:`);
  for (const { id, reason } of drops) show(`  ${id ?? '(without an id)'}: ${DROP_WORDS[reason]} (${reason})`);
  if (answer.offers.length === 0 && status >= 400) {
    show(`A rule of the mapping takes ${status} for "no offers". A wrong UPSTREAM_URL may look the same.`);
  }
  if (offers.length === 0) return 0;
  show('\nAn order that used all of them would send this. Nothing is sent now:\n');
  const unsent = async (url: string, init: RequestInit): Promise<Response> => {
    const token = answerWithToken(mapping.auth, baseUrl, url);
    if (token !== null) return Response.json(token);
    showRequest(url, init);
    throw new TypeError('nothing is sent');
  };
  const commit = await toSampleCommit(question, offers);
  const committed = await connector.commitUsage(commit, {
    ...{ signal, now: Date.now() },
    fetch: unsent as unknown as typeof fetch,
  });
  if (!isFailure(committed) || committed.failed === 'unknown') return 0;
  show(`It could not be made. ${committed.failed}: ${committed.detail}`);
  return 1;
}

/** As the Worker freezes it when the order arrives. */
async function toSampleCommit({ basket, channel }: OffersQuestion, offers: readonly Offer[]): Promise<UsageCommit> {
  const orderNumber = 'SAMPLE-1';
  const orderKey = orderKeyOfNumber(orderNumber);
  const discounts = offers.map(async ({ id, benefit, currency, reference = null }): Promise<UsedDiscount> => {
    const isMoney = benefit.type === 'BASKET';
    const points = benefit.type === 'LOYALTY_POINT' ? benefit.points : null;
    return {
      ...{ id, type: benefit.type, reference, state: 'due' },
      key: await deriveDiscountKey(orderKey, id, 0),
      amount: isMoney ? formatAmount(benefit.amount, currencyDigits(currency)) : points,
      currency: isMoney ? currency : null,
    };
  });
  return {
    ...{ orderKey, orderNumber, generation: 0, basket, channel },
    attempt: { number: 1, firstAt: Date.now(), last: 'none' },
    discounts: await Promise.all(discounts),
  };
}

function openMapping(folder: string, name: string) {
  const file = mappingFile(folder, name);
  if (!existsSync(file)) {
    const names = listMappings(folder).map((one) => basename(one, '.json'));
    throw new UsageError(`There is no mapping ${name} in ${folder}: ${names.join(', ') || 'it has none'}.`);
  }
  const { mapping, problems } = readMapping(file, name);
  if (mapping === null || problems.length > 0) {
    throw new CommandError(problems.map((one) => clean(describeProblem(one))).join('\n'));
  }
  return mapping;
}

function readQuestion(
  file: string,
  { voucher, phone, email }: { voucher?: string | undefined; phone?: string | undefined; email?: string | undefined },
): OffersQuestion {
  if (!existsSync(file)) throw new UsageError(`There is no file ${file} (--basket).`);
  const json = readJson(readText(file));
  if ('message' in json) {
    throw new CommandError(`${file}:${json.place.line}:${json.place.column}  this is no JSON: ${json.message}`);
  }
  const read = readOffersRequest(json.value, V2);
  if (!read.ok) {
    const lines = read.errors.map((error) =>
      'field' in error ? `  ${error.field}: ${error.message}` : `  ${error.kind}`,
    );
    throw new CommandError(`${file} is no body of POST /offers, contract v2:\n${lines.join('\n')}`);
  }
  const { basket, customer } = read.value;
  const { currency } = basket;
  if (currency === null)
    throw new CommandError(`${file} has no items, or items of several currencies: nobody is asked.`);
  return {
    requestId: crypto.randomUUID() as string as RequestId,
    basket: { ...basket, currency, ...(voucher !== undefined && { voucherCode: voucher }) },
    customer: { ...customer, ...(phone !== undefined && { phone }), ...(email !== undefined && { emails: [email] }) },
    channel: {
      ...{ device: 'default', storeId: null, storeRemoteId: null },
      ...{ staffId: null, staffRemoteId: null, staffEmail: null },
    },
  };
}

function baseOf(settings: Readonly<Record<string, string | undefined>>, isDry: boolean): string {
  if (!settings.UPSTREAM_URL && isDry) return NOWHERE;
  if (!settings.UPSTREAM_URL)
    throw new CommandError('UPSTREAM_URL is not set: where is the upstream? See .dev.vars; --dry does without.');
  const { values, problems } = parseConfig({ UPSTREAM_URL: settings.UPSTREAM_URL });
  const base = readBaseUrl(values);
  if (base.value !== null) return base.value;
  const problem = [...base.problems, ...problems].find(({ setting }) => setting === 'UPSTREAM_URL');
  throw new CommandError(`UPSTREAM_URL ${problem?.message ?? 'is wrong'}`);
}

/** JSON line by line; what is none as it is. */
function showBody(text: string, max: number, mask: (text: string) => string): void {
  if (text === '') return;
  const masked = mask(pretty(text));
  const cut = masked.length > max ? `${masked.slice(0, max)}\n… (${masked.length - max} characters more)` : masked;
  print(`\n${cut}`);
}

function print(text: string): void {
  for (const line of text.split('\n')) console.log(clean(line));
}

function pretty(text: string): string {
  try {
    return toJson(JSON.parse(text));
  } catch {
    return text;
  }
}

/** Of an answer that hands out a token, wherever that stands. */
function withoutValues(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), (_, value) => (typeof value === 'string' ? '***' : value));
  } catch {
    return '(no JSON)';
  }
}
