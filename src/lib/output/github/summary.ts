import { toPrintable } from '../../model/printable.js';
import type { DocumentOf, EventDocument } from '../events/schema.js';
import type { ServerDocument } from '../json/parts.js';
import { capitalize, formatCount, formatDuration } from '../text/format.js';

/** Maximum number of problems in a summary. */
const MAX_PROBLEMS = 20;

/**
 * A run as a page of GitHub's Markdown.
 *
 * @param documents of the run, in order; observations may be left out
 */
export function formatJobSummary(documents: readonly EventDocument[], ended: DocumentOf<'ended'>): string {
  const started = documents.find((document) => document.kind === 'started');
  const parts = [
    `## consul-roll ${escapeCell(ended.cluster)}: ${ended.outcome}`,
    escapeCell(ended.text),
    formatMarkdownTable(['', ''], buildFactRows(started, ended)),
    ...formatSection('Phases', ['phase', 'began, UTC', 'took'], buildPhaseRows(documents, ended)),
    ...formatSection(
      'Servers',
      ['server', 'address', 'zone', 'side', 'Consul', 'state', ''],
      ended.servers.map(buildServerRow),
    ),
    ...formatSection('Problems and interruptions', ['when, UTC', 'phase', 'what'], buildProblemRows(documents)),
  ];
  return `${parts.join('\n\n')}\n`;
}

function buildFactRows(started: DocumentOf<'started'> | undefined, ended: DocumentOf<'ended'>): string[][] {
  const { writes } = ended;
  const route = started && `${formatImage(started.from)} to ${formatImage(started.to)}`;
  const facts: (readonly [string, string | undefined])[] = [
    ['Image', route ?? (ended.image === null ? undefined : formatCode(ended.image))],
    ['Where', started?.where ? formatCode(`${started.where.account}/${started.where.region}`) : undefined],
    ['Roll', ended.rollId === null ? undefined : formatCode(ended.rollId)],
    ['Cluster', escapeCell(ended.now)],
    ['Took', started && `${formatDuration(ended.elapsedMs)}, ${formatCount(ended.leaderChanges, 'leader change')}`],
    ['Writes', writes === null ? undefined : formatWrites(writes)],
    ['Snapshot', ended.snapshot === null ? undefined : formatCode(ended.snapshot.path)],
    ['Exit code', String(ended.exitCode)],
    ['Next', ended.next.map(escapeCell).join('<br>')],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

function formatImage({ image, name }: { readonly image: string | null; readonly name: string | null }): string {
  const id = image === null ? 'an unknown image' : formatCode(image);
  return name === null ? id : `${id} (${escapeCell(name)})`;
}

function formatWrites(writes: NonNullable<DocumentOf<'ended'>['writes']>): string {
  const { acknowledged, failed, lost, longestGapMs } = writes;
  return `${acknowledged} acknowledged, ${failed} failed, ${lost} lost; longest gap ${formatDuration(longestGapMs)}`;
}

/** Every entry into a phase, with its duration; the preflight is the time before the first. */
function buildPhaseRows(documents: readonly EventDocument[], ended: DocumentOf<'ended'>): string[][] {
  const [first] = documents;
  if (first === undefined) return [];
  const entries = [first, ...documents.filter(({ kind }) => kind === 'phase')];
  if (entries.length === 1) return [];
  return entries.map(({ phase, at }, index) => {
    const until = Date.parse(entries[index + 1]?.at ?? ended.at);
    return [capitalize(phase), formatTime(at), formatDuration(until - Date.parse(at))];
  });
}

function buildServerRow(server: ServerDocument): string[] {
  return [
    formatCode(server.instanceId),
    escapeCell(server.address ?? ''),
    escapeCell(server.zone),
    server.side ?? '',
    escapeCell(server.consul ?? ''),
    server.state,
    server.leader ? 'leader' : '',
  ];
}

function buildProblemRows(documents: readonly EventDocument[]): string[][] {
  const kinds: readonly string[] = [
    'step-failed',
    'step-refused',
    'observation-failed',
    'lock-held',
    'pause-requested',
    'stop-requested',
    'warning',
  ];
  const found = documents.filter((one) => kinds.includes(one.kind) || (one.kind === 'hook' && one.state === 'failed'));
  const rows = found.slice(0, MAX_PROBLEMS).map(({ at, phase, text }) => [formatTime(at), phase, escapeCell(text)]);
  const rest = found.length - rows.length;
  return rest > 0 ? [...rows, ['', '', `and ${rest} more, in the log`]] : rows;
}

function formatSection(title: string, heads: readonly string[], rows: readonly string[][]): string[] {
  return rows.length === 0 ? [] : [`### ${title}`, formatMarkdownTable(heads, rows)];
}

function formatMarkdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

function formatTime(at: string): string {
  return at.slice(0, 19).replace('T', ' ');
}

/** Text that is neither Markdown nor HTML, nor leaves its cell. */
function escapeCell(text: string): string {
  return toPrintable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_{}[\]|~#]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function formatCode(text: string): string {
  return `<code>${escapeCell(text)}</code>`;
}
