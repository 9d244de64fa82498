import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { buildEventsBetween, type WatchSnapshot } from '../../../src/lib/engine/watch/watch-events.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import type { Direction } from '../../../src/lib/model/intent.js';
import type { Knowledge } from '../../../src/lib/model/memory.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import type { ClusterStatus, LockHolder } from '../../../src/lib/model/plan.js';
import { formatServerState } from '../../../src/lib/output/server-list.js';
import { buildMidRoll, limits, type MidRollShape } from '../../helpers/intents.js';
import type { ServerStage } from '../../helpers/servers.js';
import { stepsIn } from './steps-in.js';

/** A look at a roll of three servers whose new ones are all in service. */
function lookAt(
  stages: Readonly<Record<string, ServerStage>>,
  shape: MidRollShape = {},
  direction: Direction = 'forward',
): ClusterStatus {
  const { observation, memory, intent } = buildMidRoll(
    { old: 3, new: 3, size: 3, stages, ...shape },
    { direction },
  );
  return {
    observation,
    memory,
    intent,
    next: decide({ observation, memory, intent, limits }),
    lock: undefined,
    healthIssues: [],
  };
}

/** What Consul said in one look, with what AWS said in another. */
function torn(aws: ClusterStatus, consul: ClusterStatus): ClusterStatus {
  const servers = aws.observation.servers.map((server, n) => {
    const { agent, peer } = consul.observation.servers[n] ?? server;
    return { ...server, agent, peer };
  });
  const observation: Observation = { ...aws.observation, servers, raft: consul.observation.raft };
  return { ...aws, observation };
}

/** The steps that are told at each look, two seconds after the last. */
function toldOf(...looks: readonly ClusterStatus[]): string[][] {
  return eventsOf(looks).map(stepsIn);
}

const OWN: LockHolder = { holder: 'a 1', rollId: '7f3a', sinceMs: 0, renewedAtMs: 0, ttlMs: 30_000 };
/** Long at it. */
const LONG: LockHolder = { ...OWN, renewedAtMs: 120_000 };
const OTHER: LockHolder = { ...OWN, holder: 'b 2', sinceMs: 9 };
/** The canary in service, the second new server booting, the third on its way. */
const HALF = { new: 2, newGroup: { desired: 3 }, history: { passedGates: ['i-0b11'] } } as const;
const STARTING = { 'i-0b12': 'booting' } as const;
const growing = { ...lookAt(STARTING, HALF), lock: OWN };
const proved = { ...lookAt({}, { new: 1 }), lock: OWN };

const whole = lookAt({});
const drained = lookAt({ 'i-0a12': 'deregistered' });
const left = lookAt({ 'i-0a12': 'left' });

