/** `1 voter`, `5 voters`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`; `nothing` for none. */
export function enumerated(names: readonly string[]): string {
  const last = names.at(-1);
  if (last === undefined) return 'nothing';
  return names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** As enumerated, but no more than the first of many: `i-0a11 and 4 others`. */
export function someOf(names: readonly string[]): string {
  const [first, ...others] = names;
  return first === undefined || names.length < 3
    ? enumerated(names)
    : `${first} and ${counted(others.length, 'other')}`;
}

/** The first letter in upper case, the rest as it is. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Cut to `width` columns, with an ellipsis where something is missing. Plain text only, no control sequences. */
export function truncated(text: string, width: number): string {
  if (text.length <= width) return text;
  return width < 1 ? '' : `${text.slice(0, width - 1)}…`;
}

/** `left` and `right` on one line of `width` columns; the left side gives way when both do not fit. */
export function justified(left: string, right: string, width: number): string {
  if (right === '') return truncated(left, width);
  const room = Math.max(0, width - right.length - 1);
  return `${truncated(left, room).padEnd(room)} ${right}`;
}

/** A command with its flags, as prose has it. */
const COMMAND = /\b(?:consul-roll|terraform) [a-z][a-z-]*(?: --?[\w-]+(?:[= ][^\s,;)]+)?)*/g;
/** A span of time: `380 ms`, `1 m 22 s`. */
const SPAN = /\b\d+ (?:ms|[smh])\b(?: \d+ [smh]\b)?/g;
const UNBROKEN = '\u00a0';

/**
 * Lines of at most `width` columns, broken at blanks, but not within a span of time. What somebody may want to copy is left whole, for a terminal wraps
 * what does not fit and still copies it as one: a command, and a word that is longer than a line.
 */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of unbroken(unbroken(text, COMMAND), SPAN).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => one.replaceAll(UNBROKEN, ' '));
}

function unbroken(text: string, what: RegExp): string {
  return text.replace(what, (found) => found.replaceAll(' ', UNBROKEN));
}

/** A command over several lines, as a shell takes it: broken at blanks, with a backslash before each break. */
export function continued(command: string, width: number): string[] {
  if (command.length <= width) return [command];
  const lines = wrapped(command, width - 2);
  return lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line));
}

/** Without line ends and other control characters, of which messages from elsewhere may have some. */
export function onOneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}

/** The first letter in lower case, the rest as it is. */
export function uncapitalized(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** A size in decimal units: `1.2 MB`. */
export function bytesOf(bytes: number): string {
  const exponent = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** exponent;
  return `${exponent === 0 ? value : value.toFixed(1)} ${['B', 'kB', 'MB', 'GB'][exponent]}`;
}
