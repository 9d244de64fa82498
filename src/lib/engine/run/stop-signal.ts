/** How a roll is asked to stop: after the step in hand, or at once. */
export interface StopSignal {
  /** At once. */
  readonly signal: AbortSignal;
  /** Aborted when it is asked to stop after the step in hand: what is no step ends at once. */
  readonly pauseSignal?: AbortSignal;
  isPauseRequested(): boolean;
}

/** Aborted when it is asked to stop in whatever way. */
export function combineStopSignals({ signal, pauseSignal: pausing }: StopSignal): AbortSignal {
  return pausing === undefined ? signal : AbortSignal.any([signal, pausing]);
}
