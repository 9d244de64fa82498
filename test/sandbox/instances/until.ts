import { readProcessStart } from '../../../src/sandbox/lifecycle/process-mark.js';

/** Waits for a condition, looking every few milliseconds; throws with `what` when the limit is over. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 60_000,
): Promise<void> {
  const endMs = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether a process runs. One that has ended and whose parent has not waited for it yet (a zombie) does not. */
export function isRunning(pid: number): boolean {
  return readProcessStart(pid) !== undefined;
}
