import { parseEvent } from '../events/read.js';
import type { EventDocument } from '../events/schema.js';
import { formatCount } from '../text/format.js';
import type { RecordedRun } from './model.js';

/** The text of a file of events. */
export interface EventFile {
  /** For sentences: its path. */
  readonly name: string;
  readonly text: string;
}

/** The events of several files. */
export interface EventRecord {
  /** In the order written, file by file. */
  readonly documents: readonly EventDocument[];
  /** What could not be read, a sentence each. */
  readonly problems: readonly string[];
}

/** How every event begins: finds an event behind the half line that a killed process left. */
const EVENT_LINE_START = '{"schema":"consul-roll/event/';

/**
 * Reads files of events, one a line. Skips what is not an event and reports it: a process may be killed in the middle
 * of a line, and the next run appends to that line.
 */
export function parseEventFiles(files: readonly EventFile[]): EventRecord {
  const read = files.map(parseEventFile);
  return { documents: read.flatMap(({ documents }) => documents), problems: read.flatMap(({ problems }) => problems) };
}

function parseEventFile({ name, text }: EventFile): EventRecord {
  const lines = text.split('\n').map((line, index) => ({ number: index + 1, ...parseEventLine(line) }));
  const broken = lines.filter(({ complete }) => !complete);
  return {
    documents: lines.flatMap(({ event }) => event ?? []),
    problems: describeProblems(
      name,
      broken.map(({ number }) => number),
      text.endsWith('\n') ? undefined : lines.length,
    ),
  };
}

interface EventLine {
  readonly event: EventDocument | undefined;
  /** The whole line was read. */
  readonly complete: boolean;
}

function parseEventLine(line: string): EventLine {
  const read = parseEvent(line);
  if (read.kind !== 'mistake') return { event: read.kind === 'event' ? read.event : undefined, complete: true };
  const last = line.lastIndexOf(EVENT_LINE_START);
  const rest = last > 0 ? parseEvent(line.slice(last)) : read;
  return { event: rest.kind === 'event' ? rest.event : undefined, complete: false };
}

/** @param unended the number of a last line that no newline ends */
function describeProblems(name: string, broken: readonly number[], unended: number | undefined): string[] {
  const [first, ...others] = broken.filter((number) => number !== unended);
  const more = others.length === 0 ? '' : `, nor can ${formatCount(others.length, 'other line')}`;
  return [
    ...(first === undefined ? [] : [`Line ${first} of ${name} cannot be read as an event${more}.`]),
    ...(broken.some((number) => number === unended)
      ? [`The last line of ${name} is cut off: the process that wrote it was killed.`]
      : []),
  ];
}

/** The runs in a record, in order of their start; duplicates count once. */
export function splitRuns(documents: readonly EventDocument[]): readonly RecordedRun[] {
  const groups: EventDocument[][] = [];
  for (const document of documents) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    if (last === undefined || before === undefined || document.number <= before.number) groups.push([document]);
    else last.push(document);
  }
  const runs = new Map(groups.map(buildRun).map((run) => [`${run.rollId} ${run.fromMs}`, run]));
  return [...runs.values()].sort((a, b) => a.fromMs - b.fromMs);
}

function buildRun(documents: readonly EventDocument[]): RecordedRun {
  const times = documents.map(({ at }) => Date.parse(at));
  const rollId = documents.find((document) => document.rollId !== null)?.rollId ?? undefined;
  const [first = 0] = times;
  return {
    rollId,
    documents,
    fromMs: times.reduce((least, ms) => Math.min(least, ms), first),
    toMs: times.reduce((most, ms) => Math.max(most, ms), first),
  };
}

/** The runs of one roll: the named one, or the last in the record. */
export function filterRunsOfRoll(runs: readonly RecordedRun[], rollId: string | undefined): readonly RecordedRun[] {
  const wanted = rollId ?? runs.at(-1)?.rollId;
  return wanted === undefined ? runs.slice(-1) : runs.filter((run) => run.rollId === wanted);
}
