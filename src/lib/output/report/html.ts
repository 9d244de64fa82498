import { toOutputLine } from '../../model/printable.js';
import { formatDuration } from '../text/format.js';
import type { RollReport, TimeSpan } from './model.js';

/** Escaped HTML. */
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

/**
 * HTML with values in it. Every value is escaped, for text and for attributes in double quotes, unless it is HTML
 * itself; `undefined` and `false` give an empty text.
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
  return toOutputLine(text).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}

type WithRuns = Pick<RollReport, 'runs'>;

/** The time since the start of the roll: `1 m 22 s`. */
export function formatSinceStart(atMs: number, { runs }: WithRuns): string {
  const sinceMs = atMs - (runs[0]?.fromMs ?? atMs);
  return sinceMs < 1000 ? '0 s' : formatDuration(sinceMs);
}

/** `12 s to 1 m 22 s`. */
export function formatTimeRange({ fromMs, toMs }: TimeSpan, report: WithRuns): string {
  return `${formatSinceStart(fromMs, report)} to ${formatSinceStart(toMs, report)}`;
}

const COMMAND_PATTERN = /(consul-roll [a-z-]+(?: --?[a-z-]+(?: [^\s,;]+)?)*)/;
/** Ids of AWS; a line must not break within. */
const ID_PATTERN = /\b((?:i|ami|lt|subnet)-[0-9a-f]{8,17})\b/;

/** A sentence with its commands as code and its ids unbroken, its first letter in upper case. */
export function markUpSentence(text: string): readonly Html[] {
  return text.split(COMMAND_PATTERN).flatMap((part, index) => {
    if (index % 2 === 1) return [html`<code>${renderCommand(part)}</code>`];
    return markUp(index === 0 ? part.charAt(0).toUpperCase() + part.slice(1) : part);
  });
}

/** A text with its ids unbroken. */
export function markUp(text: string): readonly Html[] {
  return text.split(ID_PATTERN).map((part, index) => (index % 2 === 1 ? renderId(part) : html`${part}`));
}

/** An id, in a font that is easy to compare. */
export function renderId(text: string | undefined): Html {
  return html`<span class="id">${text}</span>`;
}

/** A line may break between these words and not within: `--cluster` has two hyphens. */
function renderCommand(command: string): readonly Html[] {
  return command.split(' ').map((word, index) => html`${index > 0 && ' '}<span class="word">${word}</span>`);
}
