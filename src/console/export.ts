/**
 * The list as a file, a row for each used discount: CSV for spreadsheets, a JSON list for programs. Read and sent a page
 * at a time, with the filters of the list, up to a limit that the file itself tells of.
 * @see RFC 4180; OWASP, "CSV Injection"
 */

import type { LoggedUsage, UsagePage, UsedDiscount } from '../ledger/usage-log.ts';
import { currencyDigits, fromMinorUnits } from '../offers/money.ts';

/** Usages of one file. */
export const MAX_EXPORTED = 20_000;
export const EXPORT_PAGE = 500;
/** Pages of one file, found or not: an invocation may cost some hundred statements, and each costs up to four. */
const MAX_PAGES = 100;

const COLUMNS = [
  ...(['received_at', 'order', 'request_id', 'basket_id', 'store', 'device'] as const),
  ...(['discount_id', 'state', 'type', 'amount', 'currency'] as const),
  ...(['settled_at', 'upstream_ref', 'reason'] as const),
] as const;
type Exported = Record<(typeof COLUMNS)[number], string | number | null>;

/** Amounts in major units. A discount is a row once, with the usage that brought it, however often it was told of. */
function toRows(usage: LoggedUsage): Exported[] {
  const brought = usage.discounts.filter(({ usageId }) => usageId === usage.id);
  return brought.map((discount) => ({
    received_at: new Date(usage.receivedAt).toISOString(),
    order: usage.orderKey.replace(/^o:/, ''),
    request_id: usage.requestId,
    basket_id: usage.basketId,
    store: usage.storeId,
    device: usage.device,
    discount_id: discount.id,
    state: discount.state,
    type: discount.type,
    amount: amountOf(discount),
    currency: discount.currency,
    settled_at: discount.settledAt === null ? null : new Date(discount.settledAt).toISOString(),
    upstream_ref: discount.upstreamRef,
    reason: discount.reason,
  }));
}

function amountOf({ amount, currency }: UsedDiscount): string | null {
  if (amount === null) return null;
  return currency === null ? String(amount) : fromMinorUnits(String(amount), currencyDigits(currency));
}

type ReadPage = (before: number | null) => Promise<UsagePage>;

/** With a byte order mark, for spreadsheets. A last row says so where the limit was reached. */
export function toCsv(readPage: ReadPage, onError: (error: unknown) => void): Promise<ReadableStream<Uint8Array>> {
  const format = {
    start: `\ufeff${COLUMNS.join(',')}\r\n`,
    row: (row: Exported) => `${COLUMNS.map((column) => cell(row[column])).join(',')}\r\n`,
    // As many fields as any other row.
    end: (isCut: boolean) => (isCut ? `${cell(CUT)}${','.repeat(COLUMNS.length - 1)}\r\n` : ''),
  } satisfies FileFormat;
  return stream(readPage, format, onError);
}

export function toJson(readPage: ReadPage, onError: (error: unknown) => void): Promise<ReadableStream<Uint8Array>> {
  let isFirst = true;
  const format = {
    start: '{"rows":[',
    row: (row: Exported) => {
      const text = `${isFirst ? '' : ','}\n${JSON.stringify(row)}`;
      isFirst = false;
      return text;
    },
    end: (isCut: boolean) => `\n],"cut":${isCut}}\n`,
  } satisfies FileFormat;
  return stream(readPage, format, onError);
}

/** A spreadsheet takes what begins so for a formula, and in some countries a cell ends at a semicolon. */
const FORMULA = /(^|[;,|\t\r\n])(\s*)(?=[=+\-@＝＋－＠])/g;

function cell(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  const safe = typeof value === 'string' ? text.replace(FORMULA, "$1$2'") : text;
  return /[",\r\n']/.test(safe) || safe !== text ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const CUT = 'There is more: narrow the filters, or choose earlier days.';

interface FileFormat {
  readonly start: string;
  readonly row: (row: Exported) => string;
  readonly end: (isCut: boolean) => string;
}

/** The first page is there already, so that a failure is told as one; the others are read as they are taken. */
async function stream(
  readPage: ReadPage,
  format: FileFormat,
  onError: (error: unknown) => void,
): Promise<ReadableStream<Uint8Array>> {
  const encoder = new TextEncoder();
  let page: UsagePage | null = await readPage(null);
  let pages = 1;
  let usages = 0;
  let text = format.start;

  return new ReadableStream({
    async pull(controller) {
      try {
        while (page !== null) {
          const { next, usages: found }: UsagePage = page;
          const told = found.slice(0, MAX_EXPORTED - usages);
          usages += told.length;
          text += told.flatMap(toRows).map(format.row).join('');
          const isOver = next === null || usages >= MAX_EXPORTED || pages >= MAX_PAGES;
          if (isOver) text += format.end(next !== null || told.length < found.length);
          pages++;
          page = isOver ? null : await readPage(next);
          if (text !== '') break;
        }
        controller.enqueue(encoder.encode(text));
        text = '';
        if (page === null) controller.close();
      } catch (error) {
        onError(error);
        controller.error(error);
      }
    },
    cancel() {
      page = null;
    },
  });
}
