/** What a person sets at the sandbox: who shops where, how Akinon speaks to the adapter, and what goes wrong on the way. */
import * as v from 'valibot';

/** Which adapter is spoken to: the one that is set up on this machine, or that of the reference upstream. */
const ADAPTERS = ['configured', 'reference'] as const;
export type AdapterName = (typeof ADAPTERS)[number];

const CONTRACT_VERSIONS = ['v2', 'v1'] as const;
export type ContractVersion = (typeof CONTRACT_VERSIONS)[number];

/**
 * What becomes of the /use-offers call: sent once; sent again with the same request id; sent after `delayMs`; kept back,
 * until somebody asks for it; sent twice at once under two request ids.
 */
const USE_OFFERS_MODES = ['normal', 'repeat', 'delay', 'drop', 'double'] as const;

const headerText = v.nullable(
  v.pipe(
    v.string(),
    v.regex(
      /^[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?$/,
      'must be a header: at most 200 letters, digits and signs of ASCII',
    ),
  ),
);
const MAX_DELAY_MS = 60_000;
const delay = `must be whole milliseconds from 0 to ${MAX_DELAY_MS}`;

const settingsSchema = v.strictObject({
  adapter: v.picklist(ADAPTERS),
  contractVersion: v.picklist(CONTRACT_VERSIONS),
  customer: v.strictObject({
    phone: v.nullable(v.pipe(v.string(), v.maxLength(40))),
    email: v.pipe(v.array(v.pipe(v.string(), v.maxLength(254))), v.maxLength(10)),
    emailAllowed: v.boolean(),
    smsAllowed: v.boolean(),
    callAllowed: v.boolean(),
  }),
  device: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,100}$/)),
  storeId: headerText,
  storeRemoteId: headerText,
  staffId: headerText,
  staffRemoteId: headerText,
  staffEmail: headerText,
  /** Must be the adapter's PRIORITY_FIRST: the adapter's guard trims from the other end. */
  priorityFirst: v.picklist(['lowest', 'highest']),
  useOffers: v.picklist(USE_OFFERS_MODES),
  delayMs: v.pipe(v.number(delay), v.integer(delay), v.minValue(0, delay), v.maxValue(MAX_DELAY_MS, delay)),
});

export type Settings = Readonly<v.InferOutput<typeof settingsSchema>>;

export const DEFAULT_SETTINGS: Settings = {
  adapter: 'configured',
  contractVersion: 'v2',
  customer: { phone: null, email: [], emailAllowed: false, smsAllowed: false, callAllowed: false },
  device: 'default',
  storeId: null,
  storeRemoteId: null,
  staffId: null,
  staffRemoteId: null,
  staffEmail: null,
  priorityFirst: 'lowest',
  useOffers: 'normal',
  delayMs: 5000,
};

/** Whom the demo campaigns know: README.md, "The customer's own offers". */
export const DEMO_MEMBER = { phone: '+90 555 000 00 01', email: ['demo@example.com'] } as const;

/** Some settings of the many: the others stay. */
export const settingsChangeSchema = v.partial(settingsSchema);

/** What was stored may be from before a setting was added. */
export function readStoredSettings(text: string | null): Settings {
  if (text === null) return DEFAULT_SETTINGS;
  const parsed = v.safeParse(settingsSchema, { ...DEFAULT_SETTINGS, ...(JSON.parse(text) as object) });
  return parsed.success ? parsed.output : DEFAULT_SETTINGS;
}

/** Settings that the adapter sees in a question: offers given for others are not this customer's. */
export function questionPart(settings: Settings): string {
  const { useOffers: _useOffers, delayMs: _delayMs, priorityFirst: _priorityFirst, ...asked } = settings;
  return JSON.stringify(asked);
}
