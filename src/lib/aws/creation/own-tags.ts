import { TAG_PREFIX } from '../../model/tags.js';

/** Tags by key, without those of AWS and of consul-roll: what a person has set. */
export function ownTags(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Record<string, string> {
  const own = tags.filter(({ Key = '' }) => !Key.startsWith('aws:') && !Key.startsWith(TAG_PREFIX));
  const sorted = own.map(({ Key = '', Value = '' }) => [Key, Value] as const);
  return Object.fromEntries(sorted.sort(([one], [other]) => one.localeCompare(other)));
}
