import { describe, expect, it } from 'vitest';
import { buildWait, measureWaitedMs } from '../../../src/lib/engine/decide/decisions.js';
import {
  updateMemoryWithAction,
  updateMemoryWithCrashes,
  updateMemoryWithDecision,
  updateMemoryWithObservation,
  updateMemoryWithRefusal,
} from '../../../src/lib/engine/decide/memory.js';
import { buildWaitKey, type Decision, type WaitCondition } from '../../../src/lib/model/decision.js';
import type { Knowledge, Memory } from '../../../src/lib/model/memory.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import { measureObservedMs } from '../../../src/lib/model/observed-time.js';
import type { AgentUp } from '../../../src/lib/model/server.js';
import { buildMidRoll, limits, type MidRollShape } from '../../helpers/intents.js';
import { OBSERVED_AT_MS } from '../../helpers/servers.js';

const SPACING_MS = 1000;
/** No server has passed its gates yet, and new ones are watched in a wait. */
const WATCHED = { passedGates: [], currentWait: { key: 'ready', sinceMs: OBSERVED_AT_MS } };

/** The memory after observations of these shapes, one a second. */
function looksAt(...shapes: MidRollShape[]): Memory {
  return shapes.reduce<Memory>(
    (memory, shape, n) => {
      const { observation } = buildMidRoll({ size: 3, old: 3, new: 1, ...shape });
      return updateMemoryWithObservation(
        { observation: { ...observation, atMs: OBSERVED_AT_MS + n * SPACING_MS }, memory },
        limits,
        SPACING_MS,
      );
    },
    buildMidRoll({ history: WATCHED }).memory,
  );
}

const good: MidRollShape = {};
const bad: MidRollShape = { stages: { 'i-0b11': 'unhealthy' } };
const gone: MidRollShape = { stages: { 'i-0b11': 'left' } };

