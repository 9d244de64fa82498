import { removeFounder } from '../decide/founders.js';
import { lacksServers, listWatched, type RollRun, waitForNextObservation } from './roll-run.js';
import { takeStep } from './step.js';

/**
 * Waits for the operator's hooks, and watches new servers meanwhile: one that bootstraps a cluster of its own is terminated, its
 * group suspended before that where others let it act. No other step is taken, and memory stays as it is.
 */
export async function endFoundersDuring<Value>(run: RollRun, hooks: Promise<Value>): Promise<Value> {
  const { state, observer, stopSignal } = run;
  const over = new AbortController();
  const end = () => over.abort();
  hooks.then(end, end);
  const isWatching = () => listWatched(state.input).length > 0 || lacksServers(state.input.observation);
  while (isWatching() && !over.signal.aborted && !stopSignal.signal.aborted) {
    await waitForNextObservation(run, { over: over.signal });
    if (over.signal.aborted || stopSignal.signal.aborted) break;
    const known = await observer.observeForSafety();
    if ('kind' in known || state.update(known) !== undefined) break;
    const decision = removeFounder(state.input);
    if (decision?.kind !== 'act') continue;
    if ((await takeStep(run, decision.step)) !== undefined) break;
  }
  return hooks;
}
