/** The value without the members that are undefined: what a caller really said. */
export function said<T extends object>(value: T): Partial<T> {
  const copy: Partial<T> = { ...value };
  for (const key in copy) if (copy[key] === undefined) delete copy[key];
  return copy;
}