describe('consecutive checks', () => {
  it('make a server pass its gates after the required number', () => {
    expect(looksAt(good, good).passedGates).not.toContain('i-0b11');
    expect(looksAt(good, good, good).passedGates).toContain('i-0b11');
  });

  it('start from zero after a failed one', () => {
    expect(looksAt(good, good, bad, good, good).passedGates).not.toContain('i-0b11');
    expect(looksAt(good, good, bad, good, good, good).passedGates).toContain('i-0b11');
  });

  // failure-mode: crash-loop
  it('are five times as many for a server that crashed before it passed them', () => {
    const crash: MidRollShape = { stages: { 'i-0b11': 'left' } };
    const goods = (count: number) => Array.from({ length: count }, () => good);
    const looks = [good, crash, ...goods(limits.successThreshold * 5 - 1)];
    expect(looksAt(...looks).passedGates).not.toContain('i-0b11');
    expect(looksAt(...looks, good).passedGates).toContain('i-0b11');
  });

  // failure-mode: crash-loop
  it('are two where one is required: a server is watched between them', () => {
    const { observation, memory } = buildMidRoll({ size: 3, old: 3, new: 1, history: WATCHED });
    const look = (before: Memory, n: number) => {
      const later = { ...observation, atMs: observation.atMs + n * SPACING_MS };
      return updateMemoryWithObservation({ observation: later, memory: before }, { ...limits, successThreshold: 1 }, 0);
    };
    expect(look(memory, 1).passedGates).not.toContain('i-0b11');
    expect(look(look(memory, 1), 2).passedGates).toContain('i-0b11');
  });

  // failure-mode: crash-loop
  it('do not count after a step, in which no server was watched', () => {
    const memory = { ...looksAt(good, good), currentWait: undefined };
    const { observation } = buildMidRoll({ size: 3, old: 3, new: 1 });
    const later = { ...observation, atMs: OBSERVED_AT_MS + 3 * SPACING_MS };
    const after = updateMemoryWithObservation({ observation: later, memory }, limits, SPACING_MS);
    expect(after.readyStreaks).toEqual(memory.readyStreaks);
    expect(after.passedGates).not.toContain('i-0b11');
  });

  // failure-mode: crash-loop
  it('start from zero after a crash that was seen between two of them', () => {
    const memory = looksAt(good, good);
    const { observation } = buildMidRoll({ size: 3, old: 3, new: 1, stages: { 'i-0b11': 'left' } });
    const crashed = updateMemoryWithCrashes({ observation, memory });
    expect(crashed.readyStreaks).not.toHaveProperty('i-0b11');
    expect(crashed.agentRuns).toEqual({ 'i-0b11': { isUp: false, crashes: 1 } });
    expect(updateMemoryWithCrashes({ observation, memory: crashed }).agentRuns).toEqual(crashed.agentRuns);
  });

  // failure-mode: flapping-server
  it('are required again after a failure, for as long as the server fails now and then', () => {
    const ill = [bad, gone, { stages: { 'i-0b11': 'booting' } } as const];
    for (const flap of ill) {
      const flapped = looksAt(good, good, good, flap, good, good);
      expect(flapped.passedGates).toContain('i-0b11');
      expect(flapped.regressed).toEqual(['i-0b11']);
      expect(looksAt(good, good, good, flap, good, good, good).regressed).toEqual([]);
      expect(looksAt(good, good, good, flap, good, good, flap, good).regressed).toEqual(['i-0b11']);
    }
  });

  it('are not required again after an election, when autopilot finds no server healthy', () => {
    const { observation } = buildMidRoll({ size: 3, old: 3, new: 1 });
    const raft = observation.raft && {
      ...observation.raft,
      peers: observation.raft.peers.map((peer) => ({ ...peer, healthy: false })),
    };
    const servers = observation.servers.map((one) => ({ ...one, peer: one.peer && { ...one.peer, healthy: false } }));
    expect(looksAt(good, good, good, { over: { raft, servers } }).regressed).toEqual([]);
    expect(looksAt(good, good, good, { over: { raft: undefined } }).regressed).toEqual([]);
  });

  it('count an agent as down only if it refuses connections and is out of Raft', () => {
    expect(looksAt(gone, gone).downStreaks).toMatchObject({ 'i-0b11': 2 });
    expect(looksAt(gone, gone, good).downStreaks).not.toHaveProperty('i-0b11');
    expect(looksAt({ stages: { 'i-0b11': 'booting' } }).downStreaks).toEqual({});
    expect(looksAt({ stages: { 'i-0b11': 'booting' } }).silentStreaks).toEqual({ 'i-0b11': 1 });
  });

  it('are not counted when they are too close, but a failure always counts', () => {
    const { observation, memory } = buildMidRoll({ size: 3, old: 3, new: 1, history: WATCHED });
    const at = (ms: number, from: Observation, before: Memory) =>
      updateMemoryWithObservation(
        { observation: { ...from, atMs: OBSERVED_AT_MS + ms }, memory: before },
        limits,
        SPACING_MS,
      );
    const first = at(0, observation, memory);
    const close = at(SPACING_MS - 1, observation, first);
    expect(close.readyStreaks).toMatchObject({ 'i-0b11': 1 });
    expect(at(SPACING_MS, observation, close).readyStreaks).toMatchObject({ 'i-0b11': 2 });
    const { observation: worse } = buildMidRoll({ size: 3, old: 3, new: 1, ...bad });
    expect(at(SPACING_MS - 1, worse, first).readyStreaks).not.toHaveProperty('i-0b11');
  });
});

describe('since when all servers are new', () => {
  const alone: MidRollShape = { old: 0, new: 3, leader: 0 };
  const unhealthy: MidRollShape = { ...alone, stages: { 'i-0b12': 'unhealthy' } };

  it.each<[string, MidRollShape[], number | undefined]>([
    ['the first such observation', [good, alone, alone], OBSERVED_AT_MS + SPACING_MS],
    ['never while an old server is a member', [good], undefined],
    ['never while one is unhealthy', [unhealthy], undefined],
    ['the same after an observation or two that missed one', [alone, unhealthy, unhealthy, alone], OBSERVED_AT_MS],
    ['never while one stays unhealthy', [alone, unhealthy, unhealthy, unhealthy], undefined],
    [
      'again after one was unhealthy for as many observations as a gate needs',
      [alone, unhealthy, unhealthy, unhealthy, alone],
      OBSERVED_AT_MS + 4 * SPACING_MS,
    ],
  ])('%s', (_case, shapes, sinceMs) => {
    expect(looksAt(...shapes).bake?.healthySinceMs).toBe(sinceMs);
  });
});

