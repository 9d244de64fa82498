import type { Shell } from './site.js';

const CRASH_HOOK = new URL('./crash/register.mjs', import.meta.url).href;
/** A roll has about 35 effects; one that needs more runs than this makes no progress. */
const MAX_RUNS = 60;
/** A lock that expires soon after its holder died, for the flags of every line. */
export const SHORT_LOCK = '--lock-ttl 1s';

/** One process of a roll, at its end. */
export interface ProcessRun {
  readonly signal: string | null;
  readonly exitCode: number | null;
  /** Of the roll, where the process got that far. */
  readonly outcome: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a process is killed: before it asks for its nth effect, or after that took hold. */
export interface Crash {
  readonly atEffect: number;
  readonly when: 'before' | 'after';
  /** Counts only effects that the ports call so, for instance `leave`. */
  readonly named?: string;
}

/** One process: `consul-roll LINE`, killed with SIGKILL at one of its effects. The line asks for JSON. */
export async function runUntilCrash({ start }: Shell, line: string, crash: Crash): Promise<ProcessRun> {
  const started = start(line, { NODE_OPTIONS: `--import ${CRASH_HOOK}`, CRASH: JSON.stringify(crash) });
  const { exitCode, stdout, stderr } = await started.ended;
  const outcome: string | undefined = stdout === '' ? undefined : JSON.parse(stdout).outcome;
  return { signal: started.child.signalCode, exitCode, outcome, stdout, stderr };
}

/**
 * Killed at every effect: in turn right after a run's first, and right before its second. One run in ten comes one effect
 * further: an action of two calls is done again from its first, and would never come past its second.
 */
function everyEffect(n: number): Crash {
  if (n % 10 === 9) return { atEffect: 2, when: 'after' };
  return n % 2 === 0 ? { atEffect: 1, when: 'after' } : { atEffect: 2, when: 'before' };
}

/**
 * Rolls in as many runs as it takes: one that starts the roll, the others resume it. Every one but the last ends with SIGKILL.
 *
 * @param crashOf where the nth life ends, counted from 0
 */
export async function runUntilDone(
  shell: Shell,
  first: string,
  others: string,
  crashOf = everyEffect,
): Promise<readonly ProcessRun[]> {
  const runs: ProcessRun[] = [];
  do {
    runs.push(await runUntilCrash(shell, runs.length === 0 ? first : others, crashOf(runs.length)));
  } while (runs.at(-1)?.signal === 'SIGKILL' && runs.length < MAX_RUNS);
  return runs;
}

/** Killed right after its last effect there is no roll any more, and only a dead process's lock stays behind. */
export function wasKilledAtEnd(runs: readonly ProcessRun[]): boolean {
  return runs.at(-1)?.stdout.includes('No roll is in progress') === true;
}
