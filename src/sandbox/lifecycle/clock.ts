/** Something that acts when it is told the time. */
export interface Timed {
  tick(nowMs: number): void;
  /** When something is next due, epoch milliseconds; undefined when nothing is. */
  nextDueMs(): number | undefined;
}

/** A clock that drives the sandbox in real time. */
export interface Clock {
  stop(): void;
}

/** What comes from outside, such as the answer to a health check, waits no longer than this to have its effect. */
const LONGEST_PAUSE_MS = 100;
const SHORTEST_PAUSE_MS = 1;

/**
 * Ticks all of `timed`, in their order, whenever a task of any of them is due.
 *
 * @param onFailure called once when one of them throws; then the clock has stopped.
 */
export function startClock(timed: readonly Timed[], onFailure: (thrown: unknown) => void): Clock {
  let timer: NodeJS.Timeout | undefined;
  const tick = () => {
    try {
      const nowMs = Date.now();
      for (const one of timed) one.tick(nowMs);
      const dues = timed.map((one) => one.nextDueMs() ?? Number.POSITIVE_INFINITY);
      const pauseMs = Math.min(Math.min(...dues) - nowMs, LONGEST_PAUSE_MS);
      timer = setTimeout(tick, Math.max(pauseMs, SHORTEST_PAUSE_MS));
    } catch (thrown) {
      onFailure(thrown);
    }
  };
  timer = setTimeout(tick, 0);
  return { stop: () => clearTimeout(timer) };
}
