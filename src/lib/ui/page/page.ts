import type { Story } from '../story/story.js';
import { eventTable } from './event-table.js';
import { Html, html } from './html.js';
import { imageWords } from './image.js';
import { outcomeSection, outcomeWord } from './outcome.js';
import { stateTables } from './state-tables.js';
import { STYLES } from './styles/styles.js';
import { timeline } from './timeline.js';

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
