/** What one version of the contract is made of: how requests are read, and how offers are written. */
import type { Offer } from '../offers/offer.ts';
import { type Shape, toShape } from './contract-shape.ts';
import { createRequestSchemas, type Dialect, type RequestSchemas } from './request-schemas.ts';
import { type OfferDialect, writeOffers } from './write-offers.ts';

export interface ContractVersion {
  readonly name: 'v1' | 'v2';
  /** Is `x-app-device` mandatory? (trap 14) */
  readonly needsDevice: boolean;
  /** Offers whose decimals have more digits than the version's numbers carry are not shown; absent = text carries any. */
  readonly exactDigits?: number;
  readonly schemas: RequestSchemas;
  /** What the document itself says of the bodies, without our tolerance. */
  readonly shapes: Readonly<Record<Route, Shape>>;
  /** @returns the JSON text of the answer */
  readonly writeOffers: (offers: readonly Offer[]) => string;
}

export type Route = '/offers' | '/use-offers';

interface Spelling extends Pick<ContractVersion, 'name' | 'needsDevice' | 'exactDigits'> {
  readonly reading: Dialect;
  readonly writing: OfferDialect;
}

export function createContractVersion({ reading, writing, ...version }: Spelling): ContractVersion {
  const schemas = createRequestSchemas(reading);
  return {
    ...version,
    schemas,
    shapes: { '/offers': toShape(schemas.offersRequest), '/use-offers': toShape(schemas.usageRequest) },
    writeOffers: (offers) => writeOffers(offers, writing),
  };
}
