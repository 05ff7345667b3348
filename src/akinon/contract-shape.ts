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
  /** Of an object. */
  readonly fields?: ReadonlyMap<string, Shape>;
  /** Of a list. */
  readonly element?: Shape;
}

/** A valibot schema as far as its own structure goes. */
interface SchemaNode extends Partial<Documented> {
  readonly type: string;
  readonly wrapped?: SchemaNode;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly item?: SchemaNode;
  /** Of what is taken as an object or as a list of objects. */
  readonly inside?: SchemaNode;
}

export function toShape(schema: v.GenericSchema): Shape {
  return shapeAt(schema as unknown as SchemaNode, '', undefined);
}

function shapeAt(schema: SchemaNode, path: string, outer: readonly JsonType[] | undefined): Shape {
  const types = schema.documented ?? outer;
  if (schema.wrapped !== undefined) return shapeAt(schema.wrapped, path, types);
  const own = { path, types: new Set(types ?? [schema.type as JsonType]) };
  if (schema.item !== undefined) return { ...own, element: shapeAt(schema.item, `${path}[]`, undefined) };
  if (schema.inside !== undefined) {
    const fields = fieldsOf(schema.inside, path);
    // Whether it stands in a list says its own type.
    return { ...own, fields, element: { path, types: new Set<JsonType>(['object']), fields } };
  }
  return schema.entries === undefined ? own : { ...own, fields: fieldsOf(schema, path) };
}

function fieldsOf({ entries = {} }: SchemaNode, path: string): Map<string, Shape> {
  const at = (name: string) => (path === '' ? name : `${path}.${name}`);
  return new Map(Object.entries(entries).map(([name, part]) => [name, shapeAt(part, at(name), undefined)]));
}
