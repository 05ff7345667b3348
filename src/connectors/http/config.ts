/** The `http` connector's settings: where the upstream is, and how we say who we are. No problem shows a value. */
import type { Config, Problem } from '../../config.ts';
import type { Auth } from './upstream/auth.ts';
import { flawOfHeader } from './upstream/request.ts';

/** `value` is null where a setting is missing or wrong; `problems` are those of it that are not known yet. */
export interface Read<T> {
  readonly value: T | null;
  readonly problems: readonly Problem[];
}

const nothing = (...problems: readonly Problem[]) => ({ value: null, problems });

/**
 * Where the upstream is, without a slash at the end.
 * @param settings one that is absent has a problem of its own already; one that is undefined is not set
 */
export function readBaseUrl(settings: Partial<Config>): Read<string> {
  const { UPSTREAM_URL: url } = settings;
  const setting = 'UPSTREAM_URL';
  if (url === undefined) {
    const isUnset = Object.hasOwn(settings, setting);
    return isUnset ? nothing({ setting, message: 'is not set, and CONNECTOR is http' }) : nothing();
  }
  if (url.search !== '' || url.hash !== '') {
    const message = 'must not have a query or a fragment: what is asked for is added to its path';
    return nothing({ setting, message });
  }
  return { value: url.origin + url.pathname.replace(/\/+$/, ''), problems: [] };
}

/** `UPSTREAM_AUTH`, as a mapping says it. Whether the secrets are there is not looked at. */
export function readAuth({ UPSTREAM_AUTH: kind, UPSTREAM_HEADER: header }: Partial<Config>): Read<Auth> {
  if (kind === undefined) return nothing();
  switch (kind) {
    case 'none':
      return { value: { kind }, problems: [] };
    case 'bearer':
      return { value: { kind, token: 'UPSTREAM_TOKEN' }, problems: [] };
    case 'basic':
      return { value: { kind, username: 'UPSTREAM_USERNAME', password: 'UPSTREAM_PASSWORD' }, problems: [] };
    case 'header': {
      const message = header === undefined ? 'is not set, and UPSTREAM_AUTH is header' : flawOfOwnHeader(header);
      const problems = message === null ? [] : [{ setting: 'UPSTREAM_HEADER', message }];
      return { value: { kind: 'headers', headers: { [header ?? '']: 'UPSTREAM_TOKEN' } }, problems };
    }
  }
}

/** Headers that mean something already, to the protocol. */
const TAKEN = /^(?:accept|content-.*|idempotency-key|user-agent)$/i;

function flawOfOwnHeader(name: string): string | null {
  return TAKEN.test(name) ? 'must not be a header that every call has already' : flawOfHeader(name);
}
