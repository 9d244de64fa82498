import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/lib/model/action.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import type { StopReason } from '../../../src/lib/model/stop-reason.js';
import { buildMidRoll } from '../../helpers/intents.js';
import { buildPeerId } from '../../helpers/servers.js';
import {
  buildOrphanPeer,
  type SafetyCase as Case,
  checkCase,
  deregister,
  leave,
  removePeer,
  rollback,
  silentAgent,
  terminate,
} from './cases.js';

describe('leader-last', () => {
  it('refuses the leader while other servers of its side are in Raft', () => {
    const reason = { kind: 'leader-must-leave-last', instanceId: 'i-0a11', followers: 2 };
    expect(checkCase(leave('i-0a11'))).toEqual(reason);
    expect(checkCase(leave('i-0b11'), { leader: 3 }, rollback)).toEqual({ ...reason, instanceId: 'i-0b11' });
  });
});

describe('no-member-terminated', () => {
  it('refuses to terminate a server that is in Raft under any name', () => {
    const peerId = buildPeerId('old', 1);
    const reason = { kind: 'still-in-raft', instanceId: 'i-0a12', peerId };
    expect(checkCase(terminate('i-0a12'))).toEqual(reason);
    expect(checkCase(terminate('i-0a12'), { stages: { 'i-0a12': 'unhealthy' } })).toEqual(reason);
    expect(checkCase(terminate('i-0a12'), { servers: { 'i-0a12': { agent: silentAgent } } })).toEqual(reason);
    expect(checkCase(terminate('i-0a12'), { servers: { 'i-0a12': { peer: undefined, agent: silentAgent } } })).toEqual(
      reason,
    );
  });

  it('refuses to terminate a server that has left while its agent answers', () => {
    const up = buildMidRoll({ old: 2 }).observation.servers[1]?.agent ?? silentAgent;
    const left: Case = { stages: { 'i-0a12': 'left' }, servers: { 'i-0a12': { agent: up } } };
    expect(checkCase(terminate('i-0a12'), left)).toEqual({ kind: 'agent-still-up', instanceId: 'i-0a12' });
  });

  it('refuses to remove a Raft peer that is alive', () => {
    expect(checkCase(removePeer(buildPeerId('old', 1)))).toEqual({ kind: 'agent-still-up', instanceId: 'i-0a12' });
    expect(checkCase(removePeer('orphan-peer'), { orphanPeers: [buildOrphanPeer('127.1.9.9', true)] })).toMatchObject({
      kind: 'agent-still-up',
    });
  });
});

describe('no-group-deleted-with-members', () => {
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
      { old: 0, leader: 0, orphanPeers: [buildOrphanPeer('127.1.9.9', false)] },
      {},
      { kind: 'orphan-peer', peerId: 'orphan-peer', node: 'i-0dead' },
    ],
    [
      { kind: 'delete-warm-pool', group: 'consul-7f3a' },
      { new: 0, orphanPeers: [buildOrphanPeer('127.1.9.9', true)] },
      rollback,
      { kind: 'orphan-peer', peerId: 'orphan-peer', node: 'i-0dead' },
    ],
    [
      { kind: 'delete-group', group: 'consul' },
      { old: 0, leader: 0, seen: (observation) => ({ ...observation, raft: undefined }) },
      {},
      { kind: 'no-leader', answers: [] },
    ],
  ])('refuses %j', (action, shape, change, reason) => {
    expect(checkCase(action, shape, change)).toEqual(reason);
  });
});

describe('only-our-own', () => {
  it.each<[Action, Case, Partial<Intent>, StopReason]>([
    [{ kind: 'delete-group', group: 'consul-7f3a' }, { new: 0 }, {}, { kind: 'not-owned', resource: 'consul-7f3a' }],
    [
      { kind: 'delete-group', group: 'consul' },
      { old: 0, leader: 0 },
      rollback,
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
      rollback,
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
  ])('refuses %j', (action, shape, change, reason) => {
    expect(checkCase(action, shape, change)).toEqual(reason);
  });
});

describe('suspended-until-restored', () => {
  const resume = { kind: 'resume-processes', group: 'consul-7f3a', processes: ['ReplaceUnhealthy'] } as const;
  const suspended = ['AZRebalance', 'HealthCheck', 'Launch', 'ReplaceUnhealthy'];
  const end = { old: 0, oldGroup: null, leader: 0, newGroup: { suspendedProcesses: suspended } } as const;

  it.each<[string, Case, object]>([
    ['marked-unhealthy', { servers: { 'i-0b12': { markedUnhealthy: true } } }, { instanceId: 'i-0b12' }],
    ['out-of-service', { servers: { 'i-0b12': { balancers: { 'consul-lb': 'out-of-service' } } } }, {}],
    ['no-healthy-voter', { stages: { 'i-0b12': 'unhealthy' } }, { instanceId: 'i-0b12' }],
    ['not-in-group-service', { servers: { 'i-0b12': { lifecycle: 'Standby' } } }, { lifecycle: 'Standby' }],
    ['capacity-differs', { newGroup: { ...end.newGroup, desired: 2 } }, { instances: 3, desired: 2 }],
    ['zones-unbalanced', { servers: { 'i-0b12': { zone: 'eu-west-1a' } } }, {}],
    ['refresh-waiting', { newGroup: { ...end.newGroup, refreshWaiting: true } }, {}],
    ['refresh-unknown', { newGroup: { ...end.newGroup, refreshWaiting: undefined } }, {}],
  ])('refuses to resume processes where Auto Scaling would act on %s', (kind, shape, data) => {
    expect(checkCase(resume, { ...end, ...shape })).toMatchObject({
      kind: 'unsettled',
      group: 'consul-7f3a',
      causes: [{ kind, ...data }],
    });
    expect(checkCase({ ...resume, processes: ['Launch'] }, { ...end, ...shape })).toBeUndefined();
  });

  it('lets Auto Scaling replace a server whose instance is gone', () => {
    const gone = { markedUnhealthy: true, address: undefined };
    expect(checkCase(resume, { ...end, servers: { 'i-0b12': gone } })).toBeUndefined();
  });

  it.each<[Action, Case, Partial<Intent>, StopReason]>([
    [
      leave('i-0a12'),
      { oldGroup: { suspendedProcesses: ['Launch'] } },
      {},
      { kind: 'processes-not-suspended', group: 'consul', running: ['HealthCheck', 'ReplaceUnhealthy'] },
    ],
    [
      terminate('i-0b12'),
      { newGroup: { suspendedProcesses: [] } },
      rollback,
      { kind: 'processes-not-suspended', group: 'consul-7f3a', running: ['HealthCheck', 'ReplaceUnhealthy', 'Launch'] },
    ],
    [
      { kind: 'resume-processes', group: 'consul', processes: ['HealthCheck'] },
      {},
      {},
      { kind: 'must-stay-suspended', group: 'consul' },
    ],
    [
      { kind: 'resume-processes', group: 'consul', processes: ['ScheduledActions'] },
      { old: 0, leader: 0 },
      { keepOld: true },
      { kind: 'must-stay-suspended', group: 'consul' },
    ],
    [
      { kind: 'resume-processes', group: 'consul-7f3a', processes: ['HealthCheck'] },
      {},
      {},
      { kind: 'group-not-empty', group: 'consul-7f3a', instances: 3, peers: 0 },
    ],
  ])('refuses %j', (action, shape, change, reason) => {
    expect(checkCase(action, shape, change)).toEqual(reason);
  });
});
