import { NormalizedSchema } from '@smithy/core/schema';
import type { SchemaRef } from '@smithy/types';

/** Deeper than any shape of the services, in case one should hold itself. */
const mostLevels = 14;

/** A value of a shape with every member filled, and no two texts or numbers alike. */
export function fullValue(schema: SchemaRef): object {
  let count = 0;
  const value = fill(NormalizedSchema.of(schema), () => ++count, 0);
  return typeof value === 'object' && value !== null ? value : {};
}

function fill(shape: NormalizedSchema, next: () => number, level: number): unknown {
  if (level > mostLevels) return undefined;
  const inside = (member: NormalizedSchema) => fill(member, next, level + 1);
  if (shape.isStructSchema()) {
    const members = [...shape.structIterator()].map(([name, member]) => [name, inside(member)]);
    return Object.fromEntries(members);
  }
  if (shape.isListSchema()) return [inside(shape.getValueSchema()), inside(shape.getValueSchema())];
  if (shape.isMapSchema()) return { [`key-${next()}`]: inside(shape.getValueSchema()) };
  return simple(shape, next());
}

function simple(shape: NormalizedSchema, count: number): unknown {
  if (shape.isBooleanSchema()) return count % 2 === 0;
  if (shape.isNumericSchema()) return count;
  if (shape.isTimestampSchema()) return new Date(Date.UTC(2026, 0, 1, 0, 0, count));
  if (shape.isBlobSchema()) return new Uint8Array([count % 256, 0, 255]);
  return `<text> & "${count}" é`;
}
