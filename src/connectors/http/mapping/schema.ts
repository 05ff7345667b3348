/**
 * The mapping file. One schema for all: the types of this room, what `npm run mapping -- check` validates with, and the source of
 * `mappings/mapping.schema.json`, which editors read. The Worker has mappings that are compiled, and validates nothing.
 */
import * as v from 'valibot';
import type { Json } from '../../../common/json.ts';
import type { Meaning } from '../judge-usage.ts';
import { authSchema, secret } from '../upstream/auth.ts';

/** JSON of json-e: texts with ${expressions}, objects with operators. */
const template = v.custom<Json>((value) => value !== undefined);
const textTemplate = v.pipe(v.string(), v.maxLength(4000));
const expression = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.maxLength(1000),
  v.description('A json-e expression over status, body and what was asked'),
);
const texts = v.record(v.string(), template);

const OFFERS_MEANINGS = ['ok', 'empty', 'failed', 'credentials'] as const;
export type OffersMeaning = (typeof OFFERS_MEANINGS)[number];

const USAGES_MEANINGS: readonly Meaning[] = [
  ...(['ok', 'already_done', 'partly_done', 'later'] as const),
  ...(['refused', 'unknown', 'credentials', 'misconfigured'] as const),
];

const ABOUT_OFFERS =
  'empty: no offers, and nothing is wrong. credentials: who we are is refused, and a token is fetched again, once. failed: OFFERS_ON_FAILURE decides';
const ABOUT_USAGES =
  'ok and partly_done: outcomes say it line by line, without them all lines are accepted. already_done: this key was seen before, and ' +
  'all lines of the call are accepted (an order that was seen is no key). later: nothing was done. refused: for good. unknown: it may ' +
  'have been done. credentials, misconfigured: deliveries pause';

const status = v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599));

/** @param about what each of them is */
const rules = <const T extends string>(meanings: readonly T[], about: string) =>
  v.array(
    v.strictObject({
      status: v.optional(v.array(status)),
      when: v.optional(expression),
      means: v.pipe(v.picklist(meanings, `must be one of ${meanings.join(', ')}`), v.description(about)),
    }),
  );

const request = {
  method: v.optional(v.picklist(['GET', 'POST', 'PUT', 'PATCH']), 'POST'),
  path: v.pipe(
    textTemplate,
    v.startsWith('/', 'must begin with /'),
    v.description('Below UPSTREAM_URL; what is interpolated is encoded'),
  ),
  query: v.optional(texts),
  headers: v.optional(texts),
  body: v.optional(template),
};

const moneySchema = v.strictObject({
  unit: v.pipe(v.picklist(['major', 'minor']), v.description('25.50 is 25.50 (major) or 2550 (minor)')),
  as: v.optional(v.picklist(['string', 'number']), 'string'),
  digits: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(6),
      v.description('Of minor units; absent: those of the currency'),
    ),
  ),
});

export const mappingSchema = v.strictObject({
  $schema: v.optional(v.string()),
  title: v.optional(v.string()),
  about: v.optional(v.string()),
  auth: authSchema,
  identity: v.optional(
    v.strictObject({
      country: v.optional(
        v.pipe(v.string(), v.regex(/^[1-9]\d{0,2}$/, 'must be a calling code without +, such as 90')),
      ),
      emails: v.optional(v.picklist(['first', 'all']), 'all'),
      guests: v.optional(v.picklist(['ask', 'skip']), 'ask'),
      hashKey: v.optional(v.pipe(secret, v.description('Secret: key of customer.phoneHash and customer.emailHash'))),
    }),
    {},
  ),
  money: v.optional(moneySchema, { unit: 'major' }),
  tables: v.optional(
    v.record(v.string(), v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()]))),
    {},
  ),
  offers: v.strictObject({ ...request, rules: v.optional(rules(OFFERS_MEANINGS, ABOUT_OFFERS), []), offers: template }),
  usages: v.strictObject({
    ...request,
    repeat: v.pipe(
      v.picklist(['key', 'lookup', 'none']),
      v.description(
        'What protects an order that is sent twice: the upstream remembers keys, can be asked (lookup says how), or nothing',
      ),
    ),
    rules: v.optional(rules(USAGES_MEANINGS, ABOUT_USAGES), []),
    outcomes: v.optional(template),
    lookup: v.optional(
      v.strictObject({
        ...request,
        rules: v.optional(
          rules(['absent' as const, ...USAGES_MEANINGS], `absent: nobody knows the order. ${ABOUT_USAGES}`),
          [],
        ),
        outcomes: v.optional(template),
        afterSeconds: v.optional(
          v.pipe(
            v.number(),
            v.integer(),
            v.minValue(1),
            v.maxValue(3600),
            v.description('How long the upstream may take until it shows what it has begun'),
          ),
        ),
      }),
    ),
  }),
});
export type MappingFile = v.InferOutput<typeof mappingSchema>;
