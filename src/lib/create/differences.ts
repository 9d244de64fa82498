import { isDeepStrictEqual } from 'node:util';
import type { Difference } from '../model/creation.js';

/** Scripts: shown to nobody, for they may hold more than they should. */
const HIDDEN: readonly string[] = ['boot', 'userDataFile'];

/** The fields in which what is there is not what is wanted. */
export function differencesOf(is: object, wanted: object): Difference[] {
  const fields = [...new Set([...Object.keys(wanted), ...Object.keys(is)])];
  return fields
    .filter((field) => !isDeepStrictEqual(Reflect.get(is, field), Reflect.get(wanted, field)))
    .map((field) => {
      if (HIDDEN.includes(field)) return { field, is: undefined, wanted: undefined };
      return { field, is: shown(Reflect.get(is, field)), wanted: shown(Reflect.get(wanted, field)) };
    });
}

/** Every field that is set as text, by name; of what is shown to nobody, how much it is. */
export function fieldsAsText(fields: object): Record<string, string> {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    set.map(([field, value]) => [field, HIDDEN.includes(field) ? sized(value) : shown(value)]),
  );
}

function sized(base64: unknown): string {
  return `${Buffer.byteLength(String(base64), 'base64')} bytes, not shown`;
}

function shown(value: unknown): string {
  if (value === undefined) return 'not set';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(shown).join(', ');
  const entries = Object.entries(value);
  return entries.length === 0 ? 'none' : entries.map(([key, inner]) => `${key}=${shown(inner)}`).join(' ');
}
