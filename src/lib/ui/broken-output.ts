import type { EventEmitter } from 'node:events';
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * Lets a roll outlive whoever reads its output: a pipe that is closed (EPIPE) or a terminal that is gone (EIO)
 * would otherwise end the process in the middle of a step. Stays for good, for a write may fail after the roll; and
 * in place of what oclif listens with, which throws all but EPIPE again.
 */
export function outliveReaders(...streams: readonly EventEmitter[]): void {
  for (const stream of streams) stream.removeAllListeners('error').on('error', ignore);
}

/**
 * Lets a process whose terminal is gone end with its own exit code. At its end Node gives a terminal the settings back
 * that it had, and aborts where that fails; what is closed it leaves alone.
 */
export function outliveTerminal(source: EventEmitter): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  source.once('exit', () => {
    for (const descriptor of terminals) if (!isatty(descriptor)) closeSync(descriptor);
  });
}

function ignore(): void {}
