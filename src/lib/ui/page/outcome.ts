import type { Outcome } from '../../model/event.js';
import { fewOfWarnings } from '../sentences/warning.js';
import type { Story } from '../story/story.js';
import { factList } from './facts.js';
import { type Html, html } from './html.js';
import { marked, sentence } from './marked.js';

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
