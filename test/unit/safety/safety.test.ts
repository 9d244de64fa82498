import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/lib/model/action.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import type { StopReason } from '../../../src/lib/model/stop-reason.js';
import { buildAddress, buildPeerId, NEW_IMAGE, OBSERVED_AT_MS } from '../../helpers/servers.js';
import {
  buildOrphanPeer,
  type SafetyCase as Case,
  checkCase,
  deregister,
  leave,
  removePeer,
  requestLeave,
  rollback,
  silentAgent,
  terminate,
} from './cases.js';

/** All servers but the first two name this leader, or only the third. */
const naming =
  (leader: string, last = 9) =>
  (observation: Observation) => ({
    ...observation,
    servers: observation.servers.map((one, n) =>
      n >= 2 && n <= last && one.agent.kind === 'up' ? { ...one, agent: { ...one.agent, leader } } : one,
    ),
  });
const allNaming = (leader: string) => (observation: Observation) => ({
  ...observation,
  servers: observation.servers.map((one) =>
    one.agent.kind === 'up' ? { ...one, agent: { ...one.agent, leader } } : one,
  ),
});

describe('checkSafety', () => {
  it.each<[Action, Case, Partial<Intent>]>([
    [deregister('i-0a12'), {}, {}],
    [leave('i-0a12'), {}, {}],
    [leave('i-0a12'), { stages: { 'i-0a12': 'left' } }, {}],
    [leave('i-0a11'), { old: 1, leader: 0 }, {}],
    [leave('i-0b12'), {}, rollback],
    [terminate('i-0a12'), { stages: { 'i-0a12': 'left' } }, {}],
    [terminate('i-0a12'), { stages: { 'i-0a12': 'unhealthy' }, servers: { 'i-0a12': { agent: silentAgent } } }, {}],
    [terminate('i-0b12'), { stages: { 'i-0b12': 'booting' } }, rollback],
    [removePeer('orphan-peer'), { orphanPeers: [buildOrphanPeer('127.1.9.9', false)] }, {}],
    [{ kind: 'delete-group', group: 'consul' }, { old: 0, leader: 0 }, {}],
    [{ kind: 'delete-group', group: 'consul-7f3a' }, { new: 0 }, rollback],
    [
      { kind: 'delete-group', group: 'consul-7f3a' },
      { new: 0, newGroup: { desired: 2, suspendedProcesses: ['Launch'] } },
      rollback,
    ],
    [
      terminate('i-0b12'),
      { history: { leaveRequests: { 'i-0b12': { count: 3, lastRequestedAtMs: OBSERVED_AT_MS } } } },
      rollback,
    ],
    [{ kind: 'delete-launch-configuration', name: 'consul-lc' }, {}, {}],
    [{ kind: 'transfer-leadership', to: 'i-0b11', peerId: buildPeerId('new', 0) }, {}, {}],
    [{ kind: 'scale-out', group: 'consul-7f3a', to: 3 }, {}, {}],
    [{ kind: 'resume-processes', group: 'consul', processes: ['Launch'] }, {}, rollback],
    [{ kind: 'lower-desired', group: 'consul', to: 0 }, { old: 0, leader: 0, oldGroup: { desired: 1 } }, {}],
  ])('allows %j', (action, shape, change) => {
    expect(checkCase(action, shape, change)).toBeUndefined();
  });
});

