/**
 * Values made from the SDK's own runtime schemas, so that a test sees every member of a shape, those included
 * that the SDK adds one day. A schema is a number for a simple type, or an array: kind, namespace, name, traits
 * and, by kind, what it is made of.
 */
export type Schema = unknown;

const STRUCTURE = 3;
const LIST = 1;
const MAP = 2;
/** Simple types by number; 64 and 128 are a list and a map of strings. */
const NUMERIC = 1;
const BOOLEAN = 2;
const TIMESTAMP = 4;
const LIST_OF = 64;
const MAP_OF = 128;

/** Names of the members of a structure, in the SDK's order. */
export function membersOf(schema: Schema): string[] {
  return Object.keys(memberSchemas(schema));
}

/** A value with every member of the schema filled, each text different from every other. */
export function filled(schema: Schema, path = ''): unknown {
  const bare = withoutTraits(schema);
  if (typeof bare === 'number') return simple(bare, path);
  if (!Array.isArray(bare)) return path;
  if (bare[0] === LIST) return [filled(bare[4], `${path}.0`)];
  if (bare[0] === MAP) return { [`${path}.key`]: filled(bare[5], `${path}.value`) };
  if (bare[0] === STRUCTURE) {
    const members = Object.entries(memberSchemas(bare));
    return Object.fromEntries(members.map(([name, member]) => [name, filled(member, `${path}.${name}`)]));
  }
  return simple(Number(bare[4]), path);
}

function simple(type: number, path: string): unknown {
  if (type >= MAP_OF) return { [`${path}.key`]: simple(type - MAP_OF, path) };
  if (type >= LIST_OF) return [simple(type - LIST_OF, `${path}.0`)];
  if (type === NUMERIC) return path.length;
  if (type === BOOLEAN) return true;
  if (type === TIMESTAMP) return new Date(Date.UTC(2026, 0, 2));
  return path;
}

function memberSchemas(schema: Schema): Record<string, Schema> {
  const bare = withoutTraits(schema);
  if (!Array.isArray(bare) || bare[0] !== STRUCTURE) throw new Error('not the schema of a structure');
  const names: string[] = bare[4];
  const schemas: Schema[] = bare[5];
  return Object.fromEntries(names.map((name, index) => [name, schemas[index]]));
}

/** Schemas may be given by a function, and with traits as `[schema, traits]`. */
function withoutTraits(schema: Schema): Schema {
  if (typeof schema === 'function') return withoutTraits(schema());
  if (Array.isArray(schema) && schema.length === 2) return withoutTraits(schema[0]);
  return schema;
}
