import { styleText } from 'node:util';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { limitLength, toOutputLine, toPrintable } from '../../model/printable.js';

/** How a line is shown: `busy` is in progress or a warning, `faint` is of little interest. */
export type Style = 'plain' | 'good' | 'busy' | 'bad' | 'faint';

export interface StyledLine {
  readonly text: string;
  readonly style: Style;
}

export const BLANK_LINE: StyledLine = { text: '', style: 'plain' };

/** Wrapped text after a label, continued under the text. */
export function hangText(label: string, text: string, width: number, style: Style = 'plain'): StyledLine[] {
  const indent = ' '.repeat(label.length);
  const lines = wrapText(text, Math.max(1, width - label.length));
  return lines.map((line, n) => ({ text: `${n === 0 ? label : indent}${line}`.trimEnd(), style }));
}

/** Wrapped text as lines of one style. */
export function styleLines(text: string, width: number, style: Style = 'plain'): StyledLine[] {
  return wrapText(text, width).map((line) => ({ text: line, style }));
}

/** The columns that a text takes on a terminal. */
export function getWidth(text: string): number {
  return stringWidth(limitLength(text));
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - getWidth(text)));
}

/** `1 voter`, `5 voters`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`; `nothing` for none. */
export function formatList(names: readonly string[]): string {
  const last = names.at(-1);
  if (last === undefined) return 'nothing';
  return names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** As `formatList`, but only the first of three or more: `i-0a11 and 4 others`. */
export function formatShortList(names: readonly string[]): string {
  const [first, ...others] = names;
  return first === undefined || names.length < 3
    ? formatList(names)
    : `${first} and ${formatCount(others.length, 'other')}`;
}

/** `lifecycle hook drain`. */
export function formatLifecycleHooks(hooks: readonly string[]): string {
  return `lifecycle ${hooks.length === 1 ? 'hook' : 'hooks'} ${formatList(hooks)}`;
}

/** The first letter in upper case, the rest as it is. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Cut to `width` columns, with an ellipsis where text is missing. Plain text only, no control sequences. */
export function truncate(text: string, width: number, ellipsis = '…'): string {
  if (getWidth(text) <= width) return limitLength(text);
  if (width < 1) return '';
  let left = width - getWidth(ellipsis);
  let kept = '';
  // Made here, because it takes 8 ms to load what it knows of languages, and few texts are cut.
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    left -= getWidth(segment);
    if (left < 0) break;
    kept += segment;
  }
  return kept + ellipsis;
}

/** `left` and `right` on one line of `width` columns; the left side is cut where both do not fit. */
export function justify(left: string, right: string, width: number): string {
  if (right === '') return truncate(left, width);
  const columns = Math.max(0, width - getWidth(right) - 1);
  return `${padEnd(truncate(left, columns), columns)} ${right}`;
}

/** A word of a shell, quoted or not, that follows another one in a sentence. */
const VALUE = String.raw`(?:'[^']*'|"[^"]*"|[^\s,;)'"-][^\s,;)]*)`;
/** A command with its flags, inside a sentence; a flag may have several values. */
const COMMAND_WORDS = new RegExp(
  String.raw`\b(?:(?:consul-roll|terraform) [a-z][a-z-]*|aws [a-z][a-z\d-]* [a-z-]+|consul (?:force-leave|leave|(?:kv|snapshot) [a-z]+|operator [a-z]+ [a-z-]+))(?: --?[\w-]+(?:=${VALUE})?(?: ${VALUE})*)*`,
  'g',
);
/** A span of time: `380 ms`, `1 m 22 s`. */
const DURATION_WORDS = /\b\d+ (?:ms|[smh])\b(?: \d+ [smh]\b)?/g;
const NO_BREAK_SPACE = '\u00a0';

/**
 * Lines of at most `width` columns, broken at spaces. A duration, a command and a word longer than a line stay on one
 * line: the terminal wraps them and still copies them whole. A line end in the text, which may be from outside, breaks none.
 */
export function wrapText(text: string, width: number): string[] {
  const kept = keepTogether(keepTogether(toPrintable(text), COMMAND_WORDS), DURATION_WORDS);
  return wrapAnsi(kept, width).replaceAll(NO_BREAK_SPACE, ' ').split('\n');
}

function keepTogether(text: string, what: RegExp): string {
  return text.replace(what, (found) => found.replaceAll(' ', NO_BREAK_SPACE));
}

/** A command over several lines, as a shell takes it: broken at blanks, with a backslash before each break. */
export function wrapCommand(command: string, width: number): string[] {
  if (command.length <= width) return [command];
  const lines = wrapText(command, width - 2);
  return lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line));
}

/** The first letter in lower case, the rest as it is. */
export function uncapitalize(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** A size in decimal units: `1.2 MB`. */
export function formatBytes(bytes: number): string {
  const exponent = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** exponent;
  return `${exponent === 0 ? value : value.toFixed(1)} ${['B', 'kB', 'MB', 'GB'][exponent]}`;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** A duration in at most two units: `380 ms`, `9 s`, `1 m 22 s`, `2 h 5 m`. */
export function formatDuration(elapsedMs: number): string {
  const ms = Math.max(0, Math.round(elapsedMs));
  if (ms < SECOND_MS) return `${ms} ms`;
  const seconds = Math.floor(ms / SECOND_MS);
  if (ms < MINUTE_MS) return `${seconds} s`;
  if (ms < HOUR_MS) return formatTwoUnits(Math.floor(seconds / 60), 'm', seconds % 60, 's');
  return formatTwoUnits(Math.floor(seconds / 3600), 'h', Math.floor((seconds % 3600) / 60), 'm');
}

/** As `formatDuration`, but in whole seconds: for a running clock. */
export function formatWholeDuration(elapsedMs: number): string {
  return elapsedMs < SECOND_MS ? '0 s' : formatDuration(elapsedMs);
}

/** Rounds an estimate up to 5 s, 10 s or 1 m: 40 s, 2 m 10 s, 12 m; in milliseconds. */
export function roundEstimateMs(ms: number): number {
  const grainMs = ms < MINUTE_MS ? 5 * SECOND_MS : ms < 10 * MINUTE_MS ? 10 * SECOND_MS : MINUTE_MS;
  return Math.ceil(ms / grainMs) * grainMs;
}

function formatTwoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** Time of day, UTC: `12:34:56`. */
export function formatTimeOfDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}

/** The date, UTC: `2026-01-02`. */
export function formatDate(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** Date and time, UTC: `2026-01-02 12:34:56 UTC`. */
export function formatDateTime(atMs: number): string {
  return `${formatDate(atMs)} ${formatTimeOfDay(atMs)} UTC`;
}

const ANSI_STYLES: Readonly<Record<Exclude<Style, 'plain'>, Parameters<typeof styleText>[0]>> = {
  good: 'green',
  busy: 'yellow',
  bad: 'red',
  faint: 'dim',
};

/** A line that can be printed, in the colour of its style if `colour` is set. */
export function applyStyle({ text, style }: StyledLine, colour: boolean): string {
  const line = toOutputLine(text);
  return colour && style !== 'plain' ? styleText(ANSI_STYLES[style], line) : line;
}
