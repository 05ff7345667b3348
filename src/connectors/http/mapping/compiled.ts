/**
 * A mapping as the Worker has it: the file's settings as they are, its templates compiled. Written by
 * `scripts/mapping/build.ts`, which has validated the file: nothing of it is checked again here.
 */
import type { Json } from '../../../common/json.ts';
import type { Meaning } from '../judge-usage.ts';
import compiled from '../mappings/compiled.json' with { type: 'json' };
import type { Auth } from '../upstream/auth.ts';
import type { Node } from './evaluate.ts';
import type { MoneyForm } from './money.ts';
import type { OffersMeaning } from './schema.ts';

export interface CompiledRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** Below UPSTREAM_URL; what is interpolated is encoded. */
  readonly path: Node;
  /** Come to objects of texts; null values are left out. */
  readonly query?: Node;
  readonly headers?: Node;
  readonly body?: Node;
}

export interface CompiledRule<M extends string> {
  /** Any of them; absent = whatever it is. */
  readonly status?: readonly number[];
  readonly when?: Node;
  readonly means: M;
}

export interface CompiledLookup extends CompiledRequest {
  readonly rules: readonly CompiledRule<Meaning | 'absent'>[];
  readonly outcomes?: Node;
  /** How long the upstream may take until it shows what it has begun. */
  readonly afterSeconds?: number;
}

export interface CompiledMapping {
  readonly name: string;
  readonly auth: Auth;
  readonly identity: {
    /** Calling code of numbers without one: `90`. */
    readonly country?: string;
    readonly emails: 'first' | 'all';
    readonly guests: 'ask' | 'skip';
    /** Name of a secret. */
    readonly hashKey?: string;
  };
  readonly money: MoneyForm;
  readonly tables: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly offers: CompiledRequest & {
    readonly rules: readonly CompiledRule<OffersMeaning>[];
    readonly offers: Node;
  };
  readonly usages: CompiledRequest & {
    readonly repeat: 'key' | 'lookup' | 'none';
    readonly rules: readonly CompiledRule<Meaning>[];
    readonly outcomes?: Node;
    readonly lookup?: CompiledLookup;
  };
}

const MAPPINGS = compiled as unknown as readonly CompiledMapping[];

export function findMapping(name: string): CompiledMapping | undefined {
  return MAPPINGS.find((mapping) => mapping.name === name);
}

export function listMappingNames(): string[] {
  return MAPPINGS.map(({ name }) => name);
}
