import type { EventEmitter } from 'node:events';

/**
 * Lets a roll outlive whoever reads its output: a pipe that is closed (EPIPE) or a terminal that is gone (EIO)
 * would otherwise end the process in the middle of a step. Stays for good, for a write may fail after the roll.
 */
export function outliveReaders(...streams: readonly EventEmitter[]): void {
  for (const stream of streams) {
    if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
  }
}

function ignore(): void {}