describe('a machine that slept', () => {
  const look = (before: Memory, ms: number) => {
    const { observation } = buildMidRoll({ size: 3, old: 3, new: 1 });
    const later = { ...observation, atMs: OBSERVED_AT_MS + ms };
    return updateMemoryWithObservation({ observation: later, memory: before }, limits, SPACING_MS);
  };
  const awake = look(buildMidRoll({ history: WATCHED }).memory, 0);

  it('has a gap between two observations, of which a few intervals count', () => {
    const woken = look(awake, 20 * 60_000);
    const at = OBSERVED_AT_MS + 20 * 60_000;
    expect(measureObservedMs(woken.gaps, OBSERVED_AT_MS, at)).toBe(15_000);
    expect(measureObservedMs(woken.gaps, at - 60_000, at)).toBe(0);
    expect(measureObservedMs(look(woken, 20 * 60_000 + 5_000).gaps, OBSERVED_AT_MS, at + 5_000)).toBe(20_000);
  });

  it('counts all the time of slow observations, or a part of each', () => {
    const slow = [1, 2, 3].reduce((memory, n) => look(memory, n * 15_000), awake);
    expect(slow.gaps).toEqual([]);
    const slower = [1, 2, 3].reduce((memory, n) => look(memory, n * 60_000), awake);
    expect(measureObservedMs(slower.gaps, OBSERVED_AT_MS, OBSERVED_AT_MS + 180_000)).toBe(45_000);
  });

  // failure-mode: crash-loop
  it('has not watched a server that is ready again', () => {
    expect(look(awake, SPACING_MS).readyStreaks).toMatchObject({ 'i-0b11': 2 });
    expect(look(awake, 20 * 60_000).readyStreaks).toMatchObject({ 'i-0b11': 1 });
  });
});

describe('a wait', () => {
  const { observation, memory } = buildMidRoll();
  const waiting = (what: WaitCondition): Decision => ({
    kind: 'wait',
    wait: { phase: 'grow', for: what, limitMs: 1, sinceMs: 0 },
  });
  const ready = waiting({ kind: 'ready', side: 'new', instanceIds: ['i-0b11'], expected: 3 });
  const later = (after: Memory): Knowledge => ({
    observation: { ...observation, atMs: OBSERVED_AT_MS + 5000 },
    memory: after,
  });

  it('is kept since it was first decided, even if the servers waited for change', () => {
    const first = updateMemoryWithDecision({ observation, memory }, ready);
    expect(first.currentWait).toEqual({ key: 'ready 3', sinceMs: OBSERVED_AT_MS, waitedMs: 0 });
    const other = waiting({ kind: 'ready', side: 'new', instanceIds: ['i-0b12', 'i-0b13'], expected: 3 });
    expect(updateMemoryWithDecision(later(first), other).currentWait?.sinceMs).toBe(OBSERVED_AT_MS);
  });

  const rewrites = [
    { kind: 'write-intent', group: observation.old?.name ?? '', side: 'old' },
    { kind: 'write-record' },
  ] as const;

  it.each(rewrites)('continues while what others alter is written again: $kind', (action) => {
    const first = updateMemoryWithDecision({ observation, memory }, ready);
    const step = { phase: 'grow', action, reason: { kind: 'record-missing' }, margin: undefined } as const;
    const rewrite: Decision = { kind: 'act', step };
    expect(updateMemoryWithDecision(later(first), rewrite).currentWait).toEqual(first.currentWait);
    // Written under a leader: one that is silent much later is waited for again from then on.
    const electing = updateMemoryWithDecision(
      { observation, memory },
      waiting({ kind: 'leadership', towards: undefined }),
    );
    expect(updateMemoryWithDecision(later(electing), rewrite).currentWait).toBeUndefined();
  });

  it('is cleared by any other decision', () => {
    const first = updateMemoryWithDecision({ observation, memory }, ready);
    expect(updateMemoryWithDecision(later(first), waiting({ kind: 'sentinel' })).currentWait?.sinceMs).toBe(
      OBSERVED_AT_MS + 5000,
    );
    expect(updateMemoryWithDecision(later(first), { kind: 'done', outcome: 'rolled' }).currentWait).toBeUndefined();
  });
});

