/** What the upstream answers, and what is read back of our own text. Fields that the protocol does not name are ignored. */
import * as v from 'valibot';

/** 200 of `POST /offers`. What stands in the list is for the guard to judge. */
export const OffersSchema = v.object({ offers: v.array(v.unknown()) });

/** 2xx of `POST /usages` that speaks line by line. */
export const ResultsSchema = v.object({
  results: v.array(
    v.object({
      id: v.string(),
      status: v.picklist(['accepted', 'rejected', 'later']),
      reason: v.optional(v.unknown()),
      reference: v.optional(v.unknown()),
    }),
  ),
});
export type LineResult = v.InferOutput<typeof ResultsSchema>['results'][number];

/** The lines of a call that was sent before. */
export const SentCallSchema = v.object({ discounts: v.array(v.object({ id: v.string(), key: v.string() })) });
