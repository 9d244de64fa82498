import type { EventEmitter } from 'node:events';
import { closeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { isatty } from 'node:tty';
import { toOutputLine } from '../../model/printable.js';
import { supportsColour } from '../create-view.js';
import { applyStyle, type StyledLine } from '../text/format.js';

/**
 * Lets a roll continue if its output has no reader: a closed pipe (EPIPE) or a lost terminal (EIO) would otherwise end the
 * process during a step. It is never removed, because a write may fail after the roll. It replaces the listener of oclif,
 * which throws every error except EPIPE.
 */
export function ignoreBrokenPipes(...streams: readonly EventEmitter[]): void {
  for (const stream of streams) stream.removeAllListeners('error').on('error', doNothing);
}

/**
 * Lets a process whose terminal is gone end with its own exit code. At exit Node restores the settings of the terminal, and
 * aborts if that fails; it skips closed descriptors.
 */
export function ignoreHangup(source: EventEmitter): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  source.once('exit', () => {
    for (const descriptor of terminals) if (!isatty(descriptor)) closeSync(descriptor);
  });
}

function doNothing(): void {}

/** Whether an operator can be asked. */
export function canConfirm(input: NodeJS.ReadStream, output: NodeJS.WriteStream): boolean {
  return input.isTTY === true && output.isTTY === true;
}

/** Asks. `y` or `yes` confirms; the end of input and Ctrl-C do not. */
export function askConfirmation(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<boolean> {
  return new Promise((resolve) => {
    const lines = createInterface({ input, output });
    lines.once('close', () => resolve(false));
    lines.question(`${toOutputLine(question)} [y/N] `, (answer) => {
      resolve(/^y(es)?$/i.test(answer.trim()));
      lines.close();
    });
  });
}

const DEFAULT_COLUMNS = 100;

/** The columns of the terminal, or a fixed number without one. */
export function getColumns(stream: NodeJS.WriteStream): number {
  return stream.isTTY && stream.columns > 0 ? stream.columns : DEFAULT_COLUMNS;
}

/** Lines to a pipe are not wrapped, so that programs can search them. */
export function getColumnsOrUnlimited(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? getColumns(stream) : Number.POSITIVE_INFINITY;
}

/** Lines as text for this stream, in colour if it supports colour. */
export function formatForStream(
  lines: readonly StyledLine[],
  stream: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
): string {
  const colour = supportsColour(stream, env);
  return lines.map((line) => applyStyle(line, colour)).join('\n');
}
