import { SCHEMA_IDS } from '../json/build-parts.js';
import { EVENT_SCHEMA, type EventDocument, eventSchema } from './schema.js';
import { upgradeEvent } from './upgrade.js';

/** `other` is an empty line, a result document, or a kind of event that a later version writes. */
type ParsedLine =
  | { readonly kind: 'event'; readonly event: EventDocument }
  | { readonly kind: 'other' }
  | { readonly kind: 'mistake'; readonly what: string };

const EARLIER_SCHEMAS: readonly unknown[] = ['consul-roll/event/1', 'consul-roll/event/2'];
/** Documents that follow the events on standard output, of any version. */
const RESULT_SCHEMA = new RegExp(
  `^(${[SCHEMA_IDS.result, SCHEMA_IDS.demo, SCHEMA_IDS.error].map((id) => id.replace(/\d+$/, '')).join('|')})\\d+$`,
);
const EVENT_KINDS = new Set(eventSchema.options.map((option) => option.shape.kind.value as string));

/** Reads one line of an events file, of this version or an earlier one. */
export function parseEvent(line: string): ParsedLine {
  if (line.trim() === '') return { kind: 'other' };
  const parsed = parseJsonLine(line);
  if (parsed === undefined) return { kind: 'mistake', what: 'is not a JSON document' };
  if (typeof parsed.schema === 'string' && RESULT_SCHEMA.test(parsed.schema)) return { kind: 'other' };
  const value = EARLIER_SCHEMAS.includes(parsed.schema) ? upgradeEvent({ ...parsed }, EVENT_SCHEMA) : parsed;
  if (value.schema !== EVENT_SCHEMA) return { kind: 'mistake', what: `is not a document of ${EVENT_SCHEMA}` };
  if (typeof value.kind === 'string' && !EVENT_KINDS.has(value.kind)) return { kind: 'other' };
  const result = eventSchema.safeParse(value);
  if (result.success) return { kind: 'event', event: result.data };
  const [issue] = result.error.issues;
  return {
    kind: 'mistake',
    what: `has a wrong ${issue?.path.join('.') || 'value'}: ${issue?.message ?? 'not as it is written'}`,
  };
}

function parseJsonLine(line: string): { readonly schema?: unknown; readonly kind?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
