import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { listProcessesToSuspend } from '../../../src/lib/engine/strategy/suspended-processes.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import { EMPTY_MEMORY, type Memory } from '../../../src/lib/model/memory.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import {
  buildFacts,
  buildIntent,
  buildMidRoll,
  limits,
  type MidRollShape,
  summarizeDecision,
  withRecord,
} from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { NEW_IMAGE, type ServerStage } from '../../helpers/servers.js';

/** The decision for a cluster on which no roll has begun. */
function atTheStart(
  over: Partial<Observation> = {},
  change: Partial<Intent> = {},
  memory: Memory = EMPTY_MEMORY,
): string {
  const observation = buildObservation({ old: 3, over: { preflightFacts: buildFacts(), ...over } });
  return summarizeDecision(decide({ observation, memory, intent: buildIntent(observation, change), limits }));
}

/** The decision during a roll. */
function next(shape: MidRollShape, change: Partial<Intent> = {}): string {
  const { observation, memory, intent } = buildMidRoll(shape, change);
  return summarizeDecision(decide({ observation, memory, intent, limits }));
}

const inFull = listProcessesToSuspend(false).join();
const mayGrow = listProcessesToSuspend(true).join();
const snapshot = { path: '/tmp/consul.snap', bytes: 9 };

describe('a roll before its first change', () => {
  it.each<[string, Partial<Observation>, string]>([
    ['a healthy cluster', {}, 'act save-snapshot'],
    ['an image that does not exist', { preflightFacts: buildFacts({ image: undefined }) }, 'stop refused: preflight'],
    ['an unhealthy server', buildObservation({ old: 3, stages: { 'i-0a12': 'unhealthy' } }), 'stop refused: preflight'],
    ['no leader', buildObservation({ old: 3, leader: undefined }), 'stop refused: preflight'],
  ])('with %s', (_case, over, expected) => {
    expect(atTheStart({ ...over, preflightFacts: over.preflightFacts ?? buildFacts() })).toBe(expected);
  });

  it('writes its intent once there is a snapshot', () => {
    expect(atTheStart({}, {}, { ...EMPTY_MEMORY, snapshot })).toBe('act write-record');
    const observation = buildObservation({ old: 3 });
    const { raft } = withRecord(observation, buildIntent(observation));
    expect(atTheStart({ raft })).toBe('act write-intent consul');
  });

  it('ends at once if every server runs the image and the group launches it', () => {
    const { old, servers } = buildObservation({ old: 3, oldGroup: { imageId: NEW_IMAGE } });
    const all = servers.map((server) => ({ ...server, imageId: NEW_IMAGE }));
    expect(atTheStart({ old, servers: all })).toBe('done nothing-to-do');
    expect(atTheStart({ old, servers: [...all.slice(1), ...servers.slice(0, 1)] })).toBe('act save-snapshot');
    expect(atTheStart({ servers: all })).toBe('act save-snapshot');
  });

  it('does not end like that without a leader, who alone knows of a roll in progress', () => {
    const { old, servers } = buildObservation({ old: 3, oldGroup: { imageId: NEW_IMAGE } });
    const all = servers.map((server) => ({ ...server, imageId: NEW_IMAGE }));
    expect(atTheStart({ old, servers: all, raft: undefined })).toBe('stop refused: preflight');
  });
});

describe('a roll that creates the new group', () => {
  it.each<[string, MidRollShape, string]>([
    [
      'intent written',
      { newGroup: null, oldGroup: { suspendedProcesses: [] } },
      `act suspend-processes consul ${inFull}`,
    ],
    [
      'some processes suspended',
      { newGroup: null, oldGroup: { suspendedProcesses: ['Launch'] } },
      `act suspend-processes consul ${inFull.replace('Launch,', '')}`,
    ],
    [
      'processes suspended',
      { newGroup: null, over: { launchConfigurations: ['consul-lc'] } },
      'act create-launch-configuration consul-lc-7f3a',
    ],
    ['launch configuration created', { newGroup: null }, 'act create-group consul-7f3a'],
    ['group created', { newGroup: { suspendedProcesses: [] } }, `act suspend-processes consul-7f3a ${mayGrow}`],
    ['no sentinel written', { sentinel: undefined }, 'act write-sentinel 7f3a'],
    ["another roll's sentinel", { sentinel: '0000' }, 'act write-sentinel 7f3a'],
    ['an empty new group', {}, 'act scale-out consul-7f3a 1'],
  ])('%s', (_case, shape, expected) => {
    expect(next({ size: 3, old: 3, ...shape })).toBe(expected);
  });
});

describe('a roll with new servers', () => {
  const fresh = (...stages: ServerStage[]): MidRollShape => ({
    size: 3,
    old: 3,
    new: stages.length,
    stages: Object.fromEntries(stages.map((stage, n) => [`i-0b1${n + 1}`, stage])),
  });

  it.each<[string, MidRollShape, string]>([
    ['one desired and not launched', { ...fresh(), newGroup: { desired: 1 } }, 'wait ready  1'],
    ['a booting canary', fresh('booting'), 'wait ready i-0b11 1'],
    ['a canary without a vote', fresh('joined'), 'wait ready i-0b11 1'],
    ['an unhealthy canary', fresh('unhealthy'), 'wait ready i-0b11 1'],
    ['a canary that passes every gate', fresh('voter'), 'act register i-0b11'],
    [
      'a canary that has not passed often enough',
      { ...fresh('voter'), history: { passedGates: [] } },
      'wait ready i-0b11 1',
    ],
    [
      'a canary that failed and passes every gate again',
      { ...fresh('in-service'), history: { regressed: ['i-0b11'] } },
      'wait ready i-0b11 1',
    ],
    ['a canary in service', fresh('in-service'), 'act scale-out consul-7f3a 3'],
    ['two of three launched', { ...fresh('in-service', 'voter'), newGroup: { desired: 3 } }, 'wait ready  3'],
    ['one of three booting', fresh('in-service', 'in-service', 'booting'), 'wait ready i-0b13 3'],
    ['three that pass every gate', fresh('in-service', 'voter', 'voter'), 'act register i-0b12,i-0b13'],
    [
      'three in service',
      { ...fresh('in-service', 'in-service', 'in-service'), oldGroup: { minSize: 3 } },
      'act set-min-size consul',
    ],
  ])('%s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });

  it('waits until the load balancer finds them in service', () => {
    const { observation, memory, intent } = buildMidRoll(fresh('in-service'));
    for (const state of ['registering', 'out-of-service', 'draining'] as const) {
      const servers = observation.servers.map((one) =>
        one.side === 'new' ? { ...one, balancers: { 'consul-lb': state } } : one,
      );
      expect(summarizeDecision(decide({ observation: { ...observation, servers }, memory, intent, limits }))).toBe(
        'wait in-service i-0b11',
      );
    }
  });

  it('scales out to the surge only', () => {
    expect(next({ ...fresh('in-service'), oldGroup: { minSize: 3 } }, { surge: 1 })).toBe('act set-min-size consul');
    expect(next(fresh('in-service'), { surge: 2 })).toBe('act scale-out consul-7f3a 2');
  });
});
