import { statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Files } from '../lib/ports.js';

/** The system clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // An aborted sleep only ends early.
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};

/** False also for a path that does not exist. */
export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** False also for a path that does not exist. */
export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Saves files in one directory, readable by their owner only: a snapshot holds secrets. */
export function filesIn(folder: string): Files {
  return {
    async save(name, bytes) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = resolve(join(folder, name));
      await writeFile(path, bytes, { mode: 0o600 });
      return path;
    },
  };
}
