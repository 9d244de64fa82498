import { type Html, html } from './html.js';
import type { TimeSpan } from './model.js';
import type { TimeScale } from './time-scale.js';

/** The class, label and tooltip of a bar. */
export interface BarStyle {
  readonly className: string;
  readonly label: string;
  readonly title: string;
}

/** A bar as wide as its span. Its label is shown where it fits. */
export function renderBar(span: TimeSpan, scale: TimeScale, { className: look, label, title }: BarStyle): Html {
  return html`<div class="bar ${look}" style="${formatBarPosition(span, scale)}" title="${title}"><span>${label}</span></div>`;
}

/** `left` and `width` in percent. */
export function formatBarPosition({ fromMs, toMs }: TimeSpan, { at }: Pick<TimeScale, 'at'>): string {
  const left = at(fromMs);
  return `left:${left.toFixed(2)}%;width:${Math.max(0, at(toMs) - left).toFixed(2)}%`;
}

/** One row of the timeline: its name, and its bars on the common axis. */
export function renderLane(name: Html, plot: readonly Html[], look = ''): Html {
  return html`<div class="lane ${look}"><div class="name">${name}</div><div class="plot">${plot}</div></div>`;
}
