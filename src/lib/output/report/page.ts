import type { Outcome } from '../../model/events.js';
import type { EventDocument } from '../events/schema.js';
import { counted, dateAndTime, enumerated, spanOf } from '../text/format.js';
import { fewOfWarnings } from '../text/notices.js';
import { Html, html } from './html.js';
import { type Image, type Story, storyOf, type WriteStory } from './roll-report.js';
import { type EventFile, readRecord, runsIn, runsOfRoll } from './runs.js';
import { STYLES } from './styles.js';
import { eventTable, stateTables } from './tables.js';
import { timeline } from './timeline.js';
import { marginOf } from './voter-chart.js';

/** A roll as a page, and the story it tells. */
export interface Report {
  readonly story: Story;
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
export function reportOf(
  files: readonly EventFile[],
  documents: readonly EventDocument[],
  rollId: string | undefined,
): Report {
  const record = readRecord(files);
  const runs = runsIn([...record.documents, ...documents]);
  const rollIds = [...new Set(runs.flatMap((run) => run.rollId ?? []))];
  const chosen = runsOfRoll(runs, rollId);
  if (chosen.length === 0) throw new NoSuchRoll(rollIds);
  const story = storyOf(chosen, record.flaws);
  return { story, page: reportPage(story), rollIds };
}

/** The record holds no such roll, or none at all. */
export class NoSuchRoll extends Error {
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
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** A whole roll as one HTML document that needs nothing but itself. */
export function reportPage(story: Story): string {
  const title = `${story.cluster}: ${outcomeWord(story).toLowerCase()}`;
  return `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title} · consul-roll${story.rollId !== undefined && ` ${story.rollId}`}</title>
<style>${new Html(STYLES)}</style></head>
<body><header><p class="kicker">consul-roll ${story.rollId !== undefined && html`<span class="id">roll ${story.rollId}</span>`}</p>
<h1>${story.cluster}</h1>
<p class="images"><span class="id">${imageWords(story.from, 'the old image')}</span> <span aria-hidden="true">→</span><span class="sr"> onto </span> <span class="id">${imageWords(story.to, 'a new image')}</span></p></header>
<main>${outcomeSection(story)}
${story.runs.length > 0 && timeline(story)}
${story.servers.length > 0 && stateTables(story)}
${eventTable(story)}</main>
<footer><p>Made by consul-roll from the events of the roll. Times are UTC, or since the start of the roll. A state lasts from the look that saw it until the look that saw another.</p></footer></body></html>`
      .text
  }\n`;
}

type Tone = 'good' | 'busy' | 'bad';

interface Sign {
  readonly sign: string;
  readonly tone: Tone;
  readonly word: string;
}

const SIGNS: Readonly<Record<Outcome | 'error', Sign>> = {
  rolled: { sign: '✓', tone: 'good', word: 'Rolled' },
  'nothing-to-do': { sign: '✓', tone: 'good', word: 'Nothing to do' },
  'rolled-back': { sign: '↩', tone: 'busy', word: 'Rolled back' },
  interrupted: { sign: '‖', tone: 'busy', word: 'Interrupted' },
  stopped: { sign: '‖', tone: 'busy', word: 'Stopped part-way' },
  refused: { sign: '✕', tone: 'bad', word: 'Refused' },
  locked: { sign: '✕', tone: 'bad', word: 'Locked' },
  'quorum-at-risk': { sign: '!', tone: 'bad', word: 'Quorum at risk' },
  error: { sign: '✕', tone: 'bad', word: 'Ended in an error' },
};
const NO_END: Sign = { sign: '?', tone: 'busy', word: 'No end recorded' };

function signOf({ ending }: Story): Sign {
  return ending === undefined ? NO_END : SIGNS[ending.outcome];
}

/** The word for how a roll ended. */
export function outcomeWord(story: Story): string {
  return signOf(story).word;
}

/** How it ended, before everything else: one sentence, what to do next, and what it cost. */
export function outcomeSection(story: Story): Html {
  const { ending } = story;
  const { sign, tone, word } = signOf(story);
  const happened =
    ending?.happened ?? 'The record stops before the roll ended: its process was killed, or still runs.';
  const next = ending?.next ?? [`consul-roll status --cluster ${story.cluster}`];
  return html`<section class="outcome ${tone}" aria-labelledby="outcome"><h2 id="outcome"><span class="badge"><span aria-hidden="true">${sign} </span>${word}</span></h2>
<p class="happened">${marked(happened)}</p>
${fewOfWarnings(story.warnings).map((warning) => html`<p class="flaw"><b>Warning</b> ${marked(warning)}</p>`)}
${story.flaws.map((flaw) => html`<p class="flaw"><b>Note</b> ${flaw}</p>`)}
<h3>Next</h3><ul class="next">${next.map((line) => html`<li>${sentence(line)}</li>`)}</ul></section>
<section aria-labelledby="facts"><h2 id="facts">Before and after</h2>${factList(story)}</section>`;
}

/** The cluster before and after, what it cost, and when. */
export function factList(story: Story): Html {
  const { ending, runs, writes } = story;
  const [first, last] = [runs[0], runs.at(-1)];
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Before', before(story)],
    ['Onto', imageWords(story.to, 'an image that is not recorded')],
    ['After', after(story)],
    ['Took', cost(story)],
    ['Quorum', marginOf(story)],
    ['Writes', writes && writeWords(writes)],
    ['Snapshot', ending?.snapshot],
    ['Started', first && dateAndTime(first.fromMs)],
    ['Ended', ending && last && dateAndTime(last.toMs)],
    ['Exit code', ending && String(ending.exitCode)],
  ];
  return html`<dl>${rows.flatMap(([name, text]) =>
    text === undefined ? [] : [html`<div><dt>${name}</dt><dd>${marked(text)}</dd></div>`],
  )}</dl>`;
}

function before({ size, from, consul }: Story): string {
  const servers = size === undefined ? '' : `${counted(size, 'server')} on `;
  const versions = consul.length === 0 ? '' : `, Consul ${enumerated(consul)}`;
  return `${servers}${imageWords(from, 'an image that is not recorded')}${versions}`;
}

/** What the end said the cluster is; where nobody said, what the last look saw. */
function after({ ending, voters, leaders }: Story): string | undefined {
  if (ending !== undefined) return ending.now;
  const [budget, leader] = [voters.at(-1)?.budget, leaders.at(-1)?.instanceId];
  if (voters.length === 0) return undefined;
  if (budget === undefined) return 'at the last look, no leader that all agreed on';
  const { healthy, quorum } = budget;
  const all = counted(budget.voters, 'voter');
  const known =
    healthy === undefined ? `${all}, not known yet who was healthy` : `${healthy} of ${all} healthy`;
  return `at the last look, ${known}, quorum ${quorum}, leader ${leader ?? 'not known'}`;
}

function cost({ runs, leaderChanges }: Story): string {
  const watchedMs = runs.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const inRuns = runs.length > 1 ? ` in ${runs.length} runs` : '';
  return `${spanOf(watchedMs)}${inRuns}, ${counted(leaderChanges, 'leader change')}`;
}

function writeWords({ acknowledged, failed, lost, longestGap }: WriteStory): string {
  const gap = spanOf(longestGap.toMs - longestGap.fromMs);
  return `${counted(acknowledged, 'write')} acknowledged, ${failed} failed, ${lost} lost; the longest gap ${gap}`;
}

const COMMAND = /(consul-roll [a-z-]+(?: --?[a-z-]+(?: [^\s,;]+)?)*)/;
/** Ids of AWS, which no line should break. */
const ID = /\b((?:i|ami|lt|subnet)-[0-9a-f]{8,17})\b/;

/** A sentence with the commands in it told apart, the ids kept whole, and its first letter in upper case. */
export function sentence(text: string): readonly Html[] {
  return text.split(COMMAND).flatMap((part, index) => {
    if (index % 2 === 1) return [html`<code>${unbroken(part)}</code>`];
    return marked(index === 0 ? part.charAt(0).toUpperCase() + part.slice(1) : part);
  });
}

/** A text with the ids in it kept whole. */
export function marked(text: string): readonly Html[] {
  return text.split(ID).map((part, index) => (index % 2 === 1 ? id(part) : html`${part}`));
}

/** An id, in letters that are easy to compare. */
export function id(text: string | undefined): Html {
  return html`<span class="id">${text}</span>`;
}

/** Words that a line may end between, and not within: `--cluster` has two places where it otherwise would. */
function unbroken(command: string): readonly Html[] {
  return command.split(' ').map((word, index) => html`${index > 0 && ' '}<span class="word">${word}</span>`);
}

/** An image by its id and its name, as far as they are known. */
export function imageWords({ id, name }: Image, unknown: string): string {
  return id === undefined ? unknown : [id, name && `(${name})`].filter(Boolean).join(' ');
}
