/** How a roll is asked to stop: after the step in hand, or at once. */
export interface Control {
  /** At once. */
  readonly signal: AbortSignal;
  /** Aborted when it is asked to stop after the step in hand: what is no step ends at once. */
  readonly pausing?: AbortSignal;
  pauseRequested(): boolean;
}

/** Aborted when it is asked to stop in whatever way. */
export function stoppingOf({ signal, pausing }: Control): AbortSignal {
  return pausing === undefined ? signal : AbortSignal.any([signal, pausing]);
}
