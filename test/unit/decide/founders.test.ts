import { describe, expect, it } from 'vitest';
import { findNotices } from '../../../src/lib/engine/checks/notices.js';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { findFounder } from '../../../src/lib/engine/decide/founders.js';
import { updateMemoryWithAction } from '../../../src/lib/engine/decide/memory.js';
import { findLeaderHost } from '../../../src/lib/engine/run/lock-keeper.js';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import type { Action } from '../../../src/lib/model/action.js';
import type { DecisionInput } from '../../../src/lib/model/decision.js';
import type { Observation, PreflightFacts } from '../../../src/lib/model/observation.js';
import type { AgentDown, AgentUp, Server } from '../../../src/lib/model/server.js';
import { buildRecordTags } from '../../../src/lib/model/tags.js';
import { describeNotice } from '../../../src/lib/output/text/notices.js';
import { listRemedies } from '../../../src/lib/output/text/remedies.js';
import { describeStopReason } from '../../../src/lib/output/text/stop-reasons.js';
import { buildFacts, buildMidRoll, limits } from '../../helpers/intents.js';
import { buildAddress, NEW_IMAGE } from '../../helpers/servers.js';

const CANARY = 'i-0b11';
const OWN = `${buildAddress('new', 0)}:8300`;
const OTHERS = [0, 1, 2].map((index) => `${buildAddress('old', index)}:8300`);
const STRANGER = '127.1.9.9:8300';

/** A roll of three servers whose canary has not joined and says this. */
function withCanary(says: Partial<AgentUp>, change: Partial<Server> = {}): DecisionInput {
  const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 1, stages: { [CANARY]: 'booting' } });
  const agent: AgentUp = {
    kind: 'up',
    nodeId: 'founder',
    nodeName: CANARY,
    version: '1.21.1',
    leader: '',
    peers: [],
    appliedIndex: 0,
    sentinel: undefined,
    ...says,
  };
  const servers = observation.servers.map((one) =>
    one.instanceId === CANARY ? { ...one, lifecycle: 'InService', agent, ...change } : one,
  );
  return { observation: { ...observation, servers }, memory, intent, limits };
}

/** Old servers follow the canary as their leader, and have it in no Raft configuration of theirs. */
function takenOver(followers = 3): DecisionInput {
  const input = withCanary({ leader: OWN, peers: [OWN, ...OTHERS], bootstrapExpect: 1 });
  const own = { id: 'founder', node: CANARY, address: OWN, leader: true, voter: true, healthy: true };
  const nonVoters = input.observation.servers.flatMap(({ peer, side }) => (peer && side === 'old' ? [peer] : []));
  const peers = [own, ...nonVoters.map((peer) => ({ ...peer, voter: false, leader: false, healthy: false }))];
  let left = followers;
  const servers = input.observation.servers.map((one): Server => {
    if (one.instanceId === CANARY) return { ...one, peer: own };
    const peer = peers.find(({ id }) => id === one.peer?.id);
    left -= 1;
    return one.agent.kind === 'up' && left >= 0
      ? { ...one, peer, agent: { ...one.agent, leader: OWN, peers: OTHERS } }
      : one;
  });
  const raft = { leader: OWN, peers, commitIndex: 14, baselineCommitIndex: 14, sentinel: undefined };
  return { ...input, observation: { ...input.observation, servers, raft } };
}

const terminate: Action = { kind: 'terminate', instanceId: CANARY, cutOff: buildAddress('new', 0) };