describe('the story that looks tell', () => {
  it('tells a step when its effect shows', () => {
    expect(toldOf(whole, drained, left)).toEqual([[], ['drain: deregister i-0a12'], ['drain: leave i-0a12']]);
  });

  it('tells no leave twice where a look shows a server that has left as a member again', () => {
    expect(toldOf(drained, left, drained, left)).toEqual([[], ['drain: leave i-0a12'], [], []]);
  });

  it('tells no registration twice where a load balancer shows it late again', () => {
    const joined = lookAt({ 'i-0b12': 'voter', 'i-0b13': 'voter' });
    const registered = ['grow: register i-0b12 i-0b13'];
    expect(toldOf(joined, whole, joined, whole)).toEqual([[], registered, [], []]);
  });

  it('tells what Consul shows before AWS shows what came before it a look later, in order', () => {
    const early = torn(whole, left);
    const both = ['drain: deregister i-0a12', 'drain: leave i-0a12'];
    expect(toldOf(whole, early, left)).toEqual([[], [], both]);
  });

  it('tells nothing of a step that is left no more and does not show at the next look either', () => {
    const early = torn(whole, left);
    expect(toldOf(whole, early, early, early)).toEqual([[], [], ['drain: leave i-0a12'], []]);
  });

  it('holds nothing back because a server flickers', () => {
    const ill = lookAt({ 'i-0b12': 'unhealthy' });
    expect(toldOf(whole, ill, drained, left).flat()).toEqual([
      'drain: deregister i-0a12',
      'drain: leave i-0a12',
    ]);
  });

  it('terminates in the order in which the servers have left', () => {
    const two = lookAt({ 'i-0a12': 'left', 'i-0a13': 'left' });
    const first = lookAt({ 'i-0a13': 'deregistered' });
    const second = lookAt({ 'i-0a13': 'left', 'i-0a12': 'deregistered' });
    const last = { 'i-0a11': 'left', 'i-0a12': 'terminating', 'i-0a13': 'terminating' } as const;
    const told = toldOf(first, second, two, lookAt(last, { leader: 3 })).at(-1);
    expect(told?.filter((step) => step.includes('terminate'))).toEqual([
      'drain: terminate i-0a13',
      'drain: terminate i-0a12',
    ]);
  });

  it.each<[string, LockHolder, readonly ClusterStatus[], object]>([
    ['somebody else has taken over', OTHER, [growing], { kind: 'operator-request' }],
    ['who went forward has lost patience', OWN, [proved, growing], { kind: 'timed-out', limitMs: 63_000 }],
    ['it was not seen going forward', LONG, [growing], { kind: 'unknown' }],
    ['who turns it has only just begun', OWN, [growing], { kind: 'operator-request' }],
  ])('says why a roll is turned back as far as it can be known: %s', (_, lock, looks, reason) => {
    const turnedBack = { ...lookAt(STARTING, HALF, 'rollback'), lock };
    let before: WatchSnapshot | undefined;
    let last: readonly RollEvent[] = [];
    for (const [n, status] of [...looks, turnedBack].entries()) {
      const observation = { ...status.observation, atMs: status.observation.atMs + n * 2000 };
      const { events, seen } = buildEventsBetween(before, { ...status, observation }, limits);
      [before, last] = [seen, events];
    }
    expect(stepsIn(last)[0]).toBe('back: turn-back');
    expect(before?.rollbackReason).toMatchObject(reason);
  });

  it('shows who has left on the way back, which nothing else tells of a new server', () => {
    let before: WatchSnapshot | undefined;
    const words = [{ 'i-0b12': 'deregistered' } as const, { 'i-0b12': 'left' } as const].map((stages) => {
      const { events, seen } = buildEventsBetween(before, lookAt(stages, {}, 'rollback'), limits);
      before = seen;
      return events.flatMap((event) => (event.kind === 'observed' ? wordsFor('i-0b12', event) : []));
    });
    expect(words).toEqual([['ready'], ['left']]);
  });

  it('tells who has left while nobody leads: the others have dropped it from their own lists', () => {
    const all = drained.observation.servers.map(({ address }) => `${address}:8300`);
    const others = all.filter((peer) => peer !== `${addressOf('i-0a12')}:8300`);
    expect(toldOf(drained, electing(drained, others), left)).toEqual([[], ['drain: leave i-0a12'], []]);
    expect(toldOf(drained, electing(drained, all))).toEqual([[], []]);
  });

  it('tells no wait for servers that were ready unless a second look shows it too', () => {
    const ill = lookAt({ 'i-0b12': 'unhealthy' });
    expect(waitsIn(whole, ill, whole)).toEqual([[], [], []]);
    expect(waitsIn(whole, ill, ill, ill)).toEqual([[], [], ['ready'], []]);
  });

  it('shows new servers as caught up until they have passed every gate often enough', () => {
    const joining = lookAt({ 'i-0b12': 'booting' }, HALF);
    const open = lookAt({ 'i-0b12': 'voter' }, HALF);
    const looks = [joining, open, open, open, open];
    expect(knownAt(looks).flatMap((known) => wordsFor('i-0b12', known))).toEqual([
      'booting',
      'caught up',
      'caught up',
      'ready',
      'ready',
    ]);
  });

  it('numbers steps and counts changes of leader over all looks', () => {
    const elected = lookAt({ 'i-0a12': 'left' }, { leader: 3 });
    let before: WatchSnapshot | undefined;
    const numbers: number[] = [];
    for (const status of [whole, drained, left, elected]) {
      const { events, seen } = buildEventsBetween(before, status, limits);
      numbers.push(...events.flatMap(numberOf));
      before = seen;
    }
    expect(numbers).toEqual([1, 2]);
    expect(before).toMatchObject({ steps: 2, leaderChanges: 1, leader: '127.1.2.11:8300' });
  });
});

function addressOf(instanceId: string): string | undefined {
  return drained.observation.servers.find((server) => server.instanceId === instanceId)?.address;
}

/** The same with no leader, as the agents say it. */
function electing(status: ClusterStatus, peers: readonly string[]): ClusterStatus {
  const servers = status.observation.servers.map((server) => {
    const { agent } = server;
    return {
      ...server,
      peer: undefined,
      agent: agent.kind === 'up' ? { ...agent, leader: '', peers } : agent,
    };
  });
  const observation: Observation = { ...status.observation, servers, raft: undefined };
  return { ...status, observation, next: undefined };
}

function eventsOf(looks: readonly ClusterStatus[]): readonly (readonly RollEvent[])[] {
  let before: WatchSnapshot | undefined;
  return looks.map((status, n) => {
    const observation = { ...status.observation, atMs: status.observation.atMs + n * 2000 };
    const { events, seen } = buildEventsBetween(before, { ...status, observation }, limits);
    before = seen;
    return events;
  });
}

function knownAt(looks: readonly ClusterStatus[]): Knowledge[] {
  return eventsOf(looks).flatMap((events) =>
    events.flatMap((event) => (event.kind === 'observed' ? [event] : [])),
  );
}

/** What is waited for, as it is told at each look. */
function waitsIn(...looks: readonly ClusterStatus[]): string[][] {
  return eventsOf(looks).map((events) =>
    events.flatMap((event) => (event.kind === 'waiting' ? [event.wait.for.kind] : [])),
  );
}

function numberOf(event: RollEvent): number[] {
  return event.kind === 'step-done' ? [event.number] : [];
}

function wordsFor(instanceId: string, known: Knowledge): string[] {
  const server = known.observation.servers.find((one) => one.instanceId === instanceId);
  return server === undefined ? [] : [formatServerState(server, known)];
}
