import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { usageError } from '../settings/usage-error.js';

export const FILE_NAME = 'consul-roll.yaml';

/**
 * The settings file of a folder: its own, or that of the nearest folder above it, up to the root of the repository,
 * the home folder or the root of the file system.
 *
 * @throws RollError `bad-usage` for one that a stranger may have put there: hooks in it are commands that will be run
 */
export function findSettingsFile(from: string, home: string): string | undefined {
  const path = join(from, FILE_NAME);
  if (existsSync(path)) return trusted(path);
  refuseOtherSpelling(from);
  const above = dirname(from);
  const isLast = existsSync(join(from, '.git')) || from === home || above === from;
  return isLast ? undefined : findSettingsFile(above, home);
}

/** Without this a file would be there and say nothing. */
function refuseOtherSpelling(folder: string): void {
  const other = join(folder, 'consul-roll.yml');
  if (!existsSync(other)) return;
  throw usageError(`${other} is not read: its name is not ${FILE_NAME}.`, `call it ${FILE_NAME}`);
}

/** Anybody may write into a folder like /tmp, and whoever works below it must not run their hooks. */
function trusted(path: string): string {
  const me = process.getuid?.();
  const owner = statSync(path).uid;
  if (me === undefined || owner === me || owner === 0) return path;
  if (me === 0 && !isOpenToAll(dirname(path))) return path;
  throw usageError(
    `${path} belongs to another user, and may name commands to run.`,
    `read it, then name it with --config ${path}, or start from a folder of your own`,
  );
}

function isOpenToAll(folder: string): boolean {
  return (statSync(folder).mode & OTHERS_WRITE) !== 0;
}

const OTHERS_WRITE = 0o002;
