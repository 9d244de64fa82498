import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { listProcessesToSuspend } from '../../../src/lib/engine/strategy/suspended-processes.js';
import type { Intent, Limits } from '../../../src/lib/model/intent.js';
import type { Bake } from '../../../src/lib/model/memory.js';
import { describeStopReason } from '../../../src/lib/output/text/stop-reasons.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { LOAD_BALANCER, OBSERVED_AT_MS, type ServerStage } from '../../helpers/servers.js';

/** The decision once no old server is left. */
function next(shape: MidRollShape, change: Partial<Intent> = {}, patience: Partial<Limits> = {}): string {
  const done = { size: 3, old: 0, new: 3, leader: 0, sentinel: '7f3a done' };
  const { observation, memory, intent } = buildMidRoll({ ...done, ...shape }, change);
  return summarizeDecision(decide({ observation, memory, intent, limits: { ...limits, ...patience } }));
}

const attached = { newGroup: { balancers: [LOAD_BALANCER] } };
const sized = { ...attached.newGroup, minSize: 3, maxSize: 3, desired: 3 };
const alone: MidRollShape = { oldGroup: null, over: { launchConfigurations: ['consul-lc-7f3a'] } };
/** Those with which the group ends servers, after the others. */
const ending = ['AlarmNotification', 'InstanceRefresh', 'ReplaceUnhealthy', 'ScheduledActions'];

describe('a new server that died after the last old one left', () => {
  it('is replaced by a server in service before the load balancers are attached', () => {
    expect(next({ new: 2, newGroup: { desired: 3 } })).toBe('wait ready  3');
    expect(next({ stages: { 'i-0b13': 'booting' } })).toBe('wait ready i-0b13 3');
    expect(next({ stages: { 'i-0b13': 'voter' } })).toBe('act register i-0b13');
    expect(next({})).toBe('act attach-load-balancers consul-7f3a');
  });
});

