import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { findImpostor } from '../../../src/lib/engine/decide/impostors.js';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import { listProcessesToSuspend } from '../../../src/lib/engine/strategy/suspended-processes.js';
import type { DecisionInput } from '../../../src/lib/model/decision.js';
import type { Peer, Server } from '../../../src/lib/model/server.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { buildAddress, buildPeerId, OBSERVED_AT_MS } from '../../helpers/servers.js';
import { rollback } from '../safety/cases.js';

const OWNER = 'i-0a12';
const CLONE = 'i-0b11';
const ID = buildPeerId('old', 1);
/** It says whom it follows, and nothing else, as Raft does not have it and it gets no token. */
const withheld = {
  kind: 'down',
  why: 'broken',
  detail: '',
  leader: `${buildAddress('old', 0)}:8300`,
  peers: [],
} as const;
const asMember = ({ instanceId: node, address = '' }: Server) => ({ node, nodeId: ID, address, isAlive: true });

/** Raft has one of two servers with one node id, and gossip both. */
function withClone(inRaft: 'owner' | 'clone' | 'neither', shape: MidRollShape = {}, change = {}): DecisionInput {
  const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 1, ...shape }, change);
  const peers: Peer[] = [];
  const servers = observation.servers.map((server): Server => {
    const isClone = server.instanceId === CLONE;
    const isOut = inRaft !== (isClone ? 'clone' : 'owner');
    const outside = {
      ...server,
      peer: undefined,
      agent: withheld,
      member: asMember(server),
      expelled: { claimants: [] },
    };
    const inside = {
      ...server,
      agent: server.agent.kind === 'up' ? { ...server.agent, nodeId: ID } : server.agent,
      peer: server.peer && { ...server.peer, id: ID, ...(isClone && { voter: false }) },
    };
    const seen = isClone || server.instanceId === OWNER ? (isOut ? outside : inside) : server;
    if (seen.peer !== undefined) peers.push(seen.peer);
    return seen;
  });
  const raft = observation.raft && { ...observation.raft, peers };
  return { observation: { ...observation, servers, raft }, memory, intent, limits };
}

describe('two servers with one node id, of which one says nothing without a token', () => {
  // failure-mode: node-id-in-image
  it.each(['owner', 'clone', 'neither'] as const)('are told apart while Raft has the %s', (inRaft) => {
    const input = withClone(inRaft);
    expect(findImpostor(input.observation)).toMatchObject({ instanceId: CLONE, owner: OWNER, shares: 'node-id' });
    expect(summarizeDecision(decide(input))).toBe(`act terminate ${CLONE}`);
    expect(checkSafety(input, { kind: 'terminate', instanceId: CLONE })).toBeUndefined();
  });

  it.each([
    [3, undefined],
    [2, 'quorum-at-risk'],
  ])('lose the one with the vote only if %i old servers keep the quorum while Raft still counts it', (old, refusal) => {
    const { observation, ...rest } = withClone('clone', { old });
    const vote = (server: Server): Server =>
      server.peer?.id === ID ? { ...server, peer: { ...server.peer, voter: true } } : server;
    const servers = observation.servers.map(vote);
    const raft = observation.raft && { ...observation.raft, peers: servers.flatMap(({ peer }) => peer ?? []) };
    const input = { ...rest, observation: { ...observation, servers, raft } };
    expect(checkSafety(input, { kind: 'terminate', instanceId: CLONE })?.kind).toBe(refusal);
  });

  it('are not told apart where gossip has no node id', () => {
    const { observation } = withClone('neither');
    const servers = observation.servers.map((one) => ({
      ...one,
      ...(one.member && { member: { ...one.member, nodeId: '' } }),
    }));
    expect(findImpostor({ ...observation, servers })).toBeUndefined();
  });
});

describe('an impostor that is terminated', () => {
  it('is not replaced by a group that launches again: in a rollback that is suspended first', () => {
    const group = { suspendedProcesses: listProcessesToSuspend(true) };
    const input = withClone('neither', { oldGroup: group, newGroup: group }, rollback);
    expect(checkSafety(input, { kind: 'terminate', instanceId: CLONE })?.kind).toBe('processes-not-suspended');
    const action = {
      kind: 'suspend-processes',
      group: input.observation.new?.name ?? '',
      processes: ['Launch'],
    } as const;
    expect(decide(input)).toMatchObject({ step: { action } });
    expect(checkSafety(input, action)).toBeUndefined();
  });

  it('waits until a voter is removed whose instance is gone', () => {
    const dead = { id: 'dead', node: 'i-0dead', address: '127.1.9.9:8300', leader: false, voter: true, healthy: false };
    const { observation, ...known } = withClone('clone', { history: { orphanStreaks: { dead: 9 } } });
    const raft = observation.raft && { ...observation.raft, peers: [...observation.raft.peers, dead] };
    expect(summarizeDecision(decide({ ...known, observation: { ...observation, raft } }))).toContain('remove-peer');
  });
});

describe('an old server that Raft has taken out although it runs', () => {
  const shape: MidRollShape = {
    new: 0,
    newGroup: {},
    history: {
      silentStreaks: { [OWNER]: limits.successThreshold },
      currentWait: { key: 'ready 3', sinceMs: OBSERVED_AT_MS - limits.healthTimeoutMs - 1 },
    },
  };

  it('is never terminated as a dead one', () => {
    const input = withClone('neither', shape, rollback);
    expect(summarizeDecision(decide(input))).toBe('stop stopped: timed-out');
    const refused = checkSafety(input, { kind: 'terminate', instanceId: OWNER });
    expect(refused).toEqual({ kind: 'agent-still-up', instanceId: OWNER });
  });

  it('keeps the peer that it will have again', () => {
    const orphan = { id: ID, node: 'i-0dead', address: '127.1.9.9:8300', leader: false, voter: false, healthy: false };
    const input = withClone(
      'neither',
      { ...shape, history: { orphanStreaks: { [ID]: limits.successThreshold } } },
      rollback,
    );
    const { raft } = input.observation;
    const observation = { ...input.observation, raft: raft && { ...raft, peers: [...raft.peers, orphan] } };
    expect(summarizeDecision(decide({ ...input, observation }))).not.toContain('remove-peer');
    const remove = { kind: 'remove-peer', peerId: ID, node: 'i-0dead' } as const;
    expect(checkSafety({ ...input, observation }, remove)).toEqual({ kind: 'agent-still-up', instanceId: OWNER });
  });
});

describe('an impostor, where others have removed the record', () => {
  /** Both say who they are. */
  function withNamesake(shape: MidRollShape): DecisionInput {
    const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 1, ...shape });
    const servers = observation.servers.map((server): Server => {
      const { agent, instanceId } = server;
      if (instanceId !== CLONE || agent.kind !== 'up') return server;
      return { ...server, peer: undefined, agent: { ...agent, nodeName: OWNER } };
    });
    return { observation: { ...observation, servers }, memory, intent, limits };
  }

  it('is terminated after the record in the store is written again: no step is allowed before', () => {
    const input = withNamesake({ isStored: false });
    expect(checkSafety(input, { kind: 'terminate', instanceId: CLONE })).toMatchObject({ kind: 'unconfirmed' });
    expect(summarizeDecision(decide(input))).toBe('act save-snapshot');
    const saved = { ...input, memory: { ...input.memory, snapshot: { path: '', bytes: 1 } } };
    expect(summarizeDecision(decide(saved))).toBe('act write-record');
  });

  it('is terminated before the tags are', () => {
    expect(summarizeDecision(decide(withNamesake({ newGroup: { tags: {} } })))).toBe(`act terminate ${CLONE}`);
  });
});
