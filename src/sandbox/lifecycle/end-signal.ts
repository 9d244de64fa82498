import type { EventEmitter } from 'node:events';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborted by the first signal to end; a second one of the same kind has its default effect. */
export function createEndSignal(source: EventEmitter): AbortSignal {
  const abort = new AbortController();
  for (const signal of SIGNALS) source.once(signal, () => abort.abort(signal));
  return abort.signal;
}

/** Comes back once the signal is aborted. */
export function waitForAbort(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
