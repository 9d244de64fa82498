import type { DocumentOf, EventDocument, ServerDocument } from '../events/schema.js';
import { capitalized, counted, onOneLine, spanOf } from '../text/format.js';

/** The most of what went wrong on the way that a summary shows. */
const MOST_TROUBLES = 20;

/**
 * A run as a page of GitHub's Markdown.
 *
 * @param documents of the run, in order; looks may be left out
 */
export function summaryOf(documents: readonly EventDocument[], ended: DocumentOf<'ended'>): string {
  const started = documents.find((document) => document.kind === 'started');
  const parts = [
    `## consul-roll ${ended.cluster}: ${ended.outcome}`,
    cell(ended.text),
    table(['', ''], factsOf(started, ended)),
    ...section('Phases', ['phase', 'began, UTC', 'took'], phasesIn(documents, ended)),
    ...section(
      'Servers',
      ['server', 'address', 'zone', 'side', 'Consul', 'state', ''],
      ended.servers.map(serverRow),
    ),
    ...section('On the way', ['when, UTC', 'phase', 'what'], troublesIn(documents)),
  ];
  return `${parts.join('\n\n')}\n`;
}

function factsOf(started: DocumentOf<'started'> | undefined, ended: DocumentOf<'ended'>): string[][] {
  const { writes } = ended;
  const route = started && `${imageName(started.from)} to ${imageName(started.to)}`;
  const facts: (readonly [string, string | undefined])[] = [
    ['Image', route ?? (ended.image === null ? undefined : code(ended.image))],
    ['Roll', ended.rollId === null ? undefined : code(ended.rollId)],
    ['Cluster', cell(ended.now)],
    ['Took', started && `${spanOf(ended.elapsedMs)}, ${counted(ended.leaderChanges, 'leader change')}`],
    ['Writes', writes === null ? undefined : writesLine(writes)],
    ['Snapshot', ended.snapshot === null ? undefined : code(ended.snapshot.path)],
    ['Exit code', String(ended.exitCode)],
    ['Next', ended.next.map(cell).join('<br>')],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

function imageName({ image, name }: { readonly image: string | null; readonly name: string | null }): string {
  const id = image === null ? 'an unknown image' : code(image);
  return name === null ? id : `${id} (${cell(name)})`;
}

function writesLine(writes: NonNullable<DocumentOf<'ended'>['writes']>): string {
  const { acknowledged, failed, lost, longestGapMs } = writes;
  return `${acknowledged} acknowledged, ${failed} failed, ${lost} lost; the longest gap ${spanOf(longestGapMs)}`;
}

/** Every time a phase was entered, and for how long; the preflight is the time before the first. */
function phasesIn(documents: readonly EventDocument[], ended: DocumentOf<'ended'>): string[][] {
  const [first] = documents;
  if (first === undefined) return [];
  const entries = [first, ...documents.filter(({ kind }) => kind === 'phase')];
  if (entries.length === 1) return [];
  return entries.map(({ phase, at }, index) => {
    const until = Date.parse(entries[index + 1]?.at ?? ended.at);
    return [capitalized(phase), timeIn(at), spanOf(until - Date.parse(at))];
  });
}

function serverRow(server: ServerDocument): string[] {
  return [
    code(server.instanceId),
    cell(server.address ?? ''),
    cell(server.zone),
    server.side,
    cell(server.consul ?? ''),
    server.state,
    server.leader ? 'leader' : '',
  ];
}

function troublesIn(documents: readonly EventDocument[]): string[][] {
  const kinds: readonly string[] = [
    'step-failed',
    'step-refused',
    'look-failed',
    'lock-held',
    'pause-requested',
    'stop-requested',
    'warning',
  ];
  const found = documents.filter(
    (one) => kinds.includes(one.kind) || (one.kind === 'hook' && one.state === 'failed'),
  );
  const rows = found.slice(0, MOST_TROUBLES).map(({ at, phase, text }) => [timeIn(at), phase, cell(text)]);
  const rest = found.length - rows.length;
  return rest > 0 ? [...rows, ['', '', `and ${rest} more, in the log`]] : rows;
}

function section(title: string, heads: readonly string[], rows: readonly string[][]): string[] {
  return rows.length === 0 ? [] : [`### ${title}`, table(heads, rows)];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

function timeIn(at: string): string {
  return at.slice(0, 19).replace('T', ' ');
}

/** Text that is neither Markdown nor HTML, nor leaves its cell. */
function cell(text: string): string {
  return onOneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_{}[\]|~#]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function code(text: string): string {
  return `<code>${cell(text)}</code>`;
}
