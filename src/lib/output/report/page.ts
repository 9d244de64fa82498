import type { Outcome } from '../../model/outcome.js';
import type { EventDocument } from '../events/schema.js';
import { formatCount, formatDateTime, formatDuration, formatList } from '../text/format.js';
import { limitWarnings } from '../text/notices.js';
import { Html, html } from './html.js';
import { buildRollReport, type ReportImage, type RollReport, type WriteOutage } from './roll-report.js';
import { type EventFile, filterRunsOfRoll, parseEventFiles, splitRuns } from './runs.js';
import { REPORT_CSS } from './styles.js';
import { renderEventTable, renderStateTables } from './tables.js';
import { renderTimeline } from './timeline.js';
import { describeMarginOverTime } from './voter-chart.js';

/** A roll as a page, and the story it tells. */
export interface RenderedReport {
  readonly report: RollReport;
  readonly page: string;
  /** Every roll in the record, in the order they began. */
  readonly rollIds: readonly string[];
}

/**
 * The report of one roll, from files of events and from events at hand.
 *
 * @param rollId undefined for the last roll that there is
 * @throws NoSuchRoll
 */
export function buildRenderedReport(
  files: readonly EventFile[],
  documents: readonly EventDocument[],
  rollId: string | undefined,
): RenderedReport {
  const record = parseEventFiles(files);
  const runs = splitRuns([...record.documents, ...documents]);
  const rollIds = [...new Set(runs.flatMap((run) => run.rollId ?? []))];
  const chosen = filterRunsOfRoll(runs, rollId);
  if (chosen.length === 0) throw new RollNotFoundError(rollIds);
  const story = buildRollReport(chosen, record.problems);
  return { report: story, page: renderReportPage(story), rollIds };
}

/** The record holds no such roll, or none at all. */
export class RollNotFoundError extends Error {
  constructor(readonly rollIds: readonly string[]) {
    super(
      rollIds.length === 0
        ? 'there is no event in it'
        : `there is no such roll in it, only ${rollIds.join(', ')}`,
    );
    this.name = 'NoSuchRoll';
  }
}

/** Nothing is loaded and nothing runs: not even a picture or a font may be asked for. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** A whole roll as one HTML document that needs nothing but itself. */
export function renderReportPage(story: RollReport): string {
  const title = `${story.cluster}: ${getOutcomeLabel(story).toLowerCase()}`;
  return `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title} · consul-roll${story.rollId !== undefined && ` ${story.rollId}`}</title>
<style>${new Html(REPORT_CSS)}</style></head>
<body><header><p class="kicker">consul-roll ${story.rollId !== undefined && html`<span class="id">roll ${story.rollId}</span>`}</p>
<h1>${story.cluster}</h1>
<p class="images"><span class="id">${formatImageName(story.from, 'the old image')}</span> <span aria-hidden="true">→</span><span class="sr"> onto </span> <span class="id">${formatImageName(story.to, 'a new image')}</span></p></header>
<main>${renderOutcome(story)}
${story.runs.length > 0 && renderTimeline(story)}
${story.servers.length > 0 && renderStateTables(story)}
${renderEventTable(story)}</main>
<footer><p>Made by consul-roll from the events of the roll. Times are UTC, or since the start of the roll. A state lasts from the look that saw it until the look that saw another.</p></footer></body></html>`
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
  stopped: { sign: '‖', style: 'busy', word: 'Stopped part-way' },
  refused: { sign: '✕', style: 'bad', word: 'Refused' },
  locked: { sign: '✕', style: 'bad', word: 'Locked' },
  'quorum-at-risk': { sign: '!', style: 'bad', word: 'Quorum at risk' },
  error: { sign: '✕', style: 'bad', word: 'Ended in an error' },
};
const NO_END_BADGE: OutcomeBadge = { sign: '?', style: 'busy', word: 'No end recorded' };

function getBadge({ end: ending }: RollReport): OutcomeBadge {
  return ending === undefined ? NO_END_BADGE : OUTCOME_BADGES[ending.outcome];
}

/** The word for how a roll ended. */
export function getOutcomeLabel(story: RollReport): string {
  return getBadge(story).word;
}

/** How it ended, before everything else: one sentence, what to do next, and what it cost. */
export function renderOutcome(story: RollReport): Html {
  const { end: ending } = story;
  const { sign, style: tone, word } = getBadge(story);
  const happened =
    ending?.happened ?? 'The record stops before the roll ended: its process was killed, or still runs.';
  const next = ending?.next ?? [`consul-roll status --cluster ${story.cluster}`];
  return html`<section class="outcome ${tone}" aria-labelledby="outcome"><h2 id="outcome"><span class="badge"><span aria-hidden="true">${sign} </span>${word}</span></h2>
<p class="happened">${markUp(happened)}</p>
${limitWarnings(story.warnings).map((warning) => html`<p class="flaw"><b>Warning</b> ${markUp(warning)}</p>`)}
${story.problems.map((flaw) => html`<p class="flaw"><b>Note</b> ${flaw}</p>`)}
<h3>Next</h3><ul class="next">${next.map((line) => html`<li>${markUpSentence(line)}</li>`)}</ul></section>
<section aria-labelledby="facts"><h2 id="facts">Before and after</h2>${renderFacts(story)}</section>`;
}

