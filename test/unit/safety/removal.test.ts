import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/lib/model/action.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import type { StopReason } from '../../../src/lib/model/stop-reason.js';
import { buildMidRoll } from '../../helpers/intents.js';
import { buildPeerId } from '../../helpers/servers.js';
import {
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

describe('invariants 5 and 6', () => {
  it('the leader goes last of its side', () => {
    const reason = { kind: 'leader-must-leave-last', instanceId: 'i-0a11', followers: 2 };
    expect(said(leave('i-0a11'))).toEqual(reason);
    expect(said(leave('i-0b11'), { leader: 3 }, back)).toEqual({ ...reason, instanceId: 'i-0b11' });
  });

  it('no instance is terminated that Raft counts, under whatever name', () => {
    const peerId = buildPeerId('old', 1);
    const reason = { kind: 'still-in-raft', instanceId: 'i-0a12', peerId };
    expect(said(terminate('i-0a12'))).toEqual(reason);
    expect(said(terminate('i-0a12'), { stages: { 'i-0a12': 'unhealthy' } })).toEqual(reason);
    expect(said(terminate('i-0a12'), { servers: { 'i-0a12': { agent: silent } } })).toEqual(reason);
    expect(said(terminate('i-0a12'), { servers: { 'i-0a12': { peer: undefined, agent: silent } } })).toEqual(
      reason,
    );
  });

  it('no member that has left is terminated while its agent answers', () => {
    const up = buildMidRoll({ old: 1 }).survey.servers[0]?.agent ?? silent;
    const left: Case = { stages: { 'i-0a12': 'left' }, servers: { 'i-0a12': { agent: up } } };
    expect(said(terminate('i-0a12'), left)).toEqual({ kind: 'agent-still-up', instanceId: 'i-0a12' });
  });

  it('no peer is removed that anybody finds alive', () => {
    expect(said(removePeer(buildPeerId('old', 1)))).toEqual({ kind: 'agent-still-up', instanceId: 'i-0a12' });
    expect(said(removePeer('orphan-peer'), { orphanPeers: [ghostAt('127.1.9.9', true)] })).toMatchObject({
      kind: 'agent-still-up',
    });
  });
});

describe('invariants 7, 8 and 10', () => {
  it.each<[Action, Case, Partial<Intent>, StopReason]>([
    [
      { kind: 'delete-group', group: 'consul' },
      {},
      {},
      { kind: 'group-not-empty', group: 'consul', instances: 3, peers: 3 },
    ],
    [
      { kind: 'delete-group', group: 'consul' },
      { old: 1, stages: { 'i-0a11': 'terminating' }, leader: 1 },
      {},
      { kind: 'group-not-empty', group: 'consul', instances: 1, peers: 0 },
    ],
    [
      { kind: 'delete-group', group: 'consul' },
      { old: 0, leader: 0, oldGroup: { desired: 1, suspendedProcesses: [] } },
      {},
      { kind: 'group-not-empty', group: 'consul', instances: 1, peers: 0 },
    ],
    [
      { kind: 'delete-group', group: 'consul' },
      { old: 0, leader: 0, orphanPeers: [ghostAt('127.1.9.9', false)] },
      {},
      { kind: 'orphan-peer', peerId: 'orphan-peer', node: 'i-0dead' },
    ],
    [
      { kind: 'delete-warm-pool', group: 'consul-7f3a' },
      { new: 0, orphanPeers: [ghostAt('127.1.9.9', true)] },
      back,
      { kind: 'orphan-peer', peerId: 'orphan-peer', node: 'i-0dead' },
    ],
    [
      { kind: 'delete-group', group: 'consul' },
      { old: 0, leader: 0, seen: (observation) => ({ ...observation, raft: undefined }) },
      {},
      { kind: 'no-leader', answers: [] },
    ],
    [
      { kind: 'delete-group', group: 'consul-7f3a' },
      { new: 0 },
      {},
      { kind: 'not-owned', resource: 'consul-7f3a' },
    ],
    [
      { kind: 'delete-group', group: 'consul' },
      { old: 0, leader: 0 },
      back,
      { kind: 'not-owned', resource: 'consul' },
    ],
    [
      { kind: 'delete-group', group: 'consul' },
      { old: 0, leader: 0, oldGroup: { tags: {} } },
      {},
      { kind: 'not-owned', resource: 'consul' },
    ],
    [
      { kind: 'delete-launch-configuration', name: 'consul-lc' },
      {},
      back,
      { kind: 'not-owned', resource: 'consul-lc' },
    ],
    [
      { kind: 'delete-launch-configuration', name: 'consul-lc-7f3a' },
      {},
      {},
      { kind: 'not-owned', resource: 'consul-lc-7f3a' },
    ],
    [{ kind: 'scale-out', group: 'other', to: 9 }, {}, {}, { kind: 'not-owned', resource: 'other' }],
    [{ kind: 'set-min-size', group: 'other' }, {}, {}, { kind: 'not-owned', resource: 'other' }],
    [terminate('i-0dead'), {}, {}, { kind: 'not-owned', resource: 'i-0dead' }],
    [leave('i-0dead'), {}, {}, { kind: 'not-owned', resource: 'i-0dead' }],
    [deregister('i-0dead'), {}, {}, { kind: 'not-owned', resource: 'i-0dead' }],
    [
      leave('i-0a12'),
      { oldGroup: { suspendedProcesses: ['Launch'] } },
      {},
      { kind: 'processes-not-suspended', group: 'consul', running: ['HealthCheck', 'ReplaceUnhealthy'] },
    ],
    [
      terminate('i-0b12'),
      { newGroup: { suspendedProcesses: [] } },
      back,
      {
        kind: 'processes-not-suspended',
        group: 'consul-7f3a',
        running: ['HealthCheck', 'ReplaceUnhealthy', 'Launch'],
      },
    ],
    [
      { kind: 'resume-processes', group: 'consul', processes: ['HealthCheck'] },
      {},
      {},
      { kind: 'group-not-empty', group: 'consul', instances: 3, peers: 0 },
    ],
  ])('%j', (action, shape, change, reason) => {
    expect(said(action, shape, change)).toEqual(reason);
  });
});