describe('the end of a roll', () => {
  it.each<[string, MidRollShape, string]>([
    [
      'an old server that is being terminated',
      { old: 1, leader: 1, stages: { 'i-0a11': 'terminating' } },
      'wait terminated i-0a11',
    ],
    ['the last sentinel to write', { sentinel: '7f3a' }, 'act write-sentinel 7f3a done'],
    ['a new server that is not ready', { stages: { 'i-0b12': 'unhealthy' } }, 'wait ready i-0b12 3'],
    ['a new server that is not in service', { stages: { 'i-0b12': 'draining' } }, 'wait in-service i-0b12'],
    ['load balancers to attach', {}, 'act attach-load-balancers consul-7f3a'],
    ['an empty old group', attached, 'act delete-group consul'],
    ['the old group being deleted', { ...attached, oldGroup: { deleting: true } }, 'wait deleted consul'],
    [
      'the old group being deleted, whose tags others removed just before',
      { ...attached, oldGroup: { deleting: true, tags: {} } },
      'wait deleted consul',
    ],
    ['the old launch configuration left', { ...attached, oldGroup: null }, 'act delete-launch-configuration consul-lc'],
    [
      'the old launch configuration in use elsewhere',
      { ...attached, oldGroup: null, history: { launchConfigurationsInUse: ['consul-lc'] } },
      'act restore-size consul-7f3a',
    ],
    ['sizes to restore', { ...attached, ...alone }, 'act restore-size consul-7f3a'],
    [
      'processes to resume',
      { ...alone, newGroup: sized },
      'act resume-processes consul-7f3a AddToLoadBalancer,HealthCheck',
    ],
    [
      'processes that end servers to resume',
      { ...alone, newGroup: { ...sized, suspendedProcesses: ending } },
      `act resume-processes consul-7f3a ${ending}`,
    ],
    [
      'AZRebalance to resume',
      { ...alone, newGroup: { ...sized, suspendedProcesses: ['AZRebalance'] } },
      'act resume-processes consul-7f3a AZRebalance',
    ],
    ['the sentinel to delete', { ...alone, newGroup: { ...sized, suspendedProcesses: [] } }, 'act delete-sentinel'],
    [
      'the tags to remove',
      { ...alone, newGroup: { ...sized, suspendedProcesses: [] }, sentinel: undefined },
      'act clear-record consul-7f3a',
    ],
    [
      'only the record in the store',
      { ...alone, newGroup: { ...sized, suspendedProcesses: [], tags: {} }, sentinel: undefined },
      'act delete-record',
    ],
    [
      'nothing left',
      { ...alone, newGroup: { ...sized, suspendedProcesses: [], tags: {} }, sentinel: undefined, isStored: false },
      'done rolled',
    ],
  ])('with %s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });

  it('leaves a server that is gone to the group, and ends when the group has replaced it', () => {
    const two: MidRollShape = { ...alone, new: 2, sentinel: undefined };
    expect(next({ ...two, newGroup: sized })).toBe('act resume-processes consul-7f3a AddToLoadBalancer,HealthCheck');
    const resumed = { ...sized, suspendedProcesses: [] };
    expect(next({ ...two, newGroup: resumed })).toBe('wait ready  3');
    expect(next({ ...two, new: 3, stages: { 'i-0b13': 'draining' }, newGroup: resumed })).toBe(
      'wait in-service i-0b13',
    );
    expect(next({ ...two, new: 3, newGroup: resumed })).toBe('act clear-record consul-7f3a');
  });

  it('resumes only the processes that it suspended', () => {
    const was = { minSize: 3, maxSize: 3, desired: 3, suspended: ['ScheduledActions'] };
    const rest = ending.filter((process) => process !== 'ScheduledActions');
    const suspended = { ...sized, suspendedProcesses: ending };
    expect(next({ ...alone, newGroup: suspended }, { original: was })).toBe(`act resume-processes consul-7f3a ${rest}`);
    const resumed = { ...sized, suspendedProcesses: ['ScheduledActions'] };
    expect(next({ ...alone, newGroup: resumed }, { original: was })).toBe('act delete-sentinel');
    const thawedTooFar = { ...sized, suspendedProcesses: [] };
    expect(next({ ...alone, newGroup: thawedTooFar }, { original: was })).toBe(
      'act suspend-processes consul-7f3a ScheduledActions',
    );
  });

  // A server more than the cluster needs had just left its fullest zone when another died.
  it('has a group launch what is missing whose launches were suspended before the roll', () => {
    const was = { minSize: 3, maxSize: 3, desired: 3, suspended: ['Launch'] };
    const end = (fresh: number, suspendedProcesses: readonly string[]) =>
      next({ ...alone, new: fresh, newGroup: { ...sized, suspendedProcesses } }, { original: was });
    expect(end(2, ['Launch'])).toBe('act resume-processes consul-7f3a Launch');
    expect(end(2, [])).toBe('wait ready  3');
    expect(end(3, [])).toBe('act suspend-processes consul-7f3a Launch');
    expect(end(3, ['Launch'])).toBe('act delete-sentinel');
    const grown = { ...sized, maxSize: 6, desired: 6, suspendedProcesses: ['Launch'] };
    expect(next({ ...alone, newGroup: grown }, { original: { ...was, maxSize: 6 } })).toBe('act delete-sentinel');
  });

  it('waits until every new server has the last sentinel', () => {
    const { observation, memory, intent } = buildMidRoll({ size: 3, old: 0, new: 3, leader: 0, sentinel: '7f3a done' });
    const servers = observation.servers.map((one, n) =>
      n === 1 && one.agent.kind === 'up' ? { ...one, agent: { ...one.agent, sentinel: '7f3a' } } : one,
    );
    expect(summarizeDecision(decide({ observation: { ...observation, servers }, memory, intent, limits }))).toBe(
      'wait sentinel',
    );
  });
});

describe('the bake', () => {
  const bake = (aloneMs: number, healthyMs = aloneMs): Bake => {
    return { aloneSinceMs: OBSERVED_AT_MS - aloneMs, healthySinceMs: OBSERVED_AT_MS - healthyMs, misses: 0 };
  };
  const since = (agoMs: number) => ({ history: { bake: bake(agoMs) } });

  it.each<[number, string]>([
    [0, 'wait bake'],
    [59_999, 'wait bake'],
    [60_000, 'act attach-load-balancers consul-7f3a'],
  ])('for a minute, after %i ms', (agoMs, expected) => {
    expect(next(since(agoMs), {}, { bakeMs: 60_000 })).toBe(expected);
  });

  it('is as long as it was observed', () => {
    const gaps = [{ sinceMs: OBSERVED_AT_MS - 50_000, untilMs: OBSERVED_AT_MS - 10_000 }];
    expect(next({ history: { bake: bake(60_000), gaps } }, {}, { bakeMs: 60_000 })).toBe('wait bake');
    expect(next({ history: { bake: bake(100_000), gaps } }, {}, { bakeMs: 60_000 })).toContain('attach');
  });

  // failure-mode: bake-never-over
  it('ends where a server fails again and again', () => {
    const over = 3 * (60_000 + limits.healthTimeoutMs);
    const failing = (aloneMs: number): MidRollShape => {
      return { stages: { 'i-0b12': 'unhealthy' }, history: { bake: bake(aloneMs, 0) } };
    };
    expect(next(failing(over), {}, { bakeMs: 60_000 })).toBe('wait ready i-0b12 3');
    expect(next(failing(over + 1), {}, { bakeMs: 60_000 })).toBe('stop stopped: timed-out');
    expect(next({ history: { bake: bake(over + 1, 0) } }, {}, { bakeMs: 60_000 })).toBe('wait bake');
  });

  it('begins with the first observation of new servers only', () => {
    expect(next({}, {}, { bakeMs: 60_000 })).toBe('wait bake');
  });
});

describe('keeping the old group', () => {
  const kept = (shape: MidRollShape) => next(shape, { keepOld: true });

  it.each<[string, MidRollShape, string]>([
    ['clears the record and does not delete the group', attached, 'act clear-record consul'],
    [
      'begins the end again where others put its tags back after the last key was deleted',
      { ...attached, sentinel: undefined },
      'act write-sentinel 7f3a done',
    ],
    [
      'lowers the desired capacity first, if an operator raised it',
      { ...attached, oldGroup: { desired: 1 } },
      'act lower-desired consul 0',
    ],
    [
      'lowers its minimum first, if an operator raised that too',
      { ...attached, oldGroup: { desired: 1, minSize: 1 } },
      'act set-min-size consul',
    ],
    [
      'suspends again what others resumed, before it clears the record',
      { ...attached, oldGroup: { suspendedProcesses: listProcessesToSuspend(false).slice(1) } },
      'act suspend-processes consul AZRebalance',
    ],
    [
      'resumes none of its processes, and keeps its launch configuration',
      { ...attached, oldGroup: { tags: {} } },
      'act restore-size consul-7f3a',
    ],
    [
      'leaves it to an operator who resumed them',
      { ...attached, oldGroup: { tags: {}, suspendedProcesses: [] } },
      'act restore-size consul-7f3a',
    ],
    [
      'leaves the group at the end',
      {
        isStored: false,
        newGroup: { ...sized, suspendedProcesses: [], tags: {} },
        oldGroup: { tags: {} },
        sentinel: undefined,
      },
      'done rolled',
    ],
  ])('%s', (_case, shape, expected) => {
    expect(kept(shape)).toBe(expected);
  });
});

describe('a group that is scaled by hand during a roll in place', () => {
  /** A group of three with a surge of one: its desired capacity is `wanted`, with two servers on either side. */
  const said = (wanted: number, change: Partial<Intent> = {}, hadExpectedSizes = true) => {
    const newGroup = { name: 'consul', desired: wanted - 2 };
    const shape = { size: 3, old: 2, new: 2, leader: 0, sentinel: '7f3a', newGroup };
    const { observation, memory, intent } = buildMidRoll(shape, { newGroup: 'consul', surge: 1, ...change });
    const decision = decide({ observation, memory: { ...memory, hadExpectedSizes }, intent, limits });
    return decision.kind === 'stop' ? describeStopReason(decision.reason) : summarizeDecision(decision);
  };

  it('stops the roll as soon as its desired capacity exceeds that of the roll', () => {
    expect(said(4)).not.toMatch(/scaled/);
    expect(said(5)).toBe(
      'Changed externally during the roll: group consul was scaled to 5, and the roll expects at most 4.',
    );
  });

  it('was scaled before this run: its size is set back', () => {
    expect(said(8, {}, false)).toMatch(/^act/);
  });

  it('does not block the rollback, which removes every new server', () => {
    expect(said(8, { direction: 'rollback' })).not.toMatch(/scaled/);
  });
});

describe('external changes', () => {
  const left: Record<string, ServerStage> = { 'i-0a12': 'left' };

  it.each<[string, MidRollShape, string]>([
    ['the image of the new group', { newGroup: { imageId: 'ami-0other' } }, 'stop stopped: changed-externally'],
    [
      'the size of the old group',
      { old: 3, oldGroup: { desired: 6 }, history: { hadExpectedSizes: true } },
      'stop stopped: changed-externally',
    ],
    ['both groups deleted', { oldGroup: null, newGroup: null }, 'stop stopped: changed-externally'],
    [
      'the processes of the old group resumed',
      { old: 3, stages: left, oldGroup: { suspendedProcesses: ['Launch'] }, sentinel: '7f3a' },
      `act suspend-processes consul ${listProcessesToSuspend(false).filter((one) => one !== 'Launch')}`,
    ],
  ])('%s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });
});