describe('findFounder', () => {
  it.each<[string, Partial<AgentUp>]>([
    ['leads itself', { leader: OWN, peers: [OWN] }],
    ['has only itself in its Raft configuration, before its election', { peers: [OWN] }],
    ['leads itself and has taken in the others', { leader: OWN, peers: [OWN, ...OTHERS] }],
  ])('finds a new server that %s', (_, says) => {
    expect(findFounder(withCanary(says).observation)).toMatchObject({ sign: 'own-cluster', isOutsider: true });
  });

  it('finds one that is in another cluster, or in bootstrap mode', () => {
    const elsewhere = withCanary({ leader: STRANGER, peers: [OWN, STRANGER] });
    expect(findFounder(elsewhere.observation)).toMatchObject({ sign: 'other-cluster' });
    expect(findFounder(withCanary({ bootstrapExpect: 1 }).observation)).toMatchObject({ sign: 'bootstrap-mode' });
  });

  it('finds one that leads itself alone while most of the cluster is silent', () => {
    const { observation } = withCanary({ leader: OWN, peers: [OWN] });
    const silent: AgentDown = { kind: 'down', why: 'silent', detail: 'no answer in time' };
    const voice = observation.servers.find(({ side }) => side === 'old')?.instanceId;
    const servers = observation.servers.map((one) =>
      one.side === 'old' && one.instanceId !== voice ? { ...one, agent: silent } : one,
    );
    expect(findFounder({ ...observation, servers, raft: undefined })).toMatchObject({ isOutsider: true });
  });

  it('finds one that refuses the token, by what it says to every client', () => {
    const agent: AgentDown = { kind: 'down', why: 'denied', detail: 'ACL not found', leader: OWN, peers: [OWN] };
    expect(findFounder(withCanary({}, { agent }).observation)).toMatchObject({ sign: 'own-cluster' });
  });

  it.each<[string, Partial<AgentUp>]>([
    ['has not joined', {}],
    ['expects as many as the cluster has', { bootstrapExpect: 3 }],
    ['was taken in a moment ago', { leader: OTHERS[0] ?? '', peers: [...OTHERS, OWN] }],
    ['reads an old configuration of the cluster from the log', { leader: OTHERS[0] ?? '', peers: [STRANGER] }],
    ['reads an old configuration, in which another server had its address', { leader: OTHERS[0] ?? '', peers: [OWN] }],
  ])('does not find a new server that %s', (_, says) => {
    expect(findFounder(withCanary(says).observation)).toBeUndefined();
  });

  it('does not find a new server that leads the cluster, at any stage of a drain', () => {
    for (const old of [3, 2, 1, 0]) {
      const { observation } = buildMidRoll({ size: 3, old, new: 3, leader: old });
      expect(findFounder(observation)).toBeUndefined();
      expect(findFounder({ ...observation, raft: undefined })).toBeUndefined();
    }
  });

  it('does not find an old server in bootstrap mode, nor one that is being terminated', () => {
    const { observation } = withCanary({ leader: OWN, peers: [OWN] }, { lifecycle: 'Terminating' });
    const servers = observation.servers.map(
      (one): Server =>
        one.side === 'old' && one.agent.kind === 'up' ? { ...one, agent: { ...one.agent, bootstrapExpect: 1 } } : one,
    );
    expect(findFounder({ ...observation, servers })).toBeUndefined();
  });
});

describe('a bootstrap_expect of the image', () => {
  it('is a notice, unless the user data sets it', () => {
    const { observation, intent } = buildMidRoll({ size: 3, old: 3, newGroup: null });
    const servers = observation.servers.map(
      (one): Server => (one.agent.kind === 'up' ? { ...one, agent: { ...one.agent, bootstrapExpect: 3 } } : one),
    );
    const seen = (bootstrap: PreflightFacts['bootstrap']) =>
      findNotices({ ...observation, servers, preflightFacts: buildFacts({ bootstrap }) }, intent).map(
        ({ kind }) => kind,
      );
    expect(seen({ kind: 'none' })).toContain('bootstrap-in-image');
    expect(seen({ kind: 'unreadable', why: 'it is not text' })).toContain('user-data-unreadable');
    expect(seen({ kind: 'constant', least: 3, where: 'line 4' })).not.toContain('bootstrap-in-image');
  });

  // failure-mode: boot-script-incomplete
  it('is a notice where the user data runs what is not in it, unless the roll is refused in any case', () => {
    const { observation, intent } = buildMidRoll({ size: 3, old: 3, newGroup: null });
    const say = (bootstrap: PreflightFacts['bootstrap']) =>
      findNotices({ ...observation, preflightFacts: buildFacts({ bootstrap }) }, intent).map(describeNotice);
    const constant = { kind: 'constant', least: 3, where: 'line 4' } as const;
    expect(say({ ...constant, unread: ['line 2 of the user data', 'line 9 of the user data'] })).toEqual([
      'The user data runs or writes what cannot be read from here (line 2 of the user data, and 1 other place). If that sets bootstrap_expect to 1 on the first new server, the roll stops there and is rolled back.',
    ]);
    expect(say(constant)).toEqual([]);
    expect(say({ kind: 'computed', fromGroup: true, where: 'line 4', unread: ['line 2'] })).toEqual([]);
  });
});

