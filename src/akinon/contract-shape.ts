/**
 * The documented shape of a request, taken from the schema that validates it: field names and JSON types, without our
 * tolerance. Walked with every request, so it is a tree of plain objects in which each place knows its own path.
 */
import type * as v from 'valibot';
import type { Documented, JsonType } from './schema-parts.ts';

export interface Shape {
  /** `basket.basketItems[].unitPrice` */
  readonly path: string;
  /** JSON types that the contract names; none = it does not name this field. */
  readonly types: ReadonlySet<JsonType>;
  readonly fields?: ReadonlyMap<string, Shape>;
  readonly element?: Shape;
}

/** A valibot schema as far as its own structure goes. */
interface SchemaNode extends Partial<Documented> {
  readonly type: string;
  readonly wrapped?: SchemaNode;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly item?: SchemaNode;
}

export function toShape(schema: v.GenericSchema): Shape {
  return shapeAt(schema as unknown as SchemaNode, '', undefined);
}

function shapeAt(schema: SchemaNode, path: string, outer: readonly JsonType[] | undefined): Shape {
  const types = schema.documented ?? outer;
  if (schema.wrapped !== undefined) return shapeAt(schema.wrapped, path, types);
  const own = new Set(types ?? [schema.type as JsonType]);
  if (schema.entries !== undefined) {
    const at = (name: string) => (path === '' ? name : `${path}.${name}`);
    const fields = Object.entries(schema.entries).map(
      ([name, part]) => [name, shapeAt(part, at(name), undefined)] as const,
    );
    return { path, types: own, fields: new Map(fields) };
  }
  if (schema.item !== undefined) return { path, types: own, element: shapeAt(schema.item, `${path}[]`, undefined) };
  return { path, types: own };
}
