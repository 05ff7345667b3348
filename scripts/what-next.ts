/** The last words of `npm start`: what to try next, or what to mend first. */
import type { LocalSettings } from './local-settings.ts';

/** SHA-256 of `ops:local-only-password`, of .dev.vars.example. */
const LOCAL_OPS = '1171c5c9f565af627931afda81820aed2b141387e98475e9f8049117c20f0376';
/** Campaign of the demo catalog that only this code opens. */
export const DEMO_VOUCHER = 'WELCOME150';

export function whatToMend(url: string, problems: readonly string[]): string {
  return `
Offerbridge runs at ${url} but is not ready:

${problems.map((problem) => `  ${problem}`).join('\n')}

Secrets stand in .dev.vars (compare .dev.vars.example), the other settings in wrangler.toml or, locally, in .dev.vars as
well. Correct them, then start again.
`;
}

/** @param problems of `npm run mapping -- compile`, a line each */
export function aboutWrongMappings(problems: string): string {
  return `A mapping is wrong. The Worker goes on with the mappings as they were, and without one that is new:

${problems.replaceAll(/^(?=.)/gm, '  ')}

It is read again as soon as its file changes. More: npm run mapping -- check
`;
}

/** @param attempt part of the ids in the commands: another start, with another connector perhaps, is another order */
export function whatNext(url: string, settings: LocalSettings, attempt: string): string {
  const { AKINON_USERNAME: username = '', AKINON_PASSWORD: password = '', CONNECTOR: connector = 'catalog' } = settings;
  const isDemo = connector === 'catalog';
  const item = {
    id: 58,
    unitPrice: '500.00',
    quantity: 7,
    unitType: 'QUANTITY',
    taxRate: '20.00',
    totalAmount: '3500.00',
    discountAmount: '0.00',
    globallyConsumedQuantity: '0.0',
    currencyType: 'TRY',
    appliedDiscounts: [],
    product: { id: 100010, sku: 'SKU9', name: 'Test Product 9', attributes: {} },
  };
  const basket = { id: 32, version: 1758310922044282, voucherCode: null, basketItems: [item] };
  // A demo campaign is for everybody; an upstream may know its members only.
  const email = isDemo ? [] : ['ada@example.com'];
  const user = { emailAllowed: true, smsAllowed: true, callAllowed: false, phone: null, email };
  const usedDiscounts = isDemo ? ['v2-spring-discount-2025', 'v2-loyalty-reward-2025'] : ['AN-OFFER-ID'];
  const orderNumber = `ORD-${attempt}`;
  const order = { orderNumber };
  const curl = (path: string, requestId: string, body: unknown) =>
    [
      `curl -i -u ${quoted(`${username}:${password}`)} ${url}${path}`,
      `-H 'content-type: application/json' -H 'x-akinon-request-id: ${requestId}'`,
      `-H 'x-akinon-api-version: v2' -H 'x-app-device: default'`,
      `-d ${quoted(JSON.stringify(body))}`,
    ].join(' \\\n  ');
  const afterOffers = isDemo
    ? `
   With "voucherCode":"${DEMO_VOUCHER}" in place of null there is one offer more.
`
    : '';
  const aboutUsage = isDemo
    ? `2. Tell that an order used two of them; a second time it is answered as a replay. A moment later the one that asks to
   be told is delivered:`
    : `2. Tell that an order used some of them: in place of AN-OFFER-ID put the id of an offer from the answer above whose
   notifyAfterOrderCreation is true, or several. A second time it is answered as a replay. A moment later it is delivered:`;

  return `
Offerbridge is ready.  Open the shop that calls it as Akinon would:  ${url}

Credentials (local):   ${username} / ${password}
Offers from:           ${offersFrom(connector, settings)}

1. Ask for offers, as Akinon does for every basket:

${curl('/offers', `offers-${attempt}`, { basket, user })}
${afterOffers}
${aboutUsage}

${curl('/use-offers', `usage-${attempt}`, { basket, usedDiscounts, order })}

3. See what was recorded and delivered:

npm run usages -- show ${orderNumber}

${consoleOf(url, settings)}Also: ${url}/health  ${url}/ready  ${url}/error-codes  ${url}/openapi.json
Stop: Ctrl-C
`;
}

/** The user of .dev.vars.example, where it is still there. */
function consoleOf(url: string, { OPS_USERS: users = '', ...settings }: LocalSettings): string {
  if (settings.OPS_ACCESS_TEAM_DOMAIN) return `Console: ${url}/ops  (behind Cloudflare Access: no password opens it)\n`;
  if (users === '') return '';
  const who = users.includes(LOCAL_OPS) ? '  (ops / local-only-password)' : '';
  return `Console: ${url}/ops${who}\n`;
}

/** Of the URL nothing but where it leads: its path may hold a secret. */
function offersFrom(connector: string, { UPSTREAM_URL: url = '', MAPPING: mapping = '' }: LocalSettings): string {
  if (connector === 'catalog' && mapping !== '')
    return `${connector}  (MAPPING=${mapping} counts with CONNECTOR=http only)`;
  if (connector === 'catalog' || !URL.canParse(url)) return connector;
  return `${connector}, ${mapping === '' ? '' : `by the mapping ${mapping}, `}${new URL(url).origin}`;
}

/** For a shell, whatever the text holds. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
