import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { listProcessesToSuspend } from '../../../src/lib/engine/strategy/suspended-processes.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { OBSERVED_AT_MS, type ServerStage } from '../../helpers/servers.js';

/** The decision during a rollback. */
function next(shape: MidRollShape, change: Partial<Intent> = {}): string {
  const { observation, memory, intent } = buildMidRoll(
    { size: 3, old: 3, ...shape },
    { direction: 'rollback', ...change },
  );
  return summarizeDecision(decide({ observation, memory, intent, limits }));
}

const each = (stage: ServerStage, ...ids: number[]): Record<string, ServerStage> =>
  Object.fromEntries(ids.map((id) => [`i-0b1${id}`, stage]));
const joinedAgain = { count: 1, lastRequestedAtMs: OBSERVED_AT_MS - 20_000, hasLeft: true };
const out = each('deregistered', 1, 2, 3);
const dead = { kind: 'down', why: 'silent', detail: 'no answer in time' } as const;
const inFull = listProcessesToSuspend(false);

describe('a rollback before any old server has left', () => {
  it.each<[string, MidRollShape, string]>([
    [
      'a new group that may still launch',
      { new: 3, newGroup: { suspendedProcesses: listProcessesToSuspend(true) } },
      'act suspend-processes consul-7f3a Launch',
    ],
    ['new servers in service', { new: 3 }, 'act deregister i-0b11,i-0b12,i-0b13'],
    ['one being registered', { new: 2, stages: each('draining', 1) }, 'act deregister i-0b12'],
    ['all being drained', { new: 2, stages: each('draining', 1, 2) }, 'wait drained i-0b11'],
    ['all deregistered', { new: 3, stages: out }, 'act leave i-0b11'],
    ['a non-voter', { new: 3, stages: { ...out, ...each('joined', 3) } }, 'act leave i-0b13'],
    ['a leader among them', { new: 3, leader: 3, stages: out }, 'act leave i-0b12'],
    ['only the leader left', { new: 1, leader: 3, stages: each('deregistered', 1) }, 'act transfer-leadership i-0a11'],
    [
      'one that was asked to leave',
      {
        new: 3,
        stages: out,
        history: { leaveRequests: { 'i-0b12': { count: 1, lastRequestedAtMs: OBSERVED_AT_MS } } },
      },
      'wait out-of-raft i-0b12',
    ],
    [
      'one that was asked to leave three times',
      {
        new: 3,
        stages: out,
        history: { leaveRequests: { 'i-0b12': { count: 3, lastRequestedAtMs: OBSERVED_AT_MS - 61_000 } } },
      },
      'act terminate i-0b12',
    ],
    // failure-mode: agent-restarted-rollback
    [
      'one that left and joined again, while another leaves',
      {
        new: 3,
        stages: { ...out, ...each('joined', 2) },
        history: {
          leaveRequests: { 'i-0b12': joinedAgain, 'i-0b13': { count: 1, lastRequestedAtMs: OBSERVED_AT_MS } },
        },
      },
      'wait out-of-raft i-0b13',
    ],
    [
      'two that left and joined again, one as a voter',
      {
        new: 3,
        stages: { ...out, ...each('joined', 2) },
        history: { leaveRequests: { 'i-0b12': joinedAgain, 'i-0b13': joinedAgain } },
      },
      'act terminate i-0b12',
    ],
    [
      'a voter that left and joined again three times',
      { new: 1, stages: out, history: { leaveRequests: { 'i-0b11': { ...joinedAgain, count: 3 } } } },
      'act terminate i-0b11',
    ],
    ['the last one booting', { new: 1, stages: each('booting', 1) }, 'act terminate i-0b11'],
    ['one being terminated', { new: 1, stages: each('terminating', 1) }, 'wait terminated i-0b11'],
    ['an empty group', { new: 0 }, 'act delete-group consul-7f3a'],
    ['a group being deleted', { new: 0, newGroup: { deleting: true } }, 'wait deleted consul-7f3a'],
    ['its launch configuration', { newGroup: null }, 'act delete-launch-configuration consul-lc-7f3a'],
    [
      'changed sizes of the old group',
      { newGroup: null, over: { launchConfigurations: [] } },
      'act restore-size consul',
    ],
    [
      'the processes of the old group suspended',
      { newGroup: null, oldGroup: { minSize: 3, maxSize: 3 }, over: { launchConfigurations: [] } },
      'act resume-processes consul HealthCheck,Launch',
    ],
    [
      'the sentinel',
      {
        newGroup: null,
        oldGroup: { minSize: 3, maxSize: 3, suspendedProcesses: [] },
        over: { launchConfigurations: [] },
      },
      'act delete-sentinel',
    ],
    [
      'the tags of the roll',
      {
        newGroup: null,
        oldGroup: { minSize: 3, maxSize: 3, suspendedProcesses: [] },
        sentinel: undefined,
        over: { launchConfigurations: [] },
      },
      'act clear-record consul',
    ],
    [
      'nothing left',
      {
        isStored: false,
        newGroup: null,
        oldGroup: { minSize: 3, maxSize: 3, suspendedProcesses: [], tags: {} },
        sentinel: undefined,
        over: { launchConfigurations: [] },
      },
      'done rolled-back',
    ],
  ])('with %s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });

  it('registers an old server again that was only deregistered', () => {
    expect(next({ new: 3, stages: { 'i-0a12': 'deregistered' } })).toBe('act register i-0a12');
    expect(next({ new: 3, stages: { 'i-0a12': 'draining' } })).toBe('act register i-0a12');
  });

  it('deletes no resource of the old group', () => {
    const templates = { over: { launchConfigurations: ['consul-lc'] } };
    expect(next({ newGroup: null, ...templates })).toBe('act restore-size consul');
  });
});

describe('a rollback after old servers have left', () => {
  const two: MidRollShape = { old: 2, new: 3, leader: 2 };
  const gone: MidRollShape = { old: 3, new: 3, leader: 3 };

  it.each<[string, MidRollShape, string]>([
    [
      'one server out of Raft',
      {
        ...gone,
        stages: { 'i-0a12': 'left' },
        history: { leaveRequests: { 'i-0a12': { count: 1, lastRequestedAtMs: OBSERVED_AT_MS } } },
      },
      'wait agent-down i-0a12',
    ],
    [
      'one server out of Raft, removed by another process',
      { ...gone, stages: { 'i-0a12': 'left' }, history: { downStreaks: { 'i-0a12': 3 } } },
      'act terminate i-0a12',
    ],
    ['an old group that may not launch', two, `act suspend-processes consul AddToLoadBalancer`],
    [
      'an old group that attaches its servers to the load balancer',
      { ...two, oldGroup: { suspendedProcesses: [...inFull, 'AddToLoadBalancer'] } },
      'act resume-processes consul Launch',
    ],
    [
      'an old group that may launch',
      { ...two, oldGroup: { suspendedProcesses: listProcessesToSuspend(true) } },
      'act scale-out consul 3',
    ],
    [
      'an old group with a higher desired capacity',
      { ...two, oldGroup: { suspendedProcesses: listProcessesToSuspend(true), desired: 3 } },
      'wait ready  3',
    ],
    [
      'an old group with the full desired capacity that may not launch',
      { ...two, oldGroup: { suspendedProcesses: [...inFull, 'AddToLoadBalancer'], desired: 3 } },
      'act resume-processes consul Launch',
    ],
  ])('%s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });

  const empty: MidRollShape = { old: 3, new: 0, leader: 2 };

  // failure-mode: left-before-this-run
  it.each<[string, MidRollShape, string]>([
    [
      'a server that another process removed',
      { ...empty, stages: { 'i-0a11': 'left' }, history: { downStreaks: { 'i-0a11': 3 } } },
      'act terminate i-0a11',
    ],
    ['one server less', { ...empty, old: 2, leader: 1 }, 'act suspend-processes consul AddToLoadBalancer'],
    ['a server out of the load balancer', { ...empty, stages: { 'i-0a11': 'deregistered' } }, 'act register i-0a11'],
    ['a restored server without a vote', { ...empty, stages: { 'i-0a11': 'joined' } }, 'wait ready i-0a11 3'],
    ['a complete cluster', empty, 'act delete-group consul-7f3a'],
  ])('and every new one too, with %s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });

  it.each<[string, MidRollShape, string]>([
    ['a server that is not healthy', { stages: { 'i-0a12': 'unhealthy' } }, 'wait ready i-0a12 3'],
    ['a server that is not in service', { stages: { 'i-0a12': 'draining' } }, 'act register i-0a12'],
    ['one server less', { old: 2 }, 'act set-min-size consul'],
    [
      'one server less, its minimum 0',
      { old: 2, oldGroup: { minSize: 0 } },
      'act suspend-processes consul AddToLoadBalancer',
    ],
    ['a complete cluster', {}, 'act resume-processes consul HealthCheck,Launch'],
  ])('does not end with %s', (_case, shape, expected) => {
    const oldGroup = { minSize: 3, maxSize: 3 };
    const done: MidRollShape = { newGroup: null, oldGroup, over: { launchConfigurations: [] } };
    expect(next({ ...done, ...shape })).toContain(expected);
  });

  // failure-mode: incomplete-at-end
  it('ends with the reason where the cluster stays incomplete, and replaces a dead server', () => {
    const waiting = (silent: number) => ({
      currentWait: { key: 'ready 3', sinceMs: OBSERVED_AT_MS - 700_000 },
      silentStreaks: { 'i-0a12': silent },
    });
    const oldGroup = { minSize: 3, maxSize: 3 };
    const shape = { newGroup: null, oldGroup, over: { launchConfigurations: [] }, size: 3, old: 3 };
    const input = buildMidRoll(
      { ...shape, stages: { 'i-0a12': 'unhealthy' }, history: waiting(0) },
      { direction: 'rollback' },
    );
    expect(decide(input)).toMatchObject({
      outcome: 'stopped',
      reason: { kind: 'timed-out', causes: [{ kind: 'gates', instanceId: 'i-0a12', gates: ['autopilot'] }] },
    });
    const servers = input.observation.servers.map((one) =>
      one.instanceId === 'i-0a12' ? { ...one, agent: dead } : one,
    );
    const dying = {
      ...input,
      memory: { ...input.memory, ...waiting(3) },
      observation: { ...input.observation, servers },
    };
    // AWS refuses to go below the minimum.
    expect(summarizeDecision(decide(dying))).toBe('act set-min-size consul');
    const free = { ...dying.observation, old: dying.observation.old && { ...dying.observation.old, minSize: 0 } };
    expect(summarizeDecision(decide({ ...dying, observation: free }))).toBe('act terminate i-0a12');
  });

  it('launches fewer old servers at a time than could bootstrap a cluster by a bootstrap_expect that was allowed', () => {
    const oldGroup = { desired: 0, suspendedProcesses: listProcessesToSuspend(true) };
    const none: MidRollShape = { old: 0, new: 3, leader: 0, oldGroup };
    expect(next(none)).toBe('act scale-out consul 2');
    expect(next(none, { surge: 1 })).toBe('act scale-out consul 1');
    const one: MidRollShape = { ...none, old: 1, oldGroup: { ...oldGroup, desired: 1 } };
    expect(next({ ...one, stages: { 'i-0a11': 'joined' } }, { surge: 1 })).toMatch(/^wait ready/);
    expect(next(one, { surge: 1 })).toBe('act scale-out consul 2');
  });

  it('launches no more while a lifecycle hook holds one that votes: the hook may abandon all of them at once', () => {
    const oldGroup = { desired: 1, suspendedProcesses: listProcessesToSuspend(true) };
    const input = buildMidRoll({ size: 3, old: 1, new: 3, leader: 1, oldGroup }, { direction: 'rollback', surge: 1 });
    const servers = input.observation.servers.map((one) =>
      one.side === 'old' ? { ...one, lifecycle: 'Pending:Wait' } : one,
    );
    const held = { ...input, observation: { ...input.observation, servers } };
    expect(summarizeDecision(decide(input))).toBe('act scale-out consul 2');
    expect(summarizeDecision(decide(held))).toMatch(/^wait ready/);
  });

  it('scales out in place by as many servers as fit beside the new ones', () => {
    const inPlace = (maxSize: number) => {
      const shared = { name: 'consul', maxSize, suspendedProcesses: listProcessesToSuspend(true) };
      const newGroup = { ...shared, imageId: undefined };
      const shape = { ...gone, old: 1, leader: 0, oldGroup: { ...shared, desired: 1 }, newGroup };
      const { observation, memory, intent } = buildMidRoll(
        { ...shape, size: 3 },
        { direction: 'rollback', newGroup: 'consul' },
      );
      return summarizeDecision(decide({ observation, memory, intent, limits }));
    };
    expect(inPlace(4)).toBe('act set-max-size consul 6');
    expect(inPlace(6)).toBe('act scale-out consul 6');
  });

  it('waits until each restored old server passes every gate before the first new one leaves', () => {
    const withLaunchedAgain = (stage: ServerStage, proved = ['i-0a13']) => {
      const oldGroup = { suspendedProcesses: listProcessesToSuspend(true) };
      const { observation, memory, intent } = buildMidRoll(
        { ...gone, size: 3, stages: { 'i-0a13': stage }, oldGroup },
        { direction: 'rollback' },
      );
      const servers = observation.servers.map((one) =>
        one.instanceId === 'i-0a13' ? { ...one, launchedAtMs: OBSERVED_AT_MS } : one,
      );
      const rest = memory.passedGates.filter((id) => id !== 'i-0a13');
      const history = { ...memory, passedGates: [...rest, ...proved] };
      return summarizeDecision(decide({ observation: { ...observation, servers }, memory: history, intent, limits }));
    };
    expect(withLaunchedAgain('booting')).toBe('wait ready i-0a13 3');
    expect(withLaunchedAgain('joined')).toBe('wait ready i-0a13 3');
    expect(withLaunchedAgain('voter', [])).toBe('wait ready i-0a13 3');
    expect(withLaunchedAgain('voter')).toBe('act register i-0a13');
    expect(withLaunchedAgain('in-service')).toBe('act deregister i-0b11,i-0b12,i-0b13');
  });
});

describe('a rollback after an external change', () => {
  const scaled = { oldGroup: { desired: 4 } };

  it.each<[string, MidRollShape, string]>([
    ['the old group scaled out, launching nothing', { new: 1, ...scaled }, 'act lower-desired consul 3'],
    [
      'the old group scaled out, and its launches resumed',
      { new: 1, oldGroup: { desired: 4, suspendedProcesses: listProcessesToSuspend(true) } },
      'act suspend-processes consul Launch',
    ],
    ['the old group scaled out, old servers gone', { old: 2, new: 3, ...scaled }, 'act lower-desired consul 3'],
    ['the new group scaled out', { new: 1, newGroup: { desired: 5 } }, 'act deregister i-0b11'],
    ['the new group on another image', { new: 1, newGroup: { imageId: 'ami-0other' } }, 'act deregister i-0b11'],
    ['an old server too many beside new ones', { old: 4, new: 1 }, 'act deregister i-0a14'],
    ['an old server too many', { old: 4, leader: 0 }, 'act deregister i-0a14'],
    [
      'one too many that is not healthy, and another out of the load balancer',
      { old: 4, new: 1, leader: 0, stages: { 'i-0a12': 'deregistered', 'i-0a14': 'unhealthy' } },
      'act deregister i-0a14',
    ],
    ['an old server too many, deregistered', { old: 4, stages: { 'i-0a12': 'deregistered' } }, 'act leave i-0a12'],
  ])('%s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });
});
