/** What one version of the contract is made of: how requests are read, and how offers are written. */
import type { Offer } from '../offers/offer.ts';
import type { RequestSchemas } from './request-schemas.ts';

export interface ContractVersion {
  readonly name: 'v1' | 'v2';
  /** Is `x-app-device` mandatory? (trap 14) */
  readonly needsDevice: boolean;
  readonly schemas: RequestSchemas;
  /** Offers whose decimals have more digits than the version's numbers carry are not shown; absent = text carries any. */
  readonly exactDigits?: number;
  /** @returns the JSON text of the answer */
  readonly writeOffers: (offers: readonly Offer[]) => string;
}
