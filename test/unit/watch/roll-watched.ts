import type { Engine } from '../../../src/lib/engine/engine.js';
import { followRoll } from '../../../src/lib/engine/watch/watch.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { type FakeRunOptions, runRoll } from '../../helpers/fake-engine.js';
import { limits } from '../../helpers/intents.js';

/** Starts a watch, as if on another machine. */
export function startWatch(engine: Engine, intervalMs = 1000) {
  const seen: RollEvent[] = [];
  const stopping = new AbortController();
  let idle = 0;
  const ended = followRoll(
    engine,
    { cluster: 'consul', group: undefined, limits, intervalMs },
    { emit: (event) => seen.push(event), signal: stopping.signal, onIdle: () => (idle += 1) },
  ).then((result) => ({ watched: result, seen, idle }));
  return { seen, ended, stop: () => stopping.abort() };
}

/** Runs a roll, and a watch beside it. */
export async function runRollWatched(engine: Engine, options: FakeRunOptions = {}, intervalMs = 1000) {
  const watch = startWatch(engine, intervalMs);
  const { result, events } = await runRoll(engine, options);
  return { result, events, ...(await watch.ended) };
}

/** Runs a roll until it has done so many steps, and pauses it. */
export async function runUntilSteps(engine: Engine, steps: number): Promise<void> {
  let done = 0;
  await runRoll(engine, {
    pauseRequested: () => done >= steps,
    onEvent: ({ kind }) => {
      done += Number(kind === 'step-done');
    },
  });
}