describe('single-leader', () => {
  const touching: readonly Action[] = [
    deregister('i-0a12'),
    leave('i-0a12'),
    terminate('i-0a12'),
    removePeer('orphan-peer'),
    { kind: 'transfer-leadership', to: 'i-0b11', peerId: buildPeerId('new', 0) },
  ];

  it.each<[StopReason['kind'], Case]>([
    ['two-leaders', { seen: naming(`${buildAddress('old', 2)}:8300`, 2) }],
    ['no-leader', { seen: naming('') }],
    ['no-leader', { leader: undefined }],
    ['no-leader', { seen: (observation) => ({ ...observation, raft: undefined }) }],
    ['unknown-leader', { seen: allNaming('127.9.9.9:8300') }],
    ['state-lost', { sentinel: undefined }],
    ['state-lost', { sentinel: 'of another roll' }],
  ])('refuses to touch a server: %s', (kind, shape) => {
    for (const action of touching) expect(checkCase(action, shape), action.kind).toMatchObject({ kind });
  });

  it.each(['', '127.9.9.9:8300'])('does not depend on one server, which names "%s"', (leader) => {
    for (const action of [leave('i-0a12'), deregister('i-0a12')]) {
      expect(checkCase(action, { seen: naming(leader, 2) }), action.kind).toBeUndefined();
    }
  });

  it('says which leader each server names', () => {
    const answers = [{ instanceId: 'i-0a13', address: buildAddress('old', 2), leader: '' }];
    expect(checkCase(leave('i-0a12'), { seen: naming('') })).toMatchObject({
      answers: expect.arrayContaining(answers),
    });
  });
});