/** The cluster before and after, what it cost, and when. */
export function renderFacts(story: RollReport): Html {
  const { end: ending, runs, writes } = story;
  const [first, last] = [runs[0], runs.at(-1)];
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Before', formatBefore(story)],
    ['Onto', formatImageName(story.to, 'an image that is not recorded')],
    ['After', formatAfter(story)],
    ['Took', formatCost(story)],
    ['Quorum', describeMarginOverTime(story)],
    ['Writes', writes && formatWriteOutage(writes)],
    ['Snapshot', ending?.snapshot],
    ['Started', first && formatDateTime(first.fromMs)],
    ['Ended', ending && last && formatDateTime(last.toMs)],
    ['Exit code', ending && String(ending.exitCode)],
  ];
  return html`<dl>${rows.flatMap(([name, text]) =>
    text === undefined ? [] : [html`<div><dt>${name}</dt><dd>${markUp(text)}</dd></div>`],
  )}</dl>`;
}

function formatBefore({ size, from, consul }: RollReport): string {
  const servers = size === undefined ? '' : `${formatCount(size, 'server')} on `;
  const versions = consul.length === 0 ? '' : `, Consul ${formatList(consul)}`;
  return `${servers}${formatImageName(from, 'an image that is not recorded')}${versions}`;
}

/** What the end said the cluster is; where nobody said, what the last look saw. */
function formatAfter({ end: ending, voters, leaders }: RollReport): string | undefined {
  if (ending !== undefined) return ending.now;
  const [margin, leader] = [voters.at(-1)?.budget, leaders.at(-1)?.instanceId];
  if (voters.length === 0) return undefined;
  if (margin === undefined) return 'at the last look, no leader that all agreed on';
  const { healthy, quorum } = margin;
  const all = formatCount(margin.voters, 'voter');
  const known =
    healthy === undefined ? `${all}, not known yet who was healthy` : `${healthy} of ${all} healthy`;
  return `at the last look, ${known}, quorum ${quorum}, leader ${leader ?? 'not known'}`;
}

function formatCost({ runs, leaderChanges }: RollReport): string {
  const watchedMs = runs.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const inRuns = runs.length > 1 ? ` in ${runs.length} runs` : '';
  return `${formatDuration(watchedMs)}${inRuns}, ${formatCount(leaderChanges, 'leader change')}`;
}

function formatWriteOutage({ acknowledged, failed, lost, longestGap }: WriteOutage): string {
  const gap = formatDuration(longestGap.toMs - longestGap.fromMs);
  return `${formatCount(acknowledged, 'write')} acknowledged, ${failed} failed, ${lost} lost; the longest gap ${gap}`;
}

const COMMAND_PATTERN = /(consul-roll [a-z-]+(?: --?[a-z-]+(?: [^\s,;]+)?)*)/;
/** Ids of AWS, which no line should break. */
const ID_PATTERN = /\b((?:i|ami|lt|subnet)-[0-9a-f]{8,17})\b/;

/** A sentence with the commands in it told apart, the ids kept whole, and its first letter in upper case. */
export function markUpSentence(text: string): readonly Html[] {
  return text.split(COMMAND_PATTERN).flatMap((part, index) => {
    if (index % 2 === 1) return [html`<code>${renderCommand(part)}</code>`];
    return markUp(index === 0 ? part.charAt(0).toUpperCase() + part.slice(1) : part);
  });
}

/** A text with the ids in it kept whole. */
export function markUp(text: string): readonly Html[] {
  return text.split(ID_PATTERN).map((part, index) => (index % 2 === 1 ? renderId(part) : html`${part}`));
}

/** An id, in letters that are easy to compare. */
export function renderId(text: string | undefined): Html {
  return html`<span class="id">${text}</span>`;
}

/** Words that a line may end between, and not within: `--cluster` has two places where it otherwise would. */
function renderCommand(command: string): readonly Html[] {
  return command.split(' ').map((word, index) => html`${index > 0 && ' '}<span class="word">${word}</span>`);
}

/** An image by its id and its name, as far as they are known. */
export function formatImageName({ id, name }: ReportImage, unknown: string): string {
  return id === undefined ? unknown : [id, name && `(${name})`].filter(Boolean).join(' ');
}
