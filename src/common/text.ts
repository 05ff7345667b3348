/** Rules for text that strangers send and we store, log or show. */
const CONTROL = /\p{Cc}/u;
const CONTROLS = /\p{Cc}/gu;

/** Counts characters, not UTF-16 units, where that makes a difference. */
function isWithin(value: string, max: number): boolean {
  return value.length <= max || (value.length <= 2 * max && [...value].length <= max);
}

/** Has 1 to `max` characters, none of them a control character, and no lone surrogate: safe as an id in D1, logs and JSON. */
export function isCleanId(value: unknown, max = 200): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    isWithin(value, max) &&
    !CONTROL.test(value) &&
    value.isWellFormed()
  );
}

/** Without control characters and lone surrogates, cut at `max` UTF-16 units without splitting a character. */
export function cleanText(value: string, max: number): string {
  const clean = CONTROL.test(value) ? value.replace(CONTROLS, '') : value;
  if (clean.length <= max) return clean.isWellFormed() ? clean : clean.toWellFormed();
  const splitsPair = (clean.charCodeAt(max - 1) & 0xfc00) === 0xd800;
  return clean.slice(0, splitsPair ? max - 1 : max).toWellFormed();
}

/** Bounded, so that a long text without any costs no more than its length. */
const EMAIL = /[^\s@<>()[\]"',;:=]{1,64}(?:@|%40)[^\s@<>()[\]"',;:]{1,255}/giu;
/** Seven digits of any script, however they are grouped; a date is none. */
const PHONE = /(?<!\p{Nd})(?!\d{4}-\d\d-\d\d(?!\d))\+?\p{Nd}(?:[\s()./_·,\u2010-\u2015-]{0,3}\p{Nd}){6,}/gu;

/**
 * With e-mail addresses and whatever may be a phone number taken out: for texts of strangers that are kept or logged.
 * Long ids of digits go as well; that is the price.
 */
export function withoutPersonalData(text: string): string {
  return withoutEmails(text).replace(PHONE, '[number]');
}

export function withoutEmails(text: string): string {
  return text.replace(EMAIL, '[e-mail]');
}
