import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program that answers `version` with these words; its path. */
export function writeProgram(folder: string, name: string, words: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n[ "$1" = version ] && echo '${words}'\n`);
  chmodSync(path, 0o755);
  return path;
}
