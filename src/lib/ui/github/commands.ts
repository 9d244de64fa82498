import { onOneLine } from '../text.js';

/** A workflow command of GitHub Actions: a line that the runner takes for itself. */
export function command(
  name: string,
  message = '',
  properties: Readonly<Record<string, string>> = {},
): string {
  const given = Object.entries(properties).map(([key, value]) => `${key}=${escapedProperty(value)}`);
  return `::${name}${given.length > 0 ? ` ${given.join(',')}` : ''}::${escaped(message)}\n`;
}

/**
 * A line that the runner must not take for a command, whatever it says: one that begins with two colons, or has the
 * older form of a command in it anywhere.
 */
export function harmless(line: string): string {
  return line.replace(/^(\s*):(?=:)/, '$1: ').replaceAll('##[', '## [');
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapedProperty(text: string): string {
  return escaped(onOneLine(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
