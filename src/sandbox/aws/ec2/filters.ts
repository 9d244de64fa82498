import type { Filter } from '@aws-sdk/client-ec2';
import { invalidParameterFault } from '../fault.js';

/** The values of a record that each filter of a Describe call matches. */
export type FilterTable<T> = Readonly<Record<string, (record: T) => readonly (string | undefined)[]>>;

/** The tags of a record, for `tag:KEY` and `tag-key`. */
interface Tagged {
  Tags?: { Key?: string | undefined; Value?: string | undefined }[] | undefined;
}

/**
 * The records that pass every filter; within one filter, any value will do. `*` and `?` stand for anything.
 *
 * @throws AwsFault `InvalidParameterValue` for a filter the call does not know
 */
export function applyFilters<T extends Tagged>(
  records: readonly T[],
  filters: readonly Filter[] | undefined,
  table: FilterTable<T>,
): T[] {
  let left = [...records];
  for (const filter of filters ?? []) {
    const read = reader(filter.Name ?? '', table);
    const patterns = (filter.Values ?? []).map(patternOf);
    left = left.filter((record) => read(record).some((value) => patterns.some((matches) => matches(value ?? ''))));
  }
  return left;
}

function reader<T extends Tagged>(name: string, table: FilterTable<T>): (record: T) => readonly (string | undefined)[] {
  if (name === 'tag-key') return (record) => (record.Tags ?? []).map((tag) => tag.Key);
  if (name.startsWith('tag:')) {
    const key = name.slice('tag:'.length);
    return (record) => (record.Tags ?? []).filter((tag) => tag.Key === key).map((tag) => tag.Value);
  }
  const read = Object.hasOwn(table, name) ? table[name] : undefined;
  if (read === undefined) throw invalidParameterFault(`The filter '${name}' is invalid`);
  return read;
}

/** A backslash takes their meaning from `*` and `?`. */
function patternOf(text: string): (value: string) => boolean {
  if (!/[*?\\]/.test(text)) return (value) => value === text;
  const source = text.replace(/\\(.)|[\\^$.|+()[\]{}*?]/gs, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return literal(escaped);
    return found === '*' ? '.*' : found === '?' ? '.' : literal(found);
  });
  const pattern = new RegExp(`^${source}$`, 's');
  return (value) => pattern.test(value);
}

function literal(text: string): string {
  return text.replace(/[\\^$.|+()[\]{}*?]/, '\\$&');
}
