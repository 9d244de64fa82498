import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/lib/model/action.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import type { StopReason } from '../../../src/lib/model/stop-reason.js';
import { buildAddress, buildPeerId, OBSERVED_AT_MS } from '../../helpers/servers.js';
import {
  asked,
  back,
  type SafetyCase as Case,
  deregister,
  ghostAt,
  leave,
  removePeer,
  said,
  silent,
  terminate,
} from './cases.js';

const naming = (leader: string) => (observation: Observation) => ({
  ...observation,
  servers: observation.servers.map((one, n) =>
    n === 2 && one.agent.kind === 'up' ? { ...one, agent: { ...one.agent, leader } } : one,
  ),
});
const allNaming = (leader: string) => (observation: Observation) => ({
  ...observation,
  servers: observation.servers.map((one) =>
    one.agent.kind === 'up' ? { ...one, agent: { ...one.agent, leader } } : one,
  ),
});

describe('safety lets pass', () => {
  it.each<[Action, Case, Partial<Intent>]>([
    [deregister('i-0a12'), {}, {}],
    [leave('i-0a12'), {}, {}],
    [leave('i-0a12'), { stages: { 'i-0a12': 'left' } }, {}],
    [leave('i-0a11'), { old: 1, leader: 0 }, {}],
    [leave('i-0b12'), {}, back],
    [terminate('i-0a12'), { stages: { 'i-0a12': 'left' } }, {}],
    [
      terminate('i-0a12'),
      { stages: { 'i-0a12': 'unhealthy' }, servers: { 'i-0a12': { agent: silent } } },
      {},
    ],
    [terminate('i-0b12'), { stages: { 'i-0b12': 'booting' } }, back],
    [removePeer('orphan-peer'), { orphanPeers: [ghostAt('127.1.9.9', false)] }, {}],
    [{ kind: 'delete-group', group: 'consul' }, { old: 0, leader: 0 }, {}],
    [{ kind: 'delete-group', group: 'consul-7f3a' }, { new: 0 }, back],
    [
      { kind: 'delete-group', group: 'consul-7f3a' },
      { new: 0, newGroup: { desired: 2, suspendedProcesses: ['Launch'] } },
      back,
    ],
    [
      terminate('i-0b12'),
      { history: { leaveRequests: { 'i-0b12': { count: 3, lastRequestedAtMs: OBSERVED_AT_MS } } } },
      back,
    ],
    [{ kind: 'delete-launch-configuration', name: 'consul-lc' }, {}, {}],
    [{ kind: 'transfer-leadership', to: 'i-0b11', peerId: buildPeerId('new', 0) }, {}, {}],
    [{ kind: 'scale-out', group: 'consul-7f3a', to: 3 }, {}, {}],
    [{ kind: 'resume-processes', group: 'consul', processes: ['Launch'] }, {}, back],
    [{ kind: 'lower-desired', group: 'consul', to: 0 }, { old: 0, leader: 0, oldGroup: { desired: 1 } }, {}],
  ])('%j', (action, shape, change) => {
    expect(said(action, shape, change)).toBeUndefined();
  });
});

describe('invariant 1: one leader, the same for all, a server of this cluster', () => {
  const touching: readonly Action[] = [
    deregister('i-0a12'),
    leave('i-0a12'),
    terminate('i-0a12'),
    removePeer('orphan-peer'),
  ];

  it.each<[StopReason['kind'], Case]>([
    ['two-leaders', { seen: naming(`${buildAddress('old', 2)}:8300`) }],
    ['no-leader', { seen: naming('') }],
    ['no-leader', { leader: undefined }],
    ['no-leader', { seen: (observation) => ({ ...observation, raft: undefined }) }],
    ['unknown-leader', { seen: allNaming('127.9.9.9:8300') }],
    ['unknown-leader', { sentinel: undefined }],
    ['unknown-leader', { sentinel: 'of another roll' }],
  ])('%s', (kind, shape) => {
    for (const action of touching) expect(said(action, shape), action.kind).toMatchObject({ kind });
  });

  it('says who named whom', () => {
    const answers = [{ instanceId: 'i-0a13', address: buildAddress('old', 2), leader: '' }];
    expect(said(leave('i-0a12'), { seen: naming('') })).toMatchObject({
      answers: expect.arrayContaining(answers),
    });
  });
});

