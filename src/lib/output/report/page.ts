import { formatFlag } from '../../model/errors.js';
import type { Outcome } from '../../model/outcome.js';
import type { DocumentOf, EventDocument } from '../events/schema.js';
import { describeWrites } from '../text/demo.js';
import { describeConsoleSize } from '../text/failures.js';
import { formatCount, formatDateTime, formatDuration, formatList } from '../text/format.js';
import { limitWarnings } from '../text/notices.js';
import { describePlace, formatAge } from '../text/roll-context.js';
import { Html, html, markUp, markUpSentence } from './html.js';
import type { RollReport } from './model.js';
import { buildRollReport } from './roll-report.js';
import { type EventFile, type EventRecord, filterRunsOfRoll, parseEventFiles, splitRuns } from './runs.js';
import { REPORT_CSS } from './styles.js';
import { renderEventTable, renderStateTables, renderTimeSpent } from './tables.js';
import { renderTimeline } from './timeline.js';
import { describeMarginOverTime } from './voter-chart.js';

/** The page, and the report it shows. */
export interface RenderedReport {
  readonly report: RollReport;
  readonly page: string;
}

/**
 * Builds the report of one roll from files of events and from further events.
 *
 * @param rollId undefined for the last roll
 * @throws RollNotFoundError
 */
export function buildRenderedReport(
  files: readonly EventFile[],
  documents: readonly EventDocument[],
  rollId: string | undefined,
): RenderedReport {
  const record = parseEventFiles(files);
  return renderRecord({ ...record, documents: [...record.documents, ...documents] }, rollId);
}

/**
 * The same from a record that is read already.
 *
 * @throws RollNotFoundError
 */
export function renderRecord({ documents, problems }: EventRecord, rollId: string | undefined): RenderedReport {
  const runs = splitRuns(documents);
  const chosen = filterRunsOfRoll(runs, rollId);
  if (chosen.length === 0) throw new RollNotFoundError([...new Set(runs.flatMap((run) => run.rollId ?? []))]);
  const report = buildRollReport(chosen, problems);
  return { report, page: renderReportPage(report) };
}

/** The record has no roll with this id, or no roll at all. */
export class RollNotFoundError extends Error {
  constructor(rollIds: readonly string[]) {
    super(rollIds.length === 0 ? 'it contains no events' : `it does not contain that roll, only ${rollIds.join(', ')}`);
    this.name = 'NoSuchRoll';
  }
}

/** The page may load nothing and run nothing. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** In the first bytes of every report: a file without it is not overwritten. */
export const REPORT_MARK = '<meta name="generator" content="consul-roll">';

/** One HTML document that needs no other file. */
function renderReportPage(report: RollReport): string {
  const { started } = report;
  const title = `${report.cluster}: ${getBadge(report).word.toLowerCase()}`;
  return `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8">${new Html(REPORT_MARK)}
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title} · consul-roll${report.rollId !== undefined && ` ${report.rollId}`}</title>
<style>${new Html(REPORT_CSS)}</style></head>
<body><header><p class="kicker">consul-roll ${report.rollId !== undefined && html`<span class="id">roll ${report.rollId}</span>`}</p>
<h1>${report.cluster}</h1>
<p class="images"><span class="id">${formatImageName(started?.from, 'the old image')}</span> <span aria-hidden="true">→</span><span class="sr"> onto </span> <span class="id">${formatImageName(started?.to, 'a new image')}</span></p></header>
<main>${renderOutcome(report)}
${report.runs.length > 0 && renderTimeline(report)}
${report.time.length > 0 && renderTimeSpent(report)}
${report.servers.length > 0 && renderStateTables(report)}
${renderEventTable(report)}</main>
<footer><p>Made by consul-roll from the events of the roll. Times are UTC, or since the start of the roll. A state lasts from the observation that showed it until the next that shows another.</p></footer></body></html>`
      .text
  }\n`;
}

type BadgeStyle = 'good' | 'busy' | 'bad';

interface OutcomeBadge {
  readonly sign: string;
  readonly style: BadgeStyle;
  readonly word: string;
}

const OUTCOME_BADGES: Readonly<Record<Outcome | 'error', OutcomeBadge>> = {
  rolled: { sign: '✓', style: 'good', word: 'Rolled' },
  'nothing-to-do': { sign: '✓', style: 'good', word: 'Nothing to do' },
  'rolled-back': { sign: '↩', style: 'busy', word: 'Rolled back' },
  interrupted: { sign: '‖', style: 'busy', word: 'Interrupted' },
  stopped: { sign: '‖', style: 'busy', word: 'Stopped during the roll' },
  refused: { sign: '✕', style: 'bad', word: 'Refused' },
  locked: { sign: '✕', style: 'bad', word: 'Locked' },
  'quorum-at-risk': { sign: '!', style: 'bad', word: 'Quorum at risk' },
  error: { sign: '✕', style: 'bad', word: 'Ended in an error' },
};
const NO_END_BADGE: OutcomeBadge = { sign: '?', style: 'busy', word: 'No end recorded' };

function getBadge({ end }: RollReport): OutcomeBadge {
  return end === undefined ? NO_END_BADGE : OUTCOME_BADGES[end.outcome];
}

/** The outcome: one sentence, what to do next, and the facts. */
function renderOutcome(report: RollReport): Html {
  const { end } = report;
  const { sign, style, word } = getBadge(report);
  const happened = end?.text ?? 'The record ends before the roll did: its process was killed, or still runs.';
  const next = end?.next ?? [`consul-roll status ${formatFlag('cluster', report.cluster)}`];
  return html`<section class="outcome ${style}" aria-labelledby="outcome"><h2 id="outcome"><span class="badge"><span aria-hidden="true">${sign} </span>${word}</span></h2>
