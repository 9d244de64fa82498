import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/lib/model/action.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import type { Refusal } from '../../../src/lib/model/stop-reason.js';
import { midRoll } from '../../helpers/intents.js';
import { peerIdOf } from '../../helpers/servers.js';
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
} from './said.js';

describe('invariants 5 and 6', () => {
  it('the leader goes last of its side', () => {
    const refusal = { kind: 'leader-before-followers', instanceId: 'i-0a11', followers: 2 };
    expect(said(leave('i-0a11'))).toEqual(refusal);
    expect(said(leave('i-0b11'), { leader: 3 }, back)).toEqual({ ...refusal, instanceId: 'i-0b11' });
  });

  it('no instance is terminated that Raft counts, under whatever name', () => {
    const peerId = peerIdOf('old', 1);
    const refusal = { kind: 'still-in-raft', instanceId: 'i-0a12', peerId };
    expect(said(terminate('i-0a12'))).toEqual(refusal);
    expect(said(terminate('i-0a12'), { stages: { 'i-0a12': 'unhealthy' } })).toEqual(refusal);
    expect(said(terminate('i-0a12'), { servers: { 'i-0a12': { agent: silent } } })).toEqual(refusal);
    expect(said(terminate('i-0a12'), { servers: { 'i-0a12': { peer: undefined, agent: silent } } })).toEqual(
      refusal,
    );
  });

  it('no member that has left is terminated while its agent answers', () => {
    const up = midRoll({ old: 1 }).survey.servers[0]?.agent ?? silent;
    const left: Case = { stages: { 'i-0a12': 'left' }, servers: { 'i-0a12': { agent: up } } };
    expect(said(terminate('i-0a12'), left)).toEqual({ kind: 'agent-alive', instanceId: 'i-0a12' });
  });

  it('no peer is removed that anybody finds alive', () => {
    expect(said(removePeer(peerIdOf('old', 1)))).toEqual({ kind: 'agent-alive', instanceId: 'i-0a12' });
    expect(said(removePeer('ghost'), { ghosts: [ghostAt('127.1.9.9', true)] })).toMatchObject({
      kind: 'agent-alive',
    });
  });
});

describe('invariants 7, 8 and 10', () => {
  it.each<[Action, Case, Partial<Intent>, Refusal]>([
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
      { old: 0, leader: 0, oldGroup: { desired: 1, suspended: [] } },
      {},
      { kind: 'group-not-empty', group: 'consul', instances: 1, peers: 0 },
    ],
    [
      { kind: 'delete-group', group: 'consul' },
      { old: 0, leader: 0, ghosts: [ghostAt('127.1.9.9', false)] },
      {},
      { kind: 'ghost', peerId: 'ghost', node: 'i-0dead' },
    ],
    [
      { kind: 'delete-warm-pool', group: 'consul-7f3a' },
      { new: 0, ghosts: [ghostAt('127.1.9.9', true)] },
      back,
      { kind: 'ghost', peerId: 'ghost', node: 'i-0dead' },
    ],
    [
      { kind: 'delete-group', group: 'consul' },
      { old: 0, leader: 0, seen: (survey) => ({ ...survey, raft: undefined }) },
      {},
      { kind: 'no-leader', answers: [] },
    ],
    [
      { kind: 'delete-group', group: 'consul-7f3a' },
      { new: 0 },
      {},
      { kind: 'not-ours', resource: 'consul-7f3a' },
    ],
    [
      { kind: 'delete-group', group: 'consul' },
      { old: 0, leader: 0 },
      back,
      { kind: 'not-ours', resource: 'consul' },
    ],
    [
      { kind: 'delete-group', group: 'consul' },
      { old: 0, leader: 0, oldGroup: { tags: {} } },
      {},
      { kind: 'not-ours', resource: 'consul' },
    ],
    [{ kind: 'delete-template', name: 'consul-lc' }, {}, back, { kind: 'not-ours', resource: 'consul-lc' }],
    [
      { kind: 'delete-template', name: 'consul-lc-7f3a' },
      {},
      {},
      { kind: 'not-ours', resource: 'consul-lc-7f3a' },
    ],
    [{ kind: 'grow', group: 'other', to: 9 }, {}, {}, { kind: 'not-ours', resource: 'other' }],
    [{ kind: 'lower-minimum', group: 'other' }, {}, {}, { kind: 'not-ours', resource: 'other' }],
    [terminate('i-0dead'), {}, {}, { kind: 'not-ours', resource: 'i-0dead' }],
    [leave('i-0dead'), {}, {}, { kind: 'not-ours', resource: 'i-0dead' }],
    [deregister('i-0dead'), {}, {}, { kind: 'not-ours', resource: 'i-0dead' }],
    [
      leave('i-0a12'),
      { oldGroup: { suspended: ['Launch'] } },
      {},
      { kind: 'not-frozen', group: 'consul', running: ['HealthCheck', 'ReplaceUnhealthy'] },
    ],
    [
      terminate('i-0b12'),
      { newGroup: { suspended: [] } },
      back,
      { kind: 'not-frozen', group: 'consul-7f3a', running: ['HealthCheck', 'ReplaceUnhealthy', 'Launch'] },
    ],
    [
      { kind: 'thaw', group: 'consul', processes: ['HealthCheck'] },
      {},
      {},
      { kind: 'group-not-empty', group: 'consul', instances: 3, peers: 0 },
    ],
  ])('%j', (action, shape, change, refusal) => {
    expect(said(action, shape, change)).toEqual(refusal);
  });
});
