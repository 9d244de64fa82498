/**
 * The same fields, but for those that say nothing: undefined, empty text and empty lists. AWS describes what was
 * never set as empty text or an empty list, and refuses it as input.
 */
export function withoutEmpty<Fields extends object>(fields: Fields): Fields {
  const copy = { ...fields };
  for (const [key, value] of Object.entries(copy)) {
    if (saysNothing(value)) Reflect.deleteProperty(copy, key);
  }
  return copy;
}

function saysNothing(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}
