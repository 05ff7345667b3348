/** The campaigns that are assigned to a customer, as its account pages show them: read only. */
import Big from 'big.js';
import { describeError } from '../../common/log.ts';
import { currencyDigits, type Decimal, formatAmount } from '../../offers/money.ts';
import type {
  CallContext,
  CustomerOffer,
  CustomerOffersPage,
  CustomerOffersQuestion,
  OffersFailure,
} from '../connector.ts';
import { listCustomerCampaigns } from './campaigns.sql.ts';
import { hashCustomer } from './customers.ts';
import { fillText } from './evaluate.ts';
import { toTableTime } from './list-campaigns.ts';

/** The query has seen that decimals are some. */
interface Row {
  readonly benefit_type: CustomerOffer['benefit']['type'];
  readonly label: string;
  readonly amount: Decimal;
  readonly percentage: Decimal;
  readonly currency: string | null;
  readonly start_datetime: string;
  readonly end_datetime: string;
  readonly voucher_code: string | null;
  readonly condition_type: 'Amount' | 'Quantity' | null;
  readonly condition_value: Decimal;
  readonly count: number;
}

/** What was used up already is listed as well: the dates decide, and /offers says what is left. */
export async function listCustomerOffers(
  { db, customerHashKey }: { db: D1Database; customerHashKey: string | undefined },
  question: CustomerOffersQuestion,
  { now }: Pick<CallContext, 'now'>,
): Promise<CustomerOffersPage | OffersFailure> {
  if (customerHashKey === undefined)
    return {
      failed: 'misconfigured',
      setting: 'CUSTOMER_HASH_KEY',
      detail: 'is not set, and customers are known by it',
    };
  const { when, currency, language, offset, limit } = question;
  const hashes = JSON.stringify(await hashCustomer(question.customer, customerHashKey));
  try {
    const { results } = await db
      .prepare(listCustomerCampaigns(when))
      .bind(toTableTime(now), currency, hashes, limit, offset)
      .all<Row>();
    return { offers: results.map((row) => toOffer(row, currency, language)), count: results[0]?.count ?? 0 };
  } catch (error) {
    return { failed: 'unavailable', detail: describeError(error) };
  }
}

function toOffer(row: Row, asked: string, language: string): CustomerOffer {
  const { benefit_type: type, amount, percentage, condition_type, condition_value: value } = row;
  const currency = row.currency ?? asked;
  const filled = type === 'fixed' ? formatAmount(new Big(amount), currencyDigits(currency)) : '';
  return {
    label: fillText(row.label, language, filled, currency),
    benefit: type === 'fixed' ? { type, amount } : type === 'percentage' ? { type, percentage } : { type },
    currency,
    startsAt: row.start_datetime,
    endsAt: row.end_datetime,
    voucherCode: row.voucher_code,
    condition: condition_type === null ? null : { type: condition_type, value },
  };
}