// failure-mode: taking-turns
describe('a wait that gives way to another one', () => {
  const { observation, memory } = buildMidRoll();
  const READY = { kind: 'ready', side: 'new', instanceIds: ['i-0b11'], expected: 3 } as const;
  const IN_SERVICE = { kind: 'in-service', instanceIds: ['i-0b11'] } as const;
  const LEADERSHIP = { kind: 'leadership', towards: undefined } as const;
  const step = { phase: 'grow', reason: { kind: 'record-missing' }, margin: undefined } as const;
  const rewrite: Decision = { kind: 'act', step: { ...step, action: { kind: 'write-record' } } };
  const act: Decision = {
    kind: 'act',
    step: { ...step, action: { kind: 'write-sentinel', value: '' }, reason: { kind: 'replication-gate' } },
  };

  /** How long the last wait has lasted, by its own limit, after each was decided, so many seconds after the one before. */
  const measure = (...decided: (readonly [seconds: number, WaitCondition | Decision])[]): number => {
    let known: Knowledge = { observation, memory };
    let lastedMs = 0;
    for (const [seconds, what] of decided) {
      const later = { ...known.observation, atMs: known.observation.atMs + seconds * 1000 };
      known = { ...known, observation: later };
      const isWait = !('step' in what) && what.kind !== 'wait' && what.kind !== 'done' && what.kind !== 'stop';
      const wait = isWait ? buildWait(known, 'grow', what, 600_000) : undefined;
      if (wait !== undefined) lastedMs = later.atMs - wait.sinceMs;
      const decision = isWait && wait !== undefined ? ({ kind: 'wait', wait } as const) : (what as Decision);
      known = { ...known, memory: updateMemoryWithDecision(known, decision) };
    }
    return lastedMs / 1000;
  };

  it('continues where it was, less a tenth of the time since then', () => {
    expect(measure([0, READY], [60, IN_SERVICE])).toBe(0);
    expect(measure([0, READY], [60, IN_SERVICE], [20, READY])).toBe(58);
    expect(measure([0, READY], [60, IN_SERVICE], [20, READY], [5, READY])).toBe(63);
    expect(measure([0, READY], [60, IN_SERVICE], [20, READY], [60, IN_SERVICE])).toBe(14);
  });

  it('is forgotten after ten times as long', () => {
    expect(measure([0, READY], [60, IN_SERVICE], [599, READY])).toBeGreaterThan(0);
    expect(measure([0, READY], [60, IN_SERVICE], [600, READY])).toBe(0);
  });

  it.each([2, 5])('ends if %i take turns', (waits) => {
    const turns = Array.from({ length: waits }, (_, n) => ({ kind: 'drained', instanceId: `i-${n}` }) as const);
    const rounds = Array.from({ length: 100 }, () => turns.map((what) => [30, what] as const)).flat();
    expect(measure([0, READY], ...rounds)).toBeGreaterThan(600);
  });

  it('continues while the record is written again, and begins again after any other step', () => {
    expect(measure([0, READY], [60, IN_SERVICE], [10, rewrite], [10, READY])).toBe(58);
    expect(measure([0, READY], [60, IN_SERVICE], [10, act], [10, READY])).toBe(0);
  });

  it('continues after a step that was refused, except an election', () => {
    const at = (seconds: number, after: Memory): Knowledge => ({
      observation: { ...observation, atMs: OBSERVED_AT_MS + seconds * 1000 },
      memory: after,
    });
    const refuseAfter = (what: WaitCondition) => {
      const wait = { phase: 'grow', for: what, limitMs: 1, sinceMs: 0 } as const;
      const waiting = updateMemoryWithDecision(at(0, memory), { kind: 'wait', wait });
      return updateMemoryWithRefusal(updateMemoryWithDecision(at(60, waiting), act), waiting);
    };
    expect(measureWaitedMs(at(70, refuseAfter(READY)), buildWaitKey(READY))).toBe(70_000);
    expect(measureWaitedMs(at(70, refuseAfter(LEADERSHIP)), buildWaitKey(LEADERSHIP))).toBe(0);
  });

  it('does not count time in which nothing was observed', () => {
    const sinceMs = OBSERVED_AT_MS + 10_000;
    const asleep = { ...memory, gaps: [{ sinceMs, untilMs: sinceMs + 3_600_000 }] };
    const at = (atMs: number, after: Memory) => ({ observation: { ...observation, atMs }, memory: after });
    const decide = (atMs: number, after: Memory, what: WaitCondition) =>
      updateMemoryWithDecision(at(atMs, after), {
        kind: 'wait',
        wait: { phase: 'grow', for: what, limitMs: 1, sinceMs: 0 },
      });
    const awakeMs = sinceMs + 3_600_000;
    const interrupted = decide(awakeMs, decide(OBSERVED_AT_MS, asleep, READY), IN_SERVICE);
    expect(measureWaitedMs(at(awakeMs, interrupted), buildWaitKey(READY))).toBe(10_000);
  });

  it('is not an election, which has all its time each time', () => {
    expect(measure([0, LEADERSHIP], [30, READY], [10, LEADERSHIP])).toBe(0);
  });
});

