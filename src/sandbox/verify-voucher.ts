/**
 * Akinon verifies `voucher_code` at once, and does not say how: here a code is good when the adapter, asked about the
 * basket with it, offers something that it does not offer without any code.
 */
import { ok, type Result, refused } from './errors.ts';
import { priceBasket } from './price-basket.ts';
import { askForOffers, readBasket, view } from './read-basket.ts';
import type { Shop } from './shop.ts';
import { nextStamp } from './stamp.ts';

export async function verifyVoucher(shop: Shop, sessionId: string, code: string): Promise<Result<null>> {
  const reading = await readBasket(shop, sessionId);
  const { basket, catalogue, settings } = reading;
  const ask = async (voucherCode: string | null) => {
    // A version of its own: it is another basket, and its answer is not kept for the one that is there.
    const trial = { ...basket, voucherCode, version: nextStamp(shop.now(), basket.version) };
    return askForOffers(shop, view(trial, priceBasket(trial, catalogue), reading.offers, settings), settings);
  };
  const isKnown = basket.voucherCode === null && reading.isAnswered;
  const without = isKnown ? reading.offers : await ask(null);
  const withIt = await ask(code);
  if (without === null || withIt === null)
    return refused('invalid_voucher_code', 'voucher_code', 'the code cannot be verified at the moment');
  const known = new Set(without.map(({ id }) => id));
  if (withIt.every(({ id }) => known.has(id)))
    return refused('invalid_voucher_code', 'voucher_code', `nothing is offered for the code ${code}`);
  return ok(null);
}
