import { wantsColour } from './create-view.js';
import { harmless } from './github/commands.js';
import type { ToneLine } from './server-lines.js';
import { painted } from './tone.js';

const PIPE_COLUMNS = 100;

/** How many columns there are: the terminal's, or a fixed number where there is none. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY && stream.columns > 0 ? stream.columns : PIPE_COLUMNS;
}

/** For what may be searched or taken apart by a program: a pipe gets every sentence whole. */
export function columnsOrWhole(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? columnsOf(stream) : Number.POSITIVE_INFINITY;
}

/** Lines as text for this stream, in colour where it shows any. */
export function textFor(
  lines: readonly ToneLine[],
  stream: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
): string {
  const colour = wantsColour(stream, env);
  const github = env.GITHUB_ACTIONS === 'true';
  return lines
    .map((line) => (github ? { ...line, text: harmless(line.text) } : line))
    .map((line) => painted(line, colour))
    .join('\n');
}
