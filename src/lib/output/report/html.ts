import { formatDuration } from '../text/format.js';
import type { RollReport, TimeSpan } from './roll-report.js';

/** A piece of HTML: what is in it has been escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type HtmlValue = string | number | undefined | false | Html | readonly Html[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** Control characters, which HTML forbids, and the unseen ones that turn the direction of the text around them. */
const UNPRINTABLE = /(?![\t\n\r])[\p{Cc}\p{Cf}]/gu;

/**
 * HTML with values in it. Every value is escaped, for text and for attributes in double quotes, unless it is HTML
 * itself; `undefined` and `false` are nothing.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const text = strings.map((part, index) => part + toHtmlText(values[index]));
  return new Html(text.join(''));
}

function toHtmlText(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return value.map((piece) => piece.text).join('');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '').replace(UNPRINTABLE, '\ufffd');
}

type WithRuns = Pick<RollReport, 'runs'>;

/** How long after its start, as a person says it: `1 m 22 s`. */
export function formatSinceStart(atMs: number, { runs }: WithRuns): string {
  const sinceMs = atMs - (runs[0]?.fromMs ?? atMs);
  return sinceMs < 1000 ? '0 s' : formatDuration(sinceMs);
}

/** From when to when: `12 s to 1 m 22 s`. */
export function formatTimeRange({ fromMs, toMs }: TimeSpan, story: WithRuns): string {
  return `${formatSinceStart(fromMs, story)} to ${formatSinceStart(toMs, story)}`;
}
