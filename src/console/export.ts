/**
 * The list as a file, a row for each used discount: CSV for spreadsheets, a JSON list for programs. Read and sent a page
 * at a time, with the filters of the list, up to a limit that the file itself tells of.
 * @see RFC 4180; OWASP, "CSV Injection"
 */

import type { LoggedUsage, UsagePage, UsedDiscount } from '../ledger/usage-log.ts';
import { currencyDigits, fromMinorUnits } from '../offers/money.ts';

/** Usages of one file: some hundred statements, which is what an invocation may cost. */
export const MAX_EXPORTED = 20_000;
export const EXPORT_PAGE = 500;

const COLUMNS = [
  ...(['received_at', 'order', 'request_id', 'basket_id', 'store', 'device'] as const),
  ...(['discount_id', 'state', 'type', 'amount', 'currency'] as const),
] as const;
type Exported = Record<(typeof COLUMNS)[number], string | number | null>;

/** Amounts in major units; a usage without a discount is a row of its own. */
function toRows(usage: LoggedUsage): Exported[] {
  const discounts: readonly (UsedDiscount | null)[] = usage.discounts.length === 0 ? [null] : usage.discounts;
  return discounts.map((discount) => ({
    received_at: new Date(usage.receivedAt).toISOString(),
    order: usage.orderKey.replace(/^o:/, ''),
    request_id: usage.requestId,
    basket_id: usage.basketId,
    store: usage.storeId,
    device: usage.device,
    discount_id: discount?.id ?? null,
    state: discount?.state ?? null,
    type: discount?.type ?? null,
    amount: amountOf(discount),
    currency: discount?.currency ?? null,
  }));
}

function amountOf(discount: UsedDiscount | null): string | null {
  if (discount === null || discount.amount === null) return null;
  const { amount, currency } = discount;
  return currency === null ? String(amount) : fromMinorUnits(String(amount), currencyDigits(currency));
}

type ReadPage = (before: number | null) => Promise<UsagePage>;

/** With a byte order mark, for spreadsheets. A last row says so where the limit was reached. */
export function toCsv(readPage: ReadPage): ReadableStream<Uint8Array> {
  return stream(readPage, {
    start: `\ufeff${COLUMNS.join(',')}\r\n`,
    row: (row) => `${COLUMNS.map((column) => cell(row[column])).join(',')}\r\n`,
    end: (isCut) => (isCut ? `${cell(`The first ${MAX_EXPORTED} usages; narrow the filters for the rest.`)}\r\n` : ''),
  });
}

export function toJson(readPage: ReadPage): ReadableStream<Uint8Array> {
  let isFirst = true;
  return stream(readPage, {
    start: '{"rows":[',
    row: (row) => {
      const text = `${isFirst ? '' : ','}\n${JSON.stringify(row)}`;
      isFirst = false;
      return text;
    },
    end: (isCut) => `\n],"cut":${isCut}}\n`,
  });
}

/** A spreadsheet takes what begins so for a formula; a text that is shown as one is none. */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  const safe = typeof value === 'string' && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) || safe !== text ? `"${safe.replaceAll('"', '""')}"` : safe;
}

interface FileFormat {
  readonly start: string;
  readonly row: (row: Exported) => string;
  readonly end: (isCut: boolean) => string;
}

/** Nothing is read before somebody takes it. */
function stream(readPage: ReadPage, format: FileFormat): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let before: number | null = null;
  let usages = 0;
  let hasBegun = false;
  return new ReadableStream({
    async pull(controller) {
      const page: UsagePage = await readPage(before);
      const room = page.usages.slice(0, MAX_EXPORTED - usages);
      usages += room.length;
      before = page.next;
      const isOver = page.next === null || usages >= MAX_EXPORTED;
      const text = [
        hasBegun ? '' : format.start,
        ...room.flatMap(toRows).map(format.row),
        isOver ? format.end(page.next !== null) : '',
      ].join('');
      hasBegun = true;
      controller.enqueue(encoder.encode(text));
      if (isOver) controller.close();
    },
  });
}