describe('a leave request', () => {
  const requested = { leaveRequests: { 'i-0b11': { count: 1, lastRequestedAtMs: OBSERVED_AT_MS } } };
  const look = (shape: MidRollShape, before = requested) => {
    const { observation, memory } = buildMidRoll({ size: 3, old: 3, new: 1, history: before, ...shape });
    return updateMemoryWithObservation({ observation, memory }, limits, SPACING_MS).leaveRequests['i-0b11'];
  };

  it('is carried out once Raft does not have the server, and stays so if it joins again', () => {
    expect(look(good)?.hasLeft).toBeUndefined();
    expect(look(gone)?.hasLeft).toBe(true);
    const left = { leaveRequests: { 'i-0b11': { ...requested.leaveRequests['i-0b11'], hasLeft: true } } };
    expect(look(good, left)?.hasLeft).toBe(true);
  });

  it('is not carried out because no leader, or that of another cluster, has the server', () => {
    expect(look({ ...gone, over: { raft: undefined } })?.hasLeft).toBeUndefined();
    expect(look({ ...gone, sentinel: undefined as never })?.hasLeft).toBeUndefined();
  });
});

describe('a server that is terminated for what it is', () => {
  const terminate = { kind: 'terminate', instanceId: 'i-0b11' } as const;
  const { observation, memory } = buildMidRoll({ size: 3, old: 3, new: 1 });
  /** The canary says this of itself; without the ACL token it says nothing a moment later. */
  const says = (change: Partial<AgentUp>): Observation => ({
    ...observation,
    servers: observation.servers.map((one) =>
      one.instanceId === 'i-0b11' && one.agent.kind === 'up'
        ? { ...one, peer: undefined, agent: { ...one.agent, ...change } }
        : one,
    ),
  });
  const silent: Observation = {
    ...observation,
    servers: observation.servers.map((one) =>
      one.instanceId === 'i-0b11'
        ? { ...one, peer: undefined, agent: { kind: 'down', why: 'denied', detail: 'it gets no ACL token' } }
        : one,
    ),
  };

  // failure-mode: node-id-in-image
  it('is remembered as an impostor, although it does not show that any more', () => {
    const [oldest] = observation.servers;
    const nodeId = oldest?.agent.kind === 'up' ? oldest.agent.nodeId : '';
    const after = updateMemoryWithAction({ observation: silent, memory, decidedOn: says({ nodeId }) }, terminate);
    expect(after.impostors).toMatchObject([{ instanceId: 'i-0b11', owner: oldest?.instanceId, shares: 'node-id' }]);
    expect(updateMemoryWithAction({ observation: silent, memory }, terminate).impostors).toEqual([]);
  });

  // failure-mode: image-founds
  it('is remembered as a founder, although it does not show that any more', () => {
    const address = observation.servers.find(({ instanceId }) => instanceId === 'i-0b11')?.address;
    const own = `${address}:8300`;
    const decidedOn = says({ leader: own, peers: [own] });
    expect(updateMemoryWithAction({ observation: silent, memory, decidedOn }, terminate).founder).toMatchObject({
      instanceId: 'i-0b11',
    });
  });
});

