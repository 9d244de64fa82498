import type { Engine } from '../../src/lib/engine/engine.js';
import { followRoll } from '../../src/lib/engine/watch/watch.js';
import type { RollEvent } from '../../src/lib/model/events.js';
import type { Chance } from '../simulation/chance.js';
import { createFakeEngine, type OrderChange, runRoll } from './fake-engine.js';
import { limits } from './intents.js';

const INTERVAL_MS = 1000;
const MAX_TURNS = 12;

/** Runs a roll of so many servers; beside it watches somebody whose looks take so long that the roll goes on meanwhile. */
export async function watchWithPartialReads(
  size: number,
  order: OrderChange,
  chance: Chance,
): Promise<{ readonly told: readonly RollEvent[]; readonly seen: readonly RollEvent[] }> {
  const engine = createFakeEngine(size);
  const pause = () => yieldTurns(chance.happens(0.5) ? chance.between(0, MAX_TURNS) : 0);
  let isOver = false;
  const seen: RollEvent[] = [];
  const watching = followRoll(
    { ...slowEngine(engine, pause), clock: createBesideClock(engine, () => isOver) },
    { cluster: 'consul', group: undefined, limits, intervalMs: INTERVAL_MS },
    { emit: (event) => seen.push(event), signal: new AbortController().signal, onIdle: () => undefined },
  );
  await yieldTurns(MAX_TURNS);
  const { events } = await runRoll(
    slowEngine(engine, () => yieldTurns(1)),
    { order },
  );
  isOver = true;
  await watching;
  return { told: events, seen };
}

/** The same engine, whose answers are as old as such a pause makes them. */
function slowEngine({ cloud, consul, ...engine }: Engine, pause: () => Promise<void>): Engine {
  return {
    ...engine,
    cloud: delayReads(cloud, ['describeCluster', 'findGroups'], pause),
    consul: delayReads(consul, ['ask', 'askLeader', 'commitIndex', 'read'], pause),
  };
}

function delayReads<Port extends object>(
  port: Port,
  reads: readonly string[],
  pause: () => Promise<void>,
): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (!reads.includes(String(name))) return member.bind(target);
      return async (...about: unknown[]) => {
        const answer: unknown = await member.apply(target, about);
        await pause();
        return answer;
      };
    },
  });
}

/** Time passes as the roll lets it pass; once that is over, by itself. */
function createBesideClock({ clock }: Engine, isOver: () => boolean): Engine['clock'] {
  return {
    now: () => clock.now(),
    sleep: async (ms) => {
      const endMs = clock.now() + ms;
      while (clock.now() < endMs && !isOver()) await yieldTurns(1);
      if (isOver()) await clock.sleep(ms);
    },
  };
}

/** Lets everybody else go on so many times. */
async function yieldTurns(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await new Promise((resolve) => setImmediate(resolve));
}
