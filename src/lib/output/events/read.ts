import { SCHEMA_IDS } from '../json/schemas.js';
import { EVENT_SCHEMA } from './documents.js';
import { type EventDocument, eventSchema } from './schema.js';

/** A line of an events file that is no event. Lines count from 1. */
export interface LineError {
  readonly line: number;
  readonly what: string;
}

/** An events file as read. */
export interface ParsedEvents {
  readonly events: readonly EventDocument[];
  readonly errors: readonly LineError[];
}

/** A line as read: an event; nothing of concern (empty, a result document, a kind of event of later days); or a mistake. */
export type ParsedLine =
  | { readonly kind: 'event'; readonly event: EventDocument }
  | { readonly kind: 'other' }
  | { readonly kind: 'mistake'; readonly what: string };

/** What stands after the events on standard output. */
const RESULT_SCHEMAS: readonly unknown[] = [SCHEMA_IDS.result, SCHEMA_IDS.demo, SCHEMA_IDS.error];
const EVENT_KINDS = new Set(eventSchema.options.map((option) => option.shape.kind.value as string));

/** Reads one line of an events file. */
export function parseEvent(line: string): ParsedLine {
  if (line.trim() === '') return { kind: 'other' };
  const value = parseJsonLine(line);
  if (value === undefined) return { kind: 'mistake', what: `is no JSON document: ${line.slice(0, 40)}` };
  if (RESULT_SCHEMAS.includes(value.schema)) return { kind: 'other' };
  if (value.schema !== EVENT_SCHEMA) return { kind: 'mistake', what: `is no document of ${EVENT_SCHEMA}` };
  if (typeof value.kind === 'string' && !EVENT_KINDS.has(value.kind)) return { kind: 'other' };
  const parsed = eventSchema.safeParse(value);
  if (parsed.success) return { kind: 'event', event: parsed.data };
  const [issue] = parsed.error.issues;
  return { kind: 'mistake', what: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}` };
}

/** Reads an events file, line by line. */
export function parseEvents(text: string): ParsedEvents {
  const events: EventDocument[] = [];
  const mistakes: LineError[] = [];
  text.split('\n').forEach((line, index) => {
    const read = parseEvent(line);
    if (read.kind === 'event') events.push(read.event);
    if (read.kind === 'mistake') mistakes.push({ line: index + 1, what: read.what });
  });
  return { events, errors: mistakes };
}

function parseJsonLine(line: string): { readonly schema?: unknown; readonly kind?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A document as one line. */
export function formatNdjson(document: object): string {
  return `${JSON.stringify(document)}\n`;
}
