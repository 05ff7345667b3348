/** A server with one fault, and the checks that must go red on it. */
import type { Faults } from '../reference-server.ts';

export interface BrokenServer {
  readonly name: string;
  readonly faults: () => Faults;
  /** Checks that go red, in every version they have. All others of their groups stay green, but for `also`. */
  readonly red: readonly string[];
  /** Where the fault shows in one version only. */
  readonly versions?: readonly ('v1' | 'v2')[];
  /** Checks that may go red as well, because the fault leaves nothing for them. */
  readonly also?: RegExp;
  /** Groups that have to run as well, for what they send. */
  readonly with?: readonly string[];
}
