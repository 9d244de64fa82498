/** What has to be undone at the end, last things first. */
export interface Teardown {
  /** What was started is added at once, so that a start that fails half-way undoes that half. */
  add(undo: () => void | Promise<void>): void;
  /**
   * Undoes everything, every one although another fails; a second call waits for the first.
   *
   * @throws AggregateError of what failed.
   */
  run(): Promise<void>;
}

/** Starts with nothing to undo. */
export function createTeardown(): Teardown {
  const undos: (() => void | Promise<void>)[] = [];
  let running: Promise<void> | undefined;
  return {
    add: (undo) => undos.push(undo),
    run: () => {
      running ??= undoAll(undos.reverse());
      return running;
    },
  };
}

async function undoAll(undos: readonly (() => void | Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const undo of undos) {
    try {
      await undo();
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'The sandbox did not end cleanly.');
}
