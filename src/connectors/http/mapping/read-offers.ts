/**
 * Offers as a mapping made them → proposals of the bridge protocol: amounts in major units, decimals as text. What is no
 * amount stays what it is, and is dropped by the guard with its reason.
 */
import { isObject, type Json } from '../../../common/json.ts';
import { type MoneyForm, readMoney, toDecimal } from './money.ts';

export function readAmounts(offer: Json, money: MoneyForm, currency: string): Json {
  if (!isObject(offer)) return offer;
  const { extraArgs, discountedBasketItems: discounted, conditionConsumedBasketItems: conditions } = offer;
  return {
    ...offer,
    ...(isObject(extraArgs) && { extraArgs: readExtraArgs(extraArgs, money, currency) }),
    ...(Array.isArray(discounted) && { discountedBasketItems: discounted.map(readLine) }),
    ...(Array.isArray(conditions) && { conditionConsumedBasketItems: conditions.map(readLine) }),
  } as Json;
}

function readExtraArgs(extraArgs: Readonly<Record<string, unknown>>, money: MoneyForm, currency: string) {
  const { discount, loyaltyData } = extraArgs;
  return {
    ...extraArgs,
    ...(discount !== undefined && { discount: readMoney(discount, money, currency) ?? discount }),
    ...(isObject(loyaltyData) && { loyaltyData: readPoints(loyaltyData) }),
  };
}

/** Points are no money: they have the unit in which they are. */
function readPoints({ amount, benefitCoefficient, ...rest }: Readonly<Record<string, unknown>>) {
  return {
    ...rest,
    ...(amount !== undefined && { amount: toDecimal(amount) ?? amount }),
    ...(benefitCoefficient !== undefined && {
      benefitCoefficient: toDecimal(benefitCoefficient) ?? benefitCoefficient,
    }),
  };
}

function readLine(line: unknown): unknown {
  if (!isObject(line) || line.quantity === undefined) return line;
  return { ...line, quantity: toDecimal(line.quantity) ?? line.quantity };
}