describe('invariant 2: a healthy voter to spare', () => {
  it.each<[string, Case, Partial<Intent>, object]>([
    [
      'i-0a12',
      { stages: { 'i-0b11': 'unhealthy', 'i-0b12': 'unhealthy' } },
      {},
      { voters: 5, healthy: 3, quorum: 3, margin: 0 },
    ],
    [
      'i-0b12',
      { stages: { 'i-0a12': 'unhealthy', 'i-0a13': 'unhealthy' } },
      back,
      { voters: 5, healthy: 3, quorum: 3, margin: 0 },
    ],
    ['i-0a12', { new: 0 }, back, { voters: 2, healthy: 2, quorum: 2, margin: 0 }],
    [
      'i-0a12',
      { servers: { 'i-0b11': { agent: silent }, 'i-0b12': { agent: silent } } },
      {},
      { voters: 5, healthy: 3 },
    ],
  ])('refuses %s with the numbers', (instanceId, shape, change, after) => {
    expect(said(leave(instanceId), shape, change)).toMatchObject({
      kind: 'quorum-at-risk',
      instanceId,
      after,
    });
  });

  it('asks of a dead server, which takes no vote with it, only that the quorum stands', () => {
    const stages = { 'i-0a12': 'unhealthy', 'i-0b11': 'unhealthy', 'i-0b12': 'unhealthy' } as const;
    const dead = { 'i-0a12': { agent: silent } };
    expect(said(terminate('i-0a12'), { stages, servers: dead })).toBeUndefined();
    const one = { ...stages, 'i-0b13': 'unhealthy' } as const;
    expect(said(terminate('i-0a12'), { stages: one, servers: dead })).toMatchObject({
      kind: 'quorum-at-risk',
      after: { healthy: 2, quorum: 3 },
    });
  });

  it('holds for a peer removed by hand', () => {
    const stages = {
      'i-0a12': 'unhealthy',
      'i-0a13': 'unhealthy',
      'i-0b12': 'unhealthy',
      'i-0b13': 'unhealthy',
    } as const;
    const shape: Case = { stages, orphanPeers: [ghostAt('127.1.9.9', false)] };
    expect(said(removePeer('orphan-peer'), shape)).toMatchObject({
      kind: 'quorum-at-risk',
      after: { healthy: 2, quorum: 4 },
    });
  });
});

describe('invariant 3: one change in flight', () => {
  it.each<[Action]>([
    [leave('i-0a13')],
    [removePeer('orphan-peer')],
    [{ kind: 'transfer-leadership', to: 'i-0b11', peerId: 'x' }],
  ])('%j', (action) => {
    const shape: Case = { history: asked('i-0a12'), orphanPeers: [ghostAt('127.1.9.9', false)] };
    expect(said(action, shape)).toEqual({ kind: 'membership-change-pending', node: 'i-0a12' });
  });

  it('lets the same server be asked again', () => {
    expect(said(leave('i-0a12'), { history: asked('i-0a12') })).toBeUndefined();
  });
});

describe('invariant 4: replacements first', () => {
  it.each<[string, Case, number, number]>([
    ['none', { new: 0, old: 3 }, 0, 1],
    ['out of service', { new: 1, stages: { 'i-0b11': 'voter' } }, 0, 1],
    ['not proved', { new: 1, history: { passedGates: [] } }, 0, 1],
    ['too few', { old: 2, new: 1 }, 1, 2],
    [
      'one, and one old is terminating',
      { new: 1, servers: { 'i-0a13': { lifecycle: 'Terminating' } } },
      1,
      2,
    ],
  ])('%s', (_case, shape, ready, needed) => {
    expect(said(deregister('i-0a12'), shape)).toEqual({ kind: 'too-few-replacements', ready, needed });
    expect(said(leave('i-0a12'), shape)?.kind).toMatch(/too-few-replacements|quorum-at-risk/);
  });
});
