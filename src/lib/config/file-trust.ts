import { statSync } from 'node:fs';

const WORLD_WRITE_BIT = 0o002;
const GROUP_WRITE_BIT = 0o020;
const STICKY_BIT = 0o1000;

/** The user's own group has no other member on most systems, and its permission to write is a usual default. */
export function isWritableByOthers(path: string): boolean {
  const { mode, gid } = statSync(path);
  return (mode & WORLD_WRITE_BIT) !== 0 || ((mode & GROUP_WRITE_BIT) !== 0 && gid !== process.getgid?.());
}

/** Whether other users may replace what is in this folder. In one with the sticky bit, as /tmp, only the owner may. */
export function isReplaceableIn(folder: string): boolean {
  return isWritableByOthers(folder) && (statSync(folder).mode & STICKY_BIT) === 0;
}

/** The superuser may do everything anyway. */
export function belongsToAnotherUser(path: string): boolean {
  const { uid } = statSync(path);
  return uid !== process.getuid?.() && uid !== 0;
}
