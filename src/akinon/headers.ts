/**
 * What Akinon says in headers: request id, contract version, and where the basket is being filled.
 * @see Akinon Basket Offer Flows v1 and v2, "Request Headers"
 */
import { type AdapterError, accepted, type Checked, refused } from '../common/errors.ts';
import type { RequestId } from '../common/ids.ts';
import { isCleanId } from '../common/text.ts';
import type { Channel } from '../offers/basket.ts';
import type { ContractVersion } from './contract-version.ts';
import { V1 } from './v1/contract.ts';
import { V2 } from './v2/contract.ts';

export interface CallHeaders {
  readonly version: ContractVersion;
  readonly requestId: RequestId;
  readonly channel: Channel;
}

const REQUEST_ID = /^[\x21-\x7e]{1,200}$/;
/** `v2`, `2`, `v1`, `1`, with any minor. */
const VERSION = /^v?([12])(?:\.\d+)*$/i;

/** Every mandatory header that is absent or unusable is one error; an unusable optional one counts as null. */
export function readHeaders(headers: Headers): Checked<CallHeaders> {
  const errors: AdapterError[] = [];
  const requestId = mandatory(headers, 'x-akinon-request-id', errors);
  if (requestId !== null && !REQUEST_ID.test(requestId)) {
    errors.push(invalid('x-akinon-request-id', 'must be 1 to 200 visible ASCII characters'));
  }
  const version = readVersion(headers, errors);
  const device = (version ?? V2).needsDevice ? readDevice(headers, errors) : optional(headers, 'x-app-device');
  const [first, ...rest] = errors;
  if (first !== undefined) return refused(first, ...rest);
  return accepted({
    version: version as ContractVersion,
    requestId: requestId as RequestId,
    channel: {
      device,
      storeId: optional(headers, 'x-store-id'),
      storeRemoteId: optional(headers, 'x-store-remote-id'),
      staffId: optional(headers, 'x-store-staff-id'),
      staffRemoteId: optional(headers, 'x-store-staff-remote-id'),
      staffEmail: optional(headers, 'x-store-staff-email'),
    },
  });
}

function readVersion(headers: Headers, errors: AdapterError[]): ContractVersion | null {
  const value = mandatory(headers, 'x-akinon-api-version', errors);
  if (value === null) return null;
  const major = VERSION.exec(value)?.[1];
  if (major !== undefined) return major === '1' ? V1 : V2;
  const message = 'The header x-akinon-api-version must be v2 or v1.';
  errors.push({ kind: 'unsupported_api_version', field: 'x-akinon-api-version', message });
  return null;
}

function readDevice(headers: Headers, errors: AdapterError[]): string | null {
  const device = mandatory(headers, 'x-app-device', errors);
  if (device !== null && !isCleanId(device)) {
    errors.push(invalid('x-app-device', 'must be 1 to 200 characters without control characters'));
  }
  return device;
}

/** The request id for a log line or a refused request, where it is usable at all. */
export function peekRequestId(headers: Headers): string | null {
  const requestId = headers.get('x-akinon-request-id');
  return requestId !== null && REQUEST_ID.test(requestId) ? requestId : null;
}

function mandatory(headers: Headers, name: string, errors: AdapterError[]): string | null {
  const value = headers.get(name);
  if (value !== null && value !== '') return value;
  errors.push({
    kind: 'missing_header',
    field: name,
    message: `The header ${name} is mandatory and must not be empty.`,
  });
  return null;
}

function optional(headers: Headers, name: string): string | null {
  const value = headers.get(name);
  return isCleanId(value) ? value : null;
}

function invalid(field: string, rule: string): AdapterError {
  return { kind: 'invalid_header', field, message: `The header ${field} ${rule}.` };
}