describe('quorum-margin', () => {
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
      rollback,
      { voters: 5, healthy: 3, quorum: 3, margin: 0 },
    ],
    ['i-0a12', { new: 0 }, rollback, { voters: 2, healthy: 2, quorum: 2, margin: 0 }],
    [
      'i-0a12',
      { servers: { 'i-0b11': { agent: silentAgent }, 'i-0b12': { agent: silentAgent } } },
      {},
      { voters: 5, healthy: 3 },
    ],
  ])('refuses %s with the numbers', (instanceId, shape, change, after) => {
    expect(checkCase(leave(instanceId), shape, change)).toMatchObject({ kind: 'quorum-at-risk', instanceId, after });
  });

  it('counts each server of one request with those before it', () => {
    const five: Case = { size: 5, old: 5, new: 5, leader: 5 };
    const three = ['i-0a11', 'i-0a12', 'i-0a13'];
    expect(checkCase(leave(...three), five)).toBeUndefined();
    const pending = { kind: 'membership-change-pending', node: 'i-0a11' };
    expect(checkCase(leave(...three, 'i-0a14'), five)).toEqual(pending);
    // One that was asked before counts too.
    const asked = { ...five, history: requestLeave('i-0a14') };
    expect(checkCase(leave(...three), asked)).toEqual({ ...pending, node: 'i-0a11' });
    expect(checkCase(leave('i-0a11', 'i-0a12'), asked)).toBeUndefined();
    expect(checkCase(leave('i-0a12', 'i-0a13'), { leader: 3 })).toEqual({ ...pending, node: 'i-0a12' });
  });

  it('refuses a step that names a server twice, or one that is leaving beside others', () => {
    const five: Case = { size: 5, old: 5, new: 5, leader: 5 };
    const pending = { kind: 'membership-change-pending', node: 'i-0a11' };
    expect(checkCase(leave('i-0a11', 'i-0a11'), five)).toEqual(pending);
    expect(checkCase(leave('i-0a11', 'i-0a12', 'i-0a11'), five)).toEqual(pending);
    const asked = { ...five, history: requestLeave('i-0a11') };
    expect(checkCase(leave('i-0a11', 'i-0a12'), asked)).toEqual(pending);
    expect(checkCase(leave('i-0a12', 'i-0a11'), asked)).toEqual(pending);
    // Alone it may be asked again.
    expect(checkCase(leave('i-0a11'), asked)).toBeUndefined();
    // Also where Raft has let it go.
    const left: Case = { ...five, stages: { 'i-0a11': 'left' } };
    expect(checkCase(leave('i-0a11', 'i-0a11'), left)).toEqual(pending);
  });

  it('asks a server that is out of Raft alone, as it may vote again, and refuses a step that names none', () => {
    const left: Case = { size: 5, old: 5, new: 5, leader: 5, stages: { 'i-0a11': 'left' } };
    const pending = { kind: 'membership-change-pending', node: 'i-0a11' };
    expect(checkCase(leave('i-0a11', 'i-0a12'), left)).toEqual(pending);
    expect(checkCase(leave('i-0a12', 'i-0a11'), left)).toEqual(pending);
    expect(checkCase(leave('i-0a11'), left)).toBeUndefined();
    expect(checkCase(leave(), left)?.kind).toBe('not-owned');
  });

  it('refuses to ask a server at the address of another', () => {
    const mistaken: Action = { kind: 'leave', servers: [{ instanceId: 'i-0a12', address: buildAddress('old', 2) }] };
    expect(checkCase(mistaken)).toEqual({ kind: 'not-owned', resource: 'i-0a12' });
  });

  it('requires a replacement for each server of a step', () => {
    const few: Case = { size: 7, old: 7, new: 2, leader: 7 };
    expect(checkCase(leave('i-0a11', 'i-0a12'), few)).toBeUndefined();
    const three = leave('i-0a11', 'i-0a12', 'i-0a13');
    expect(checkCase(three, few)?.kind).toMatch(/too-few-replacements|membership-change-pending/);
  });

  it('lets no leader leave with its followers', () => {
    const five: Case = { size: 5, old: 5, new: 5, leader: 0 };
    expect(checkCase(leave('i-0a12', 'i-0a11'), five)?.kind).toBe('membership-change-pending');
  });

  it('counts a non-voter that is being terminated as a dead voter, until autopilot knows that it is dead', () => {
    const dying = (healthy: boolean, isGone = false): Case => ({
      seen: (observation) => {
        const servers = observation.servers.map((server) => {
          const { peer, instanceId } = server;
          if (peer === undefined || !['i-0b12', 'i-0b13'].includes(instanceId)) return server;
          return { ...server, lifecycle: 'Terminating', peer: { ...peer, voter: false, healthy } };
        });
        const peers = servers.flatMap(({ peer }) => peer ?? []);
        const shown = servers.filter(({ lifecycle }) => !isGone || lifecycle !== 'Terminating');
        return { ...observation, servers: shown, raft: observation.raft && { ...observation.raft, peers } };
      },
    });
    expect(checkCase(leave('i-0b11'), dying(true), rollback)).toMatchObject({
      kind: 'quorum-at-risk',
      after: { voters: 5, healthy: 3, margin: 0 },
    });
    expect(checkCase(leave('i-0b11'), dying(false), rollback)).toBeUndefined();
    // Auto Scaling may have forgotten the instance before autopilot notices.
    expect(checkCase(leave('i-0b11'), dying(true, true), rollback)).toMatchObject({
      kind: 'quorum-at-risk',
      after: { voters: 5, healthy: 3, margin: 0 },
    });
    expect(checkCase(leave('i-0b11'), dying(false, true), rollback)).toBeUndefined();
  });

  it('does not count a server whose launch a lifecycle hook may still abandon, and lets it go', () => {
    const held = { lifecycle: 'Pending:Wait' };
    const servers = { 'i-0b12': held, 'i-0b13': held };
    const after = { voters: 5, healthy: 3, quorum: 3, margin: 0 };
    expect(checkCase(leave('i-0b11'), { servers }, rollback)).toMatchObject({ kind: 'quorum-at-risk', after });
    expect(checkCase(leave('i-0b12'), { servers }, rollback)).toBeUndefined();
    const beside = { servers, history: requestLeave('i-0b12') };
    expect(checkCase(leave('i-0b13'), beside, rollback)).toMatchObject({ kind: 'membership-change-pending' });
    const one = { servers: { 'i-0b13': held } };
    expect(checkCase(leave('i-0b11'), one, rollback)).toBeUndefined();
  });

  it('lets no more servers be launched together than may all die', () => {
    const launch = (to: number): Action => ({ kind: 'scale-out', group: 'consul', to });
    const back = { old: 0, leader: 0, oldGroup: { desired: 0 } } as const;
    const ask = (to: number, shape: Case) => checkCase(launch(to), { ...back, ...shape }, rollback);
    expect(ask(2, { new: 3 })).toBeUndefined();
    expect(ask(3, { new: 3 })).toEqual({ kind: 'too-many-launches', group: 'consul', wanted: 3, allowed: 2 });
    expect(ask(1, { new: 2 })).toBeUndefined();
    expect(ask(2, { new: 2 })).toMatchObject({ kind: 'too-many-launches', allowed: 1 });
    // One alone is always launched, but none beside it.
    const ill = { new: 3, stages: { 'i-0b12': 'unhealthy' } } as const;
    expect(ask(1, ill)).toBeUndefined();
    expect(ask(2, { ...ill, oldGroup: { desired: 1 } })).toMatchObject({ wanted: 1, allowed: 0 });
  });

  it('requires only the quorum where the departing server is dead', () => {
    const stages = { 'i-0a12': 'unhealthy', 'i-0b11': 'unhealthy', 'i-0b12': 'unhealthy' } as const;
    const dead = { 'i-0a12': { agent: silentAgent } };
    expect(checkCase(terminate('i-0a12'), { stages, servers: dead })).toBeUndefined();
    const one = { ...stages, 'i-0b13': 'unhealthy' } as const;
    expect(checkCase(terminate('i-0a12'), { stages: one, servers: dead })).toMatchObject({
      kind: 'quorum-at-risk',
      after: { healthy: 2, quorum: 3 },
    });
  });

  it('applies to a Raft peer that is removed', () => {
    const stages = {
      'i-0a12': 'unhealthy',
      'i-0a13': 'unhealthy',
      'i-0b12': 'unhealthy',
      'i-0b13': 'unhealthy',
    } as const;
    const shape: Case = { stages, orphanPeers: [buildOrphanPeer('127.1.9.9', false)] };
    expect(checkCase(removePeer('orphan-peer'), shape)).toMatchObject({
      kind: 'quorum-at-risk',
      after: { healthy: 2, quorum: 4 },
    });
  });
});

