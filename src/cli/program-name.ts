import { isAbsolute, relative } from 'node:path';

/** The script of a checkout that was not installed, and so is not in the PATH. */
const UNINSTALLED_SCRIPT = /[\\/]bin[\\/](run|dev)\.js$/;

/**
 * The command that starts this program again from `cwd`.
 *
 * @param script `process.argv[1]`
 */
export function findProgramName(bin: string, script: string | undefined, cwd: string): string {
  if (script === undefined || !UNINSTALLED_SCRIPT.test(script)) return bin;
  const path = relative(cwd, script);
  return path.startsWith('..') || isAbsolute(path) ? script : path;
}
