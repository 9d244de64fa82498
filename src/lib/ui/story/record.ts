import { parseEvent } from '../events/read.js';
import type { EventDocument } from '../events/schema.js';
import { counted } from '../text.js';

/** A file of events as it was read. */
export interface EventFile {
  /** For sentences: its path. */
  readonly name: string;
  readonly text: string;
}

/** What a record holds. */
export interface Record {
  /** As they were written, file by file. */
  readonly documents: readonly EventDocument[];
  /** What of it could not be used, a sentence each. */
  readonly flaws: readonly string[];
}

/** How every event begins, so that one can be found behind the rest of a line that a killed process left. */
const BEGINNING = '{"schema":"consul-roll/event/';

/**
 * Reads files of events, one a line. What is no event is left out and told of: a process may be killed in the middle
 * of a line, and the next one appends to that.
 */
export function readRecord(files: readonly EventFile[]): Record {
  const read = files.map(readFile);
  return {
    documents: read.flatMap(({ documents }) => documents),
    flaws: read.flatMap(({ flaws }) => flaws),
  };
}

function readFile({ name, text }: EventFile): Record {
  const lines = text.split('\n').map((line, index) => ({ number: index + 1, ...readLine(line) }));
  const broken = lines.filter(({ whole }) => !whole);
  return {
    documents: lines.flatMap(({ event }) => event ?? []),
    flaws: flawsOf(
      name,
      broken.map(({ number }) => number),
      text.endsWith('\n') ? undefined : lines.length,
    ),
  };
}

interface Line {
  readonly event: EventDocument | undefined;
  /** Nothing of it was left out. */
  readonly whole: boolean;
}

function readLine(line: string): Line {
  const read = parseEvent(line);
  if (read.kind !== 'mistake') return { event: read.kind === 'event' ? read.event : undefined, whole: true };
  const last = line.lastIndexOf(BEGINNING);
  const rest = last > 0 ? parseEvent(line.slice(last)) : read;
  return { event: rest.kind === 'event' ? rest.event : undefined, whole: false };
}

/** @param unended the number of a last line that no newline ends */
function flawsOf(name: string, broken: readonly number[], unended: number | undefined): string[] {
  const [first, ...others] = broken.filter((number) => number !== unended);
  const more = others.length === 0 ? '' : `, nor can ${counted(others.length, 'other line')}`;
  return [
    ...(first === undefined ? [] : [`Line ${first} of ${name} cannot be read as an event${more}.`]),
    ...(broken.some((number) => number === unended)
      ? [`The last line of ${name} is cut off: the process that wrote it was killed.`]
      : []),
  ];
}
