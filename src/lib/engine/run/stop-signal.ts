/** How a roll is asked to stop: after the current step, or at once. */
export interface StopSignal {
  /** Aborted when the roll must stop at once. */
  readonly signal: AbortSignal;
  /** Aborted when the roll must stop after the current step: waiting for the lock ends at once. */
  readonly pauseSignal?: AbortSignal;
  isPauseRequested(): boolean;
}

/** Aborted when the roll is asked to stop in either way. */
export function combineStopSignals({ signal, pauseSignal }: StopSignal): AbortSignal {
  return pauseSignal === undefined ? signal : AbortSignal.any([signal, pauseSignal]);
}
