/** The upstreams of the four example mappings, by the mapping's name. */
import { aCrm, CRM_TOKEN } from './crm-fake.ts';
import type { HttpFaults } from './fake-server.ts';
import { aPointsService, aPromotionService, aWallet, type MappedUpstream } from './mapped-upstreams.ts';

export const EXAMPLES: Readonly<Record<string, () => MappedUpstream>> = {
  'in-house-crm': () => ({ ...aCrm(), baseUrl: 'https://crm.test/api', secrets: { CRM_TOKEN } }),
  'hash-signed-wallet': aWallet,
  'oauth-promotions': () => {
    const service = aPromotionService();
    return { ...service, faults: withoutAnotherToken(service.faults) };
  },
  'lookup-points': aPointsService,
};

/** A token that is refused is asked for anew: credentials are refused where that is refused, too. */
function withoutAnotherToken(faults: HttpFaults): HttpFaults {
  return {
    ...faults,
    answerNext: (status, ...rest) => {
      faults.answerNext(status, ...rest);
      if (status === 401) faults.answerNext(status, ...rest);
    },
  };
}
