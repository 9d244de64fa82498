/** The value without the members that are undefined: what a caller really said. */
export function said<T extends object>(value: T): Partial<T> {
  const copy: Partial<T> = {};
  for (const key in value) if (value[key] !== undefined) copy[key] = value[key];
  return copy;
}
