import type { EventEmitter } from 'node:events';
import { closeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { isatty } from 'node:tty';
import { supportsColour } from '../create-view.js';
import { escapeWorkflowCommands } from '../github/github-view.js';
import { applyStyle, type StyledLine } from '../text/format.js';

/**
 * Lets a roll outlive whoever reads its output: a pipe that is closed (EPIPE) or a terminal that is gone (EIO)
 * would otherwise end the process in the middle of a step. Stays for good, for a write may fail after the roll; and
 * in place of what oclif listens with, which throws all but EPIPE again.
 */
export function ignoreBrokenPipes(...streams: readonly EventEmitter[]): void {
  for (const stream of streams) stream.removeAllListeners('error').on('error', doNothing);
}

/**
 * Lets a process whose terminal is gone end with its own exit code. At its end Node gives a terminal the settings back
 * that it had, and aborts where that fails; what is closed it leaves alone.
 */
export function ignoreHangup(source: EventEmitter): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  source.once('exit', () => {
    for (const descriptor of terminals) if (!isatty(descriptor)) closeSync(descriptor);
  });
}

function doNothing(): void {}

/** Whether there is a person to ask. */
export function canConfirm(input: NodeJS.ReadStream, output: NodeJS.WriteStream): boolean {
  return input.isTTY === true && output.isTTY === true;
}

/** Asks; only `y` or `yes` is a yes, and neither the end of input nor Ctrl-C is. */
export function askConfirmation(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<boolean> {
  return new Promise((resolve) => {
    const lines = createInterface({ input, output });
    lines.once('close', () => resolve(false));
    lines.question(`${question} [y/N] `, (answer) => {
      resolve(/^y(es)?$/i.test(answer.trim()));
      lines.close();
    });
  });
}

const DEFAULT_COLUMNS = 100;

/** How many columns there are: the terminal's, or a fixed number where there is none. */
export function getColumns(stream: NodeJS.WriteStream): number {
  return stream.isTTY && stream.columns > 0 ? stream.columns : DEFAULT_COLUMNS;
}

/** For what may be searched or taken apart by a program: a pipe gets every sentence whole. */
export function getColumnsOrUnlimited(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? getColumns(stream) : Number.POSITIVE_INFINITY;
}

/** Lines as text for this stream, in colour where it shows any. */
export function formatForStream(
  lines: readonly StyledLine[],
  stream: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
): string {
  const colour = supportsColour(stream, env);
  const github = env.GITHUB_ACTIONS === 'true';
  return lines
    .map((line) => (github ? { ...line, text: escapeWorkflowCommands(line.text) } : line))
    .map((line) => applyStyle(line, colour))
    .join('\n');
}
