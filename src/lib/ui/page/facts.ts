import type { Story, WriteStory } from '../story/story.js';
import { counted, enumerated } from '../text.js';
import { dateAndTime, spanOf } from '../time.js';
import { type Html, html } from './html.js';
import { imageWords } from './image.js';
import { marginOf } from './margin.js';
import { marked } from './marked.js';

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