describe('the sizes that a roll expects', () => {
  const scaled = { desired: 6, tags: {} };

  it('have not been seen where the tags of the roll are gone, and the store tells of it', () => {
    expect(looksAt({ oldGroup: scaled, newGroup: { tags: {} } }).hadExpectedSizes).toBe(false);
  });

  it('are not known where neither the store nor tags tell of the roll', () => {
    const unread = { oldGroup: scaled, newGroup: { tags: {} }, isStored: false };
    expect(looksAt({ ...unread, over: { raft: undefined } }).hadExpectedSizes).toBe(false);
    expect(looksAt({ ...unread, newGroup: null }).hadExpectedSizes).toBe(true);
  });
});

describe('consecutive checks at any pace', () => {
  /** The memory after observations of a server that is ready, at these times. */
  const lookAt = (times: readonly number[], shape: MidRollShape = good) =>
    times.reduce<Memory>(
      (memory, ms) => {
        const { observation } = buildMidRoll({ size: 3, old: 3, new: 1, ...shape });
        const known = { observation: { ...observation, atMs: OBSERVED_AT_MS + ms }, memory };
        return updateMemoryWithObservation(known, limits, SPACING_MS);
      },
      buildMidRoll({ history: WATCHED }).memory,
    );
  const leastMs = (limits.successThreshold - 1) * SPACING_MS;

  it('last at least as long as at the interval, and no longer', () => {
    for (const everyMs of [50, 250, 500, 700, 999, 1000]) {
      const times = Array.from({ length: 200 }, (_, n) => n * everyMs);
      const passedAt = times.findIndex((_, n) => lookAt(times.slice(0, n + 1)).passedGates.includes('i-0b11'));
      const passedMs = times[passedAt] ?? 0;
      expect(passedMs).toBeGreaterThanOrEqual(leastMs);
      // Each of them ends with the next observation once it is due.
      expect(passedMs).toBeLessThanOrEqual(leastMs + (limits.successThreshold - 1) * everyMs);
    }
  });

  it('begin with the first observation that finds the server ready, whenever the last one counted', () => {
    const { observation } = buildMidRoll({ size: 3, old: 3, new: 1 });
    const { observation: worse } = buildMidRoll({ size: 3, old: 3, new: 1, ...bad });
    const memory = [
      [0, worse],
      [SPACING_MS / 2, observation],
      [1.5 * SPACING_MS, observation],
      [2.5 * SPACING_MS, observation],
    ] as const;
    const after = memory.reduce<Memory>(
      (before, [ms, from]) =>
        updateMemoryWithObservation(
          { observation: { ...from, atMs: OBSERVED_AT_MS + ms }, memory: before },
          limits,
          SPACING_MS,
        ),
      buildMidRoll({ history: WATCHED }).memory,
    );
    expect(after.passedGates).toContain('i-0b11');
  });

  it('of one server do not wait for those of another', () => {
    const down = lookAt([0], good);
    const { observation } = buildMidRoll({ size: 3, old: 3, new: 1, ...gone });
    const left = updateMemoryWithObservation(
      { observation: { ...observation, atMs: OBSERVED_AT_MS + 10 }, memory: down },
      limits,
      SPACING_MS,
    );
    expect(left.downStreaks).toEqual({ 'i-0b11': 1 });
  });
});
