import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Files } from './ports.js';

/** Files in one folder, made when the first is saved; only their owner can read them: a snapshot holds secrets. */
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
