import { readdirSync, readFileSync } from 'node:fs';

/** A process as /proc shows it. */
export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** Program and arguments. */
  readonly command: readonly string[];
}

/** Every process of this machine that runs; zombies are left out. */
export function runningProcesses(): RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return look(Number(name));
      } catch {
        // It has ended in between.
        return [];
      }
    });
}

/** The children of a process, its grandchildren left out. */
export function childrenOf(pid: number): RunningProcess[] {
  return runningProcesses().filter((one) => one.parent === pid);
}

function look(pid: number): RunningProcess[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
  return state === 'Z' ? [] : [{ pid, parent: Number(parent), command }];
}
