import { lstatSync, readlinkSync, realpathSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';

const WORLD_WRITE_BIT = 0o002;
const GROUP_WRITE_BIT = 0o020;
const STICKY_BIT = 0o1000;
/** As many as Linux follows. */
const MAX_LINKS = 40;

/** What puts a file into the hands of another user. */
interface Untrusted {
  /** The file itself, or a folder or a link on the way to it. */
  readonly path: string;
  /** Another user owns it, or may write it by its mode. */
  readonly why: 'owner' | 'mode';
  /** Whether it is what the path leads to. */
  readonly isItself: boolean;
}

/**
 * The first folder, link or file on the way to a path, itself included, that another user owns or may write: a folder
 * gives the right to replace what is in it. The superuser may do everything anyway. What does not exist is not looked at.
 *
 * @returns undefined also where the system has no users
 */
export function findUntrusted(path: string): Untrusted | undefined {
  if (process.getuid === undefined) return undefined;
  const owners = [process.getuid(), 0];
  const itself = findRealPath(path);
  for (const { path: step, stats } of walk(resolve(path))) {
    const isItself = step === itself;
    if (!owners.includes(stats.uid)) return { path: step, why: 'owner', isItself };
    if (isWritableByOthers(stats, isItself)) return { path: step, why: 'mode', isItself };
  }
  return undefined;
}

/** Where a path leads to, without links; the path itself for what does not exist, and for a pipe without a name. */
export function findRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/**
 * A group is trusted where it has the number of the owner: most systems give every user such a group without another
 * member, and may let it write by default. In a folder with the sticky bit, as /tmp, only its owner may replace a file.
 */
function isWritableByOthers(stats: Stats, isItself: boolean): boolean {
  const { mode, uid, gid } = stats;
  if (stats.isSymbolicLink() || (!isItself && (mode & STICKY_BIT) !== 0)) return false;
  return (mode & WORLD_WRITE_BIT) !== 0 || ((mode & GROUP_WRITE_BIT) !== 0 && gid !== uid);
}

interface Step {
  readonly path: string;
  readonly stats: Stats;
}

/** Every folder and link that is passed from the root on, each as itself, then what the path leads to. */
function* walk(path: string, links = MAX_LINKS): Generator<Step> {
  const folder = dirname(path);
  if (folder !== path) yield* walk(folder, links);
  const stats = readStats(path);
  if (stats === undefined) return;
  yield { path, stats };
  if (stats.isSymbolicLink() && links > 0) yield* walk(resolve(findRealPath(folder), readlinkSync(path)), links - 1);
}

/** Of a link, its own; undefined for what does not exist, or cannot be seen. */
function readStats(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
