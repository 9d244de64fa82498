import { readdirSync, readFileSync } from 'node:fs';

/** A process as /proc shows it. */
export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** Program and arguments. */
  readonly command: readonly string[];
}

/** Every process of this machine that runs; zombies are left out. */
export function listProcesses(): RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return readProcess(Number(name));
      } catch {
        // It has ended in between.
        return [];
      }
    });
}

/** The children of a process, its grandchildren left out. */
export function listChildren(pid: number): RunningProcess[] {
  return listProcesses().filter((one) => one.parent === pid);
}

function readProcess(pid: number): RunningProcess[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
  return state === 'Z' ? [] : [{ pid, parent: Number(parent), command }];
}
