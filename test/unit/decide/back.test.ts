import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { processesToSuspend } from '../../../src/lib/engine/decide/suspended-processes.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import { inShort, limits, type MidRollShape, midRoll } from '../../helpers/intents.js';
import { LOOK_MS, type Stage } from '../../helpers/servers.js';

/** What is decided on the way back. */
function next(shape: MidRollShape, change: Partial<Intent> = {}): string {
  const { survey, intent } = midRoll({ size: 3, old: 3, ...shape }, { direction: 'back', ...change });
  return inShort(decide(survey, intent, limits));
}

const each = (stage: Stage, ...ids: number[]): Record<string, Stage> =>
  Object.fromEntries(ids.map((id) => [`i-0b1${id}`, stage]));
const out = each('deregistered', 1, 2, 3);
const inFull = processesToSuspend(false);

describe('the way back before any old server has left', () => {
  it.each<[string, MidRollShape, string]>([
    [
      'a new group that may still grow',
      { new: 3, newGroup: { suspended: processesToSuspend(true) } },
      'act freeze consul-7f3a Launch',
    ],
    ['new servers in service', { new: 3 }, 'act deregister i-0b11'],
    ['one registering', { new: 2, stages: each('draining', 1) }, 'act deregister i-0b12'],
    ['all draining', { new: 2, stages: each('draining', 1, 2) }, 'wait drained i-0b11'],
    ['all out of traffic', { new: 3, stages: out }, 'act leave i-0b11'],
    ['a non-voter among them', { new: 3, stages: { ...out, ...each('joined', 3) } }, 'act leave i-0b13'],
    ['one that leads', { new: 3, leader: 3, stages: out }, 'act leave i-0b12'],
    [
      'only the leader left',
      { new: 1, leader: 3, stages: each('deregistered', 1) },
      'act transfer-leadership i-0a11',
    ],
    [
      'one asked to leave',
      { new: 3, stages: out, history: { leaves: { 'i-0b12': { count: 1, lastMs: LOOK_MS } } } },
      'wait out-of-raft i-0b12',
    ],
    [
      'one asked to leave for the fourth time',
      { new: 3, stages: out, history: { leaves: { 'i-0b12': { count: 3, lastMs: LOOK_MS - 61_000 } } } },
      'act terminate i-0b12',
    ],
    ['one booting, the last', { new: 1, stages: each('booting', 1) }, 'act terminate i-0b11'],
    ['one terminating', { new: 1, stages: each('terminating', 1) }, 'wait terminated i-0b11'],
    ['an empty group', { new: 0 }, 'act delete-group consul-7f3a'],
    ['a group being deleted', { new: 0, newGroup: { deleting: true } }, 'wait deleted consul-7f3a'],
    ['its template', { newGroup: null }, 'act delete-template consul-lc-7f3a'],
    ['the old sizes changed', { newGroup: null, over: { templates: [] } }, 'act restore-size consul'],
    [
      'the old group frozen',
      { newGroup: null, oldGroup: { minSize: 3, maxSize: 3 }, over: { templates: [] } },
      `act thaw consul ${inFull}`,
    ],
    [
      'the sentinel',
      { newGroup: null, oldGroup: { minSize: 3, maxSize: 3, suspended: [] }, over: { templates: [] } },
      'act delete-sentinel',
    ],
    [
      'the record',
      {
        newGroup: null,
        oldGroup: { minSize: 3, maxSize: 3, suspended: [] },
        sentinel: undefined,
        over: { templates: [] },
      },
      'act forget consul',
    ],
    [
      'nothing left',
      {
        newGroup: null,
        oldGroup: { minSize: 3, maxSize: 3, suspended: [], tags: {} },
        sentinel: undefined,
        over: { templates: [] },
      },
      'done rolled-back',
    ],
  ])('with %s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });

  it('puts an old server that had only been deregistered back into traffic first', () => {
    expect(next({ new: 3, stages: { 'i-0a12': 'deregistered' } })).toBe('act register i-0a12');
    expect(next({ new: 3, stages: { 'i-0a12': 'draining' } })).toBe('act register i-0a12');
  });

  it('deletes nothing of the old side', () => {
    const templates = { over: { templates: ['consul-lc'] } };
    expect(next({ newGroup: null, ...templates })).toBe('act restore-size consul');
  });
});

describe('the way back after old servers have left', () => {
  const two: MidRollShape = { old: 2, new: 3, leader: 2 };
  const gone: MidRollShape = { old: 3, new: 3, leader: 3 };

  it.each<[string, MidRollShape, string]>([
    [
      'one out of Raft',
      {
        ...gone,
        stages: { 'i-0a12': 'left' },
        history: { leaves: { 'i-0a12': { count: 1, lastMs: LOOK_MS } } },
      },
      'wait agent-down i-0a12',
    ],
    [
      'one out of Raft, by another process',
      { ...gone, stages: { 'i-0a12': 'left' }, history: { downLooks: { 'i-0a12': 3 } } },
      'act terminate i-0a12',
    ],
    ['a group that may not launch', two, `act freeze consul AddToLoadBalancer`],
    [
      'and keeps out of the load balancer',
      { ...two, oldGroup: { suspended: [...inFull, 'AddToLoadBalancer'] } },
      'act thaw consul Launch',
    ],
    ['and may launch', { ...two, oldGroup: { suspended: processesToSuspend(true) } }, 'act grow consul 3'],
    [
      'and was told to',
      { ...two, oldGroup: { suspended: processesToSuspend(true), desired: 3 } },
      'wait ready  3',
    ],
    [
      'and wants them all, whoever told it to, but may not launch',
      { ...two, oldGroup: { suspended: [...inFull, 'AddToLoadBalancer'], desired: 3 } },
      'act thaw consul Launch',
    ],
  ])('%s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });

  it('makes room in place for the old ones beside the new ones, and then grows by as many', () => {
    const inPlace = (maxSize: number) => {
      const shared = { name: 'consul', maxSize, suspended: processesToSuspend(true) };
      const newGroup = { ...shared, imageId: undefined };
      const shape = { ...gone, old: 1, leader: 0, oldGroup: { ...shared, desired: 1 }, newGroup };
      const { survey, intent } = midRoll({ ...shape, size: 3 }, { direction: 'back', newGroup: 'consul' });
      return inShort(decide(survey, intent, limits));
    };
    expect(inPlace(4)).toBe('act raise-maximum consul 6');
    expect(inPlace(6)).toBe('act grow consul 6');
  });

  it('gets each regrown server through every gate before the first new one goes', () => {
    const regrown = (stage: Stage, proved = ['i-0a13']) => {
      const oldGroup = { suspended: processesToSuspend(true) };
      const { survey, intent } = midRoll(
        { ...gone, size: 3, stages: { 'i-0a13': stage }, oldGroup },
        { direction: 'back' },
      );
      const servers = survey.servers.map((one) =>
        one.instanceId === 'i-0a13' ? { ...one, launchedAtMs: LOOK_MS } : one,
      );
      const rest = survey.history.proved.filter((id) => id !== 'i-0a13');
      const history = { ...survey.history, proved: [...rest, ...proved] };
      return inShort(decide({ ...survey, servers, history }, intent, limits));
    };
    expect(regrown('booting')).toBe('wait ready i-0a13 3');
    expect(regrown('joined')).toBe('wait ready i-0a13 3');
    expect(regrown('voter', [])).toBe('wait ready i-0a13 3');
    expect(regrown('voter')).toBe('act register i-0a13');
    expect(regrown('in-service')).toBe('act deregister i-0b11');
  });
});
