import type { Engine } from '../../src/lib/engine/engine.js';
import type { CloudInstance } from '../../src/lib/ports.js';
import { FakeClock } from './fake-clock.js';
import { FakeCloud } from './fake-cloud.js';
import { FakeConsul } from './fake-consul.js';
import { buildObservation } from './observations.js';
import { NEW_IMAGE, OLD_IMAGE } from './servers.js';

/**
 * A cluster in memory, and an engine that rolls it under a clock of its own: what `fake-engine.ts` has from the
 * simulator. Only `watch.test.ts` and `expectation.test.ts` still use it: they assert times to the millisecond.
 */
export interface FakeEngine extends Engine {
  readonly clock: FakeClock;
  readonly cloud: FakeCloud;
  readonly consul: FakeConsul;
  /** Every call so far, reads of servers left out: `terminate i-0a12`. */
  readonly calls: string[];
  /** Of the next roll. */
  rollId: string;
  /** Throws in place of a call whose name it is given, when it likes. */
  injectFault: (call: string) => void;
}

const READS = ['describeCluster', 'findGroups'];

/** The calls that would have changed something. */
export function listWrites(engine: FakeEngine): string[] {
  return engine.calls.filter((call) => !READS.includes(call));
}

/** A healthy cluster of so many servers on the old image. */
export function createFakeEngine(size: number, holder = 'ops@here 1'): FakeEngine {
  const clock = new FakeClock();
  const calls: string[] = [];
  const called = (name: string, ...about: unknown[]) => {
    const words = about.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
    calls.push([name, ...words].join(' '));
    engine.injectFault([name, ...words].join(' '));
  };
  const consul = new FakeConsul(clock, called);
  const cloud = new FakeCloud(clock, consul, called);
  const engine: FakeEngine = {
    clock,
    cloud,
    consul,
    calls,
    holder,
    injectFault: () => undefined,
    files: { save: async (name) => `/var/tmp/${name}` },
    rollId: '7f3a',
    newRollId: () => engine.rollId,
    close: async () => undefined,
  };
  waitUntilReady(engine, size);
  return engine;
}

function waitUntilReady({ cloud, consul }: FakeEngine, size: number): void {
  const { old, servers } = buildObservation({ old: size });
  if (old === undefined) throw new Error('a survey has an old group');
  const instances = servers.map(({ side: _side, agent: _agent, peer: _peer, ...facts }): CloudInstance => {
    return { ...facts, group: old.name };
  });
  cloud.seed(old, instances, OLD_IMAGE);
  cloud.images.set(NEW_IMAGE, 'consul-v2');
  for (const instance of instances) consul.seed(instance);
}

export { buildOrder, type FakeRunOptions, type OrderChange, runRoll } from './fake-engine.js';
