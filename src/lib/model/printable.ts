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

/** A text from outside as one line: a space in place of what cannot be printed. Every sink of text applies it. */
export function toPrintable(text: string): string {
  return text.replace(UNPRINTABLE_RUNS, ' ');
}

/** The same for a text whose line ends are wanted. */
export function toPrintableLines(text: string): string {
  return text.split('\n').map(toPrintable).join('\n');
}

/** JSON in which every such character is escaped: the same value to a program, and harmless on a terminal. */
export function stringifyPrintable(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent);
  // Outside of strings, JSON has no such character but the line ends of its indentation.
  return text.replace(UNPRINTABLE_RUNS, (signs) => signs.split('').map(escapeUnit).join(''));
}

function escapeUnit(unit: string): string {
  return unit === '\n' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
