import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/**
 * When a process was started, as its system tells it: the same for the whole life of a process, and another for
 * a later process with the same id. Compared, never read.
 *
 * @returns undefined when there is no such process, or it has ended and its parent has not waited for it (a zombie).
 */
export function readProcessStart(pid: number): string | undefined {
  return existsSync('/proc/self/stat') ? markFromProc(pid) : markFromPs(pid);
}

/** Field 22 of /proc/PID/stat (proc(5)); the second may hold spaces and parentheses. */
function markFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : rest[18];
  } catch {
    return undefined;
  }
}

function markFromPs(pid: number): string | undefined {
  try {
    const output = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] });
    return output.toString().trim() || undefined;
  } catch {
    return undefined;
  }
}
