/** Why a proposal is not shown: counted in the log, so that a vendor can mend it. */
export type DropReason =
  | 'not_an_object'
  | 'invalid_id'
  | 'duplicate_id'
  | 'unknown_type'
  | 'invalid_extra_args'
  | 'invalid_amount'
  | 'points_above_limit'
  | 'invalid_field'
  | 'other_currency'
  | 'unknown_item'
  | 'duplicate_item'
  | 'invalid_quantity'
  | 'quantity_above_item'
  | 'invalid_reference'
  | 'nothing_left'
  | 'too_many_digits'
  | 'too_many_offers';

export interface Drop {
  /** The proposal's id where it has a usable one. */
  readonly id: string | null;
  readonly reason: DropReason;
}