describe('decide, with a founder', () => {
  it('terminates one that Raft does not have, at once, and rolls back', () => {
    const input = withCanary({ leader: OWN, peers: [OWN] });
    const reason = { kind: 'founder', sign: 'own-cluster', followers: 0 };
    expect(decide(input)).toMatchObject({ kind: 'act', step: { action: terminate, reason } });
    expect(checkSafety(input, terminate)).toBeUndefined();
    const memory = updateMemoryWithAction(input, terminate);
    const gone = { ...input.observation, servers: input.observation.servers.filter(({ side }) => side === 'old') };
    expect(decide({ ...input, observation: gone, memory })).toMatchObject({
      step: { action: { kind: 'start-rollback', reason: { ...reason, instanceId: CANARY } } },
    });
  });

  it('rolls back from one that Raft has taken in already, and does not terminate it', () => {
    const { observation, ...rest } = buildMidRoll({ size: 3, old: 3, new: 1 });
    const servers = observation.servers.map(
      (one): Server =>
        one.instanceId === CANARY && one.agent.kind === 'up'
          ? { ...one, agent: { ...one.agent, bootstrapExpect: 1 } }
          : one,
    );
    const input = { observation: { ...observation, servers }, ...rest, limits };
    expect(decide(input)).toMatchObject({ step: { action: { kind: 'start-rollback', reason: { kind: 'founder' } } } });
    expect(checkSafety(input, terminate)).toMatchObject({ kind: 'still-in-raft' });
  });

  // failure-mode: founder-takes-over
  it('terminates one that took the cluster over, although it leads', () => {
    const input = takenOver();
    expect(decide(input)).toMatchObject({ step: { action: terminate, reason: { kind: 'founder', followers: 3 } } });
    expect(checkSafety(input, terminate)).toBeUndefined();
    // Also while the old servers elect.
    const electing = { ...input, observation: { ...input.observation, raft: undefined } };
    expect(decide(electing)).toMatchObject({ step: { action: terminate } });
    expect(checkSafety(electing, terminate)).toBeUndefined();
  });

  it('terminates one that took the cluster over, although others have removed the tags of its group', () => {
    const input = takenOver();
    const { new: group } = input.observation;
    const observation = { ...input.observation, new: group && { ...group, tags: {} } };
    expect(decide({ ...input, observation })).toMatchObject({ step: { action: terminate } });
    expect(checkSafety({ ...input, observation }, terminate)).toBeUndefined();
  });

  it('terminates one that leads alone, although the old servers had taken it in without a vote', () => {
    const input = takenOver();
    const servers = input.observation.servers.map((one, n) => setVote(addCanaryToPeers(one, n), true));
    const observation = { ...input.observation, servers };
    expect(decide({ ...input, observation })).toMatchObject({ step: { action: terminate } });
    expect(checkSafety({ ...input, observation }, terminate)).toBeUndefined();
  });

  // failure-mode: founder-merged
  it.each([false, undefined])('does not terminate one that leads alone where the vote of the others is %s', (votes) => {
    const input = takenOver();
    const has = (one: Server): Server =>
      one.agent.kind === 'up' && one.side === 'old'
        ? { ...one, agent: { ...one.agent, peers: [...OTHERS, OWN].sort() } }
        : one;
    const servers = input.observation.servers.map((one) => setVote(has(one), votes));
    const { raft } = input.observation;
    for (const sentinel of [undefined, raft && '7f3a']) {
      const known = { ...input, observation: { ...input.observation, servers, raft: raft && { ...raft, sentinel } } };
      expect(decide(known)).not.toMatchObject({ step: { action: { kind: 'terminate' } } });
      expect(checkSafety(known, terminate)).toBeDefined();
    }
  });

  it('does not terminate the leader of a cluster of one, after the only old server has left', () => {
    const { observation } = buildMidRoll({ size: 1, old: 1, new: 1, leader: 1, stages: { 'i-0a11': 'left' } });
    const old = buildMidRoll({ size: 1, old: 1, new: 1, leader: 1 }).observation.servers[0];
    const servers = observation.servers.map((one) => (one.side === 'old' && old ? { ...one, agent: old.agent } : one));
    for (const raft of [observation.raft, observation.raft && { ...observation.raft, sentinel: undefined }, undefined])
      expect(findFounder({ ...observation, servers, raft })).toBeUndefined();
  });

  // failure-mode: founder-overwrote
  it('names it where no leader answers after it was terminated', () => {
    const input = takenOver();
    const memory = updateMemoryWithAction(input, terminate);
    const servers = input.observation.servers.filter(({ side }) => side === 'old');
    const silent = { ...input, memory, observation: { ...input.observation, servers, raft: undefined } };
    const waited = decide(silent);
    const currentWait = { key: 'leadership', sinceMs: input.observation.atMs - limits.leaderTimeoutMs - 1 };
    expect(waited).toMatchObject({ kind: 'wait', wait: { for: { kind: 'leadership' } } });
    expect(decide({ ...silent, memory: { ...memory, currentWait } })).toMatchObject({
      kind: 'stop',
      outcome: 'quorum-at-risk',
      reason: { kind: 'founder', instanceId: CANARY, followers: 3 },
    });
  });

  // failure-mode: founder-overwrote
  it.each(['forward', 'rollback'] as const)('names the servers whose Raft log it has overwritten, %s', (direction) => {
    const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, leader: 0 }, { direction });
    const cut = observation.servers.map((one): Server => {
      if (one.agent.kind !== 'up' || one.instanceId === 'i-0a13') return one;
      return { ...one, agent: { ...one.agent, leader: '', isLogCut: true } };
    });
    const currentWait = { key: 'leadership', sinceMs: observation.atMs - limits.leaderTimeoutMs - 1 };
    const decideOn = (servers: readonly Server[], raft: Observation['raft']) =>
      decide({ observation: { ...observation, servers, raft }, memory: { ...memory, currentWait }, intent, limits });
    const decided = decideOn(cut, undefined);
    const reason = { kind: 'log-overwritten', instanceIds: ['i-0a11', 'i-0a12'] } as const;
    expect(decided).toMatchObject({ kind: 'stop', outcome: 'quorum-at-risk', reason });
    expect(describeStopReason(reason)).toContain('the Raft log of i-0a11 and i-0a12 ends before what was applied');
    expect(listRemedies(reason).join()).toMatch(/do not restart Consul.*snapshot save -stale.*quorum-lost\.md/);
    // While a leader answers, it repairs the logs of the others.
    const led = observation.servers.map((one): Server => {
      return one.agent.kind === 'up' && one.instanceId === 'i-0a12'
        ? { ...one, agent: { ...one.agent, isLogCut: true } }
        : one;
    });
    expect(decideOn(led, observation.raft).kind).not.toBe('stop');
  });

  it('has no leader whose store could hold the lock then', () => {
    expect(findLeaderHost(takenOver().observation)).toBeUndefined();
    const { observation } = buildMidRoll({ size: 3, old: 1, new: 3, leader: 1 });
    expect(findLeaderHost(observation)).toBe(buildAddress('new', 0));
  });

  it('waits for a leader, and renews no lock, while that one is being terminated', () => {
    const { observation, ...rest } = takenOver();
    const servers = observation.servers.map((one) =>
      one.instanceId === CANARY ? { ...one, lifecycle: 'Terminating' } : one,
    );
    const input = { ...rest, observation: { ...observation, servers } };
    expect(findLeaderHost(input.observation)).toBeUndefined();
    expect(decide(input)).toMatchObject({ kind: 'wait', wait: { for: { kind: 'leadership' } } });
  });

  it.each<[string, (observation: Observation) => Observation]>([
    ['another image', (seen) => changeCanary(seen, { imageId: `${NEW_IMAGE}0` })],
    [
      'another roll on its group',
      (seen) => {
        const other = { ...takenOver().intent, rollId: '0000' };
        return { ...seen, new: seen.new && { ...seen.new, tags: buildRecordTags(other, 'new') } };
      },
    ],
    [
      'an old server that votes for it, and has it in Raft',
      (seen) => {
        const peers = seen.raft?.peers.map((peer, n) => (n === 1 ? { ...peer, voter: true } : peer)) ?? [];
        return { ...seen, raft: seen.raft && { ...seen.raft, peers }, servers: seen.servers.map(addCanaryToPeers) };
      },
    ],
    ['two old servers that do not answer', (seen) => ({ ...seen, servers: seen.servers.map(silence) })],
  ])('is not let terminate a leader with %s', (_, change) => {
    const input = takenOver();
    expect(checkSafety({ ...input, observation: change(input.observation) }, terminate)).toBeDefined();
  });

  // failure-mode: state-differs
  it('rolls back at once from a server that lacks state of the leader', () => {
    const { observation, memory, ...rest } = buildMidRoll({ size: 3, old: 3, new: 1 });
    const missing = { keys: 40, nodes: 3, services: 0 };
    const input = { observation: changeCanary(observation, { missing }), memory, ...rest, limits };
    const reason = { kind: 'state-missing', instanceId: CANARY, ...missing };
    expect(decide(input)).toMatchObject({ step: { action: { kind: 'start-rollback', reason } } });
  });
});

function changeCanary(observation: Observation, change: Partial<Server>): Observation {
  const servers = observation.servers.map((one) => (one.instanceId === CANARY ? { ...one, ...change } : one));
  return { ...observation, servers };
}

function addCanaryToPeers(server: Server, index: number): Server {
  const { agent } = server;
  return agent.kind === 'up' && index < 2 ? { ...server, agent: { ...agent, peers: [...OTHERS, OWN] } } : server;
}

function setVote(server: Server, votes: boolean | undefined): Server {
  return server.agent.kind === 'up' ? { ...server, agent: { ...server.agent, votes } } : server;
}

function silence(server: Server, index: number): Server {
  return index < 2 ? { ...server, agent: { kind: 'down', why: 'silent', detail: '' } } : server;
}