<p class="happened">${markUp(happened)}</p>
${limitWarnings(report.warnings).map((warning) => html`<p class="flaw"><b>Warning</b> ${markUp(warning)}</p>`)}
${report.problems.map((flaw) => html`<p class="flaw"><b>Note</b> ${flaw}</p>`)}
<h3>Next</h3><ul class="next">${next.map((line) => html`<li>${markUpSentence(line)}</li>`)}</ul></section>
${report.failures.length > 0 && renderFailures(report)}
<section aria-labelledby="facts"><h2 id="facts">Before and after</h2>${renderFacts(report)}</section>`;
}

/** Why servers failed: how far each came, and its console. */
function renderFailures({ failures }: RollReport): Html {
  return html`<section aria-labelledby="failed"><h2 id="failed">${failures.length === 1 ? 'Why the server failed' : 'Why servers failed'}</h2>
${failures.map(
  ({ sentence, console, consoleError }) => html`<p>${markUp(sentence)}</p>
${
  console === null || console.length === 0
    ? html`<p class="flaw"><b>Note</b> ${consoleError === null ? 'Its console is empty.' : `Its console was not read: ${consoleError}`}</p>`
    : html`<details><summary>${describeConsoleSize(console)}</summary><pre>${console.join('\n')}</pre></details>`
}`,
)}</section>`;
}

/** The cluster before and after, duration, quorum, and times. */
function renderFacts(report: RollReport): Html {
  const { end, started, runs, writes } = report;
  const [first, last] = [runs[0], runs.at(-1)];
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Before', formatBefore(report)],
    ['Onto', formatImageWithAge(started, 'to', 'an unrecorded image')],
    [
      'Where',
      started?.where ? describePlace({ ...started.where, alias: started.where.alias ?? undefined }) : undefined,
    ],
    ['Caller', started?.where?.arn],
    ['After', formatAfter(report)],
    ['Took', formatCost(report)],
    ['Quorum', describeMarginOverTime(report)],
    ['Writes', writes ? describeWrites(writes) : undefined],
    ['Snapshot', end && report.snapshot],
    ['Started', first && formatDateTime(first.fromMs)],
    ['Ended', end && last && formatDateTime(last.toMs)],
    ['Exit code', end && String(end.exitCode)],
  ];
  return html`<dl>${rows.flatMap(([name, text]) =>
    text === undefined ? [] : [html`<div><dt>${name}</dt><dd>${markUp(text)}</dd></div>`],
  )}</dl>`;
}

function formatBefore({ started }: RollReport): string {
  const image = formatImageWithAge(started, 'from', 'an unrecorded image');
  if (started === undefined) return image;
  const { consul } = started.from;
  const versions = consul.length === 0 ? '' : `, Consul ${formatList(consul)}`;
  return `${formatCount(started.size, 'server')} on ${image}${versions}`;
}

/** The cluster as the end of the roll describes it, or else as last observed. */
function formatAfter({ end, voters, leaders }: RollReport): string | undefined {
  if (end !== undefined) return end.now;
  const [margin, leader] = [voters.at(-1)?.margin, leaders.at(-1)?.instanceId];
  if (voters.length === 0) return undefined;
  if (margin === undefined) return 'when last observed: no agreed leader';
  const { healthy, quorum } = margin;
  const all = formatCount(margin.voters, 'voter');
  const known = healthy === undefined ? `${all}, health not known yet` : `${healthy} of ${all} healthy`;
  return `when last observed: ${known}, quorum ${quorum}, leader ${leader ?? 'not known'}`;
}

function formatCost({ runs, time, leaderChanges }: RollReport): string {
  const spent = time.length > 0 ? time.filter(({ use }) => use !== 'no-process') : runs;
  const watchedMs = spent.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const inRuns = runs.length > 1 ? ` in ${runs.length} runs` : '';
  return `${formatDuration(watchedMs)}${inRuns}, ${formatCount(leaderChanges, 'leader change')}`;
}

/** The same with its age when the run started, if that is known. */
function formatImageWithAge(started: DocumentOf<'started'> | undefined, side: 'from' | 'to', unknown: string): string {
  const image = formatImageName(started?.[side], unknown);
  const createdAt = started?.[side].createdAt;
  return createdAt ? `${image}, ${formatAge(Date.parse(createdAt), Date.parse(started.at))}` : image;
}

/** `ami-0123 (consul-v2)`, as far as id and name are known. */
function formatImageName(known: DocumentOf<'started'>['from' | 'to'] | undefined, unknown: string): string {
  if (known === undefined || known.image === null) return unknown;
  return known.name === null ? known.image : `${known.image} (${known.name})`;
}
