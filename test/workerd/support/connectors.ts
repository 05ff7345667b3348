/** Connectors for tests of the core: they say what they are told to, and remember what they were asked. */
import type { Connector, OffersAnswer, OffersFailure, OffersQuestion } from '../../../src/connectors/connector.ts';
import type { Deps } from '../../../src/deps.ts';

export interface Scripted {
  readonly connector: Connector;
  readonly asked: OffersQuestion[];
}

type Answer = OffersAnswer | OffersFailure;

/** Answers every question with `answer`, which may also be a function of the question. */
export function aScriptedConnector(
  answer: Answer | ((question: OffersQuestion) => Answer | Promise<Answer>),
  capabilities: Partial<Connector['capabilities']> = {},
): Scripted {
  const asked: OffersQuestion[] = [];
  const connector = {
    name: 'scripted',
    capabilities: {
      repeat: { by: 'none' },
      commit: 'each',
      offersWithoutReference: false,
      readsBasketState: false,
      maxOffers: 50,
      callsPerCommit: 1,
      ...capabilities,
    },
    queryOffers: async (question) => {
      asked.push(question);
      return typeof answer === 'function' ? answer(question) : answer;
    },
    commitUsage: async () => ({ failed: 'later', detail: 'scripted' }),
  } as Connector;
  return { connector, asked };
}

/** Puts a connector in the place of the configured one. */
export function using(connector: Connector): (deps: Deps) => Partial<Deps> {
  return ({ service }) => ({ service: { ...service, connector } as Deps['service'] });
}