describe('one-change', () => {
  it.each<[Action]>([
    [leave('i-0a13')],
    [removePeer('orphan-peer')],
    [{ kind: 'transfer-leadership', to: 'i-0b11', peerId: 'x' }],
  ])('refuses %j while a server is leaving', (action) => {
    const shape: Case = { history: requestLeave('i-0a12'), orphanPeers: [buildOrphanPeer('127.1.9.9', false)] };
    expect(checkCase(action, shape)).toEqual({ kind: 'membership-change-pending', node: 'i-0a12' });
  });

  it('allows the same server to be asked again', () => {
    expect(checkCase(leave('i-0a12'), { history: requestLeave('i-0a12') })).toBeUndefined();
  });

  it('allows another one once the first has left, also if it has joined again', () => {
    const { leaveRequests } = requestLeave('i-0a13');
    const left = { 'i-0a13': { ...leaveRequests['i-0a13'], count: 1, lastRequestedAtMs: 0, hasLeft: true } };
    expect(checkCase(leave('i-0a12'), { history: { leaveRequests: left } })).toBeUndefined();
  });
});

describe('replacements-first', () => {
  it.each<[string, Case, number, number]>([
    ['there is none', { new: 0, old: 3 }, 0, 1],
    ['it is out of service', { new: 1, stages: { 'i-0b11': 'voter' } }, 0, 1],
    ['it has not passed its gates', { new: 1, history: { passedGates: [] } }, 0, 1],
    ['it is on standby', { new: 1, servers: { 'i-0b11': { lifecycle: 'Standby' } } }, 0, 1],
    ['there are too few', { old: 2, new: 1 }, 1, 2],
    [
      'there is one, and an old server is terminating',
      { new: 1, servers: { 'i-0a13': { lifecycle: 'Terminating' } } },
      1,
      2,
    ],
  ])('requires a replacement in service: %s', (_case, shape, ready, needed) => {
    expect(checkCase(deregister('i-0a12'), shape)).toEqual({ kind: 'too-few-replacements', ready, needed });
    expect(checkCase(leave('i-0a12'), shape)?.kind).toMatch(/too-few-replacements|quorum-at-risk/);
  });

  it('requires one for each of the servers that are deregistered at once', () => {
    expect(checkCase(deregister('i-0a11', 'i-0a12', 'i-0a13'))).toBeUndefined();
    const two: Case = { new: 2 };
    expect(checkCase(deregister('i-0a11', 'i-0a12'), two)).toBeUndefined();
    const few = { kind: 'too-few-replacements', ready: 2, needed: 3 };
    expect(checkCase(deregister('i-0a11', 'i-0a12', 'i-0a13'), two)).toEqual(few);
    expect(checkCase(deregister('i-0a12', 'i-0none'))).toEqual({ kind: 'not-owned', resource: 'i-0none' });
  });

  it('leaves one in service of those that a rollback deregisters at once', () => {
    const old = ['i-0a11', 'i-0a12', 'i-0a13'];
    const outside: Case = { stages: Object.fromEntries(old.map((id) => [id, 'deregistered' as const])) };
    const all = deregister('i-0b11', 'i-0b12', 'i-0b13');
    expect(checkCase(all, {}, rollback)).toBeUndefined();
    expect(checkCase(all, outside, rollback)).toMatchObject({ kind: 'last-in-service', instanceId: 'i-0b11' });
    expect(checkCase(deregister('i-0b11', 'i-0b12'), outside, rollback)).toBeUndefined();
  });
});

