import { statSync } from 'node:fs';

const WORLD_WRITE_BIT = 0o002;
const GROUP_WRITE_BIT = 0o020;
const STICKY_BIT = 0o1000;

/** The user's own group has no other member on most systems, and its permission to write is a usual default. */
export function isWritableByOthers(path: string): boolean {
  const { mode, gid } = statSync(path);
  return (mode & WORLD_WRITE_BIT) !== 0 || ((mode & GROUP_WRITE_BIT) !== 0 && gid !== process.getgid?.());
}

/** Only the owner of a file may replace it there, as in /tmp. */
export function isSticky(folder: string): boolean {
  return (statSync(folder).mode & STICKY_BIT) !== 0;
}
