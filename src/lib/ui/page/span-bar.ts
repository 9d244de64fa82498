import type { Scale } from '../story/scale.js';
import type { Span } from '../story/story.js';
import { type Html, html } from './html.js';

/** A stretch of a lane: what it is called, how it looks, and what a pointer that rests on it reads. */
export interface BarLook {
  readonly look: string;
  readonly label: string;
  readonly title: string;
}

/** A bar as wide as its stretch of time. Its label shows where there is room for all of it. */
export function spanBar(span: Span, scale: Scale, { look, label, title }: BarLook): Html {
  return html`<div class="bar ${look}" style="${placeOf(span, scale)}" title="${title}"><span>${label}</span></div>`;
}

/** `left` and `width` in hundredths of the picture. */
export function placeOf({ fromMs, toMs }: Span, { at }: Pick<Scale, 'at'>): string {
  const left = at(fromMs);
  return `left:${left.toFixed(2)}%;width:${Math.max(0, at(toMs) - left).toFixed(2)}%`;
}

/** One row of the picture: its name, and what it shows on the common scale of time. */
export function lane(name: Html, plot: readonly Html[], look = ''): Html {
  return html`<div class="lane ${look}"><div class="name">${name}</div><div class="plot">${plot}</div></div>`;
}