describe('no-acknowledged-write-lost', () => {
  const transfer = { kind: 'transfer-leadership', to: 'i-0b11', peerId: buildPeerId('new', 0) } as const;

  it.each<[string, Case]>([
    ['has not passed its gates', { history: { passedGates: ['i-0b12'] } }],
    ['has failed since then', { history: { passedGates: ['i-0b11'], regressed: ['i-0b11'] } }],
    ['is not healthy', { stages: { 'i-0b11': 'unhealthy' } }],
  ])('refuses to make a server the leader that %s', (_, shape) => {
    expect(checkCase(transfer, shape)).toEqual({ kind: 'unproved-heir', instanceId: 'i-0b11' });
  });

  it('refuses to transfer leadership to another peer than that of the server', () => {
    expect(checkCase({ ...transfer, peerId: buildPeerId('new', 1) })).toMatchObject({ kind: 'not-owned' });
  });
});

describe('only-our-own', () => {
  const configuration = { kind: 'launch-configuration', name: 'payments-lc' } as const;
  const names = { kind: 'launch-template', id: 'lt-payments', name: 'payments-prod', version: '1' } as const;
  const template = { ...names, resolved: 1, defaultVersion: 1, mixed: false };

  // Who may write the record in the store may name any launch source in it.
  it.each<[Action, Partial<Intent>, string]>([
    [
      { kind: 'create-launch-template-version', launchSource: template, imageId: NEW_IMAGE },
      { previousLaunchSource: template },
      template.name,
    ],
    [
      { kind: 'create-launch-configuration', from: configuration.name, name: 'consul-roll-7f3a', imageId: NEW_IMAGE },
      { previousLaunchSource: configuration },
      configuration.name,
    ],
  ])('refuses %j where the old group launches from another one', (action, change, resource) => {
    expect(checkCase(action, {}, change)).toEqual({ kind: 'not-owned', resource });
  });

  it('launches no server where others have changed the image of the new group', () => {
    const scaleOut = { kind: 'scale-out', group: 'consul-7f3a', to: 3 } as const;
    expect(checkCase(scaleOut, { new: 1 })).toBeUndefined();
    const shape: Case = { new: 1, newGroup: { imageId: 'ami-0dead' } };
    expect(checkCase(scaleOut, shape)).toEqual({ kind: 'not-owned', resource: 'ami-0dead' });
  });
});
