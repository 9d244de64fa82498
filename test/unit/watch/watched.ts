import { followRoll } from '../../../src/lib/engine/watch/watch.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { type FakeEngine, type FakeRunOptions, runRoll } from '../../helpers/fake-engine.js';
import { limits } from '../../helpers/intents.js';

/** Runs a roll, and a watch on another machine beside it. */
export async function rollWatched(engine: FakeEngine, interference: FakeRunOptions = {}, intervalMs = 1000) {
  const stopping = new AbortController();
  const seen: RollEvent[] = [];
  let idle = 0;
  const watching = followRoll(
    engine,
    { cluster: 'consul', group: undefined, limits, intervalMs },
    { emit: (event) => seen.push(event), signal: stopping.signal, onIdle: () => (idle += 1) },
  );
  const { result, events } = await runRoll(engine, interference);
  const watched = await watching;
  return { result, events, watched, seen, idle };
}

/** Runs a roll until it has done so many steps, and is asked to stop. */
export async function runUntilSteps(engine: FakeEngine, steps: number): Promise<void> {
  let done = 0;
  await runRoll(engine, {
    pauseRequested: () => done >= steps,
    onEvent: ({ kind }) => {
      done += Number(kind === 'step-done');
    },
  });
}
