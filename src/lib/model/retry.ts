/**
 * Calls until a call succeeds or another attempt is not worth it.
 *
 * @param pauseAfter from the error and the number of failed attempts: milliseconds until the next attempt, or undefined
 *   to give up
 * @param signal no further attempt once it is aborted
 * @throws what the last attempt threw
 */
export async function retry<Value>(
  clock: { sleep(ms: number, signal?: AbortSignal): Promise<void> },
  attempt: () => Promise<Value>,
  pauseAfter: (thrown: unknown, failures: number) => number | undefined,
  signal?: AbortSignal,
): Promise<Value> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (thrown) {
      const pauseMs = signal?.aborted ? undefined : pauseAfter(thrown, failures);
      if (pauseMs === undefined) throw thrown;
      await clock.sleep(pauseMs, signal);
      if (signal?.aborted) throw thrown;
    }
  }
}
