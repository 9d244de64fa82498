/**
 * Control characters, invisible ones (which reverse the direction of text, among others), line separators, and halves of
 * surrogate pairs: a terminal, a log or a reader may take a text with them for another one.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const UNPRINTABLE_RUNS = new RegExp(`${UNPRINTABLE.source}+`, 'gu');

/** Whether a text from outside can be printed as it is, in one line. */
export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

/** No line of this program is as long; the time to measure and wrap one grows with the square of its length. */
export const MAX_LINE_LENGTH = 4096;

/** At most `maxLength` characters, with an ellipsis where text is missing. */
export function limitLength(text: string, maxLength = MAX_LINE_LENGTH): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

/**
 * A text from outside as one line of limited length: a space in place of what cannot be printed. Every sink of text
 * applies it.
 */
export function toPrintable(text: string): string {
  return replaceUnprintable(limitLength(text));
}

/** The same of any length: for a text that is searched before it is cut. */
export function replaceUnprintable(text: string): string {
  return text.replace(UNPRINTABLE_RUNS, ' ');
}

/**
 * A text from outside as one line of an output. The runner of GitHub Actions takes two colons at the start of a line for a
 * command, and `##[` anywhere in it; what cannot be printed could hide them, so it is replaced first.
 */
export function toOutputLine(text: string): string {
  return toPrintable(text)
    .replace(/^(\s*):(?=:)/, '$1: ')
    .replaceAll('##[', '## [');
}

/**
 * JSON in which every such character is escaped, and the beginning of a workflow command that GitHub finds anywhere in a
 * line (`##[`): the same value to a program, and harmless on a terminal and in a log.
 */
export function stringifyPrintable(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent).replaceAll('##[', '#\\u0023[');
  // Outside of strings, JSON has no such character but the line ends of its indentation.
  return text.replace(UNPRINTABLE_RUNS, (signs) => signs.split('').map(escapeUnit).join(''));
}

/** A document as one line. */
export function formatNdjson(document: object): string {
  return `${stringifyPrintable(document)}\n`;
}

function escapeUnit(unit: string): string {
  return unit === '\n' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
