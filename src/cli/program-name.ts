import { isAbsolute, relative } from 'node:path';

/** This program where it was not installed: executable, and in no folder of the PATH. */
const UNINSTALLED_SCRIPT = /[\\/]bin[\\/](run|dev)\.js$/;

/**
 * How to call this program again, from the same folder.
 *
 * @param script that Node runs, `process.argv[1]`
 */
export function findProgramName(bin: string, script: string | undefined, cwd: string): string {
  if (script === undefined || !UNINSTALLED_SCRIPT.test(script)) return bin;
  const path = relative(cwd, script);
  return path.startsWith('..') || isAbsolute(path) ? script : path;
}
