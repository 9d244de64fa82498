import { compareTexts } from '../model/similar.js';
import { TAG_PREFIX } from '../model/tags.js';

/** Every field of a request, so that a field that the SDK adds later does not compile until it is decided. */
export type EveryField<Input> = { readonly [Name in keyof Required<Input>]: Input[Name] };

function isEmptyValue(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

/**
 * The fields without empty ones: undefined, empty text, empty lists. AWS describes what was never set as empty text or
 * an empty list, and refuses those as input.
 */
export function removeEmptyFields<Fields extends object>(fields: Fields): Fields {
  const copy = { ...fields };
  for (const [key, value] of Object.entries(copy)) {
    if (isEmptyValue(value)) Reflect.deleteProperty(copy, key);
  }
  return copy;
}

/** Tags by key, without those of AWS and consul-roll. */
export function withoutReservedTags(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Record<string, string> {
  const own = tags.filter(({ Key = '' }) => !Key.startsWith('aws:') && !Key.startsWith(TAG_PREFIX));
  const sorted = own.map(({ Key = '', Value = '' }) => [Key, Value] as const);
  return Object.fromEntries(sorted.sort(([one], [other]) => compareTexts(one, other)));
}
