import { parseEvent } from '../../src/lib/output/events/read.js';

/** The events of a file, and the lines that cannot be read, counted from 1. */
export function parseEvents(text: string) {
  const lines = text.split('\n').map((line, index) => ({ line: index + 1, read: parseEvent(line) }));
  return {
    events: lines.flatMap(({ read }) => (read.kind === 'event' ? [read.event] : [])),
    errors: lines.flatMap(({ line, read }) => (read.kind === 'mistake' ? [{ line, what: read.what }] : [])),
  };
}
