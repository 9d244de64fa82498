import type { WaitCondition } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import type { Knowledge } from '../../model/memory.js';
import type { Observation, Raft } from '../../model/observation.js';
import {
  type Agent,
  type BalancerState,
  type Peer,
  parseHost,
  type Server,
  type Side,
} from '../../model/server.js';
import { isReady } from '../decide/gates.js';
import { listActiveServers, listServers } from '../decide/servers.js';
import { addPlaceholders, removePeer } from './simulate-action.js';

/** The survey once what is waited for has come about, as it does when nothing goes wrong. For plans. */
export function simulateWait(known: Knowledge, waitFor: WaitCondition, intent: Intent): Knowledge {
  const { observation, memory } = known;
  switch (waitFor.kind) {
    case 'ready': {
      const launched = addPlaceholders(observation, waitFor.side, waitFor.expected, intent);
      return simulateJoin({ observation: launched, memory }, waitFor.side);
    }
    case 'agent-down':
      return simulateAgentDown(known, waitFor.instanceId);
    case 'terminated':
      return simulateTerminated(known, waitFor.instanceId);
    case 'bake':
      return simulateBake(known);
    default:
      return { observation: simulateOutcome(observation, waitFor), memory };
  }
}

function simulateOutcome(
  observation: Observation,
  waitFor: Exclude<WaitCondition, { readonly kind: 'ready' | 'agent-down' | 'terminated' | 'bake' }>,
): Observation {
  switch (waitFor.kind) {
    case 'in-service':
      return updateServers(observation, waitFor.instanceIds, setEveryBalancer('in-service'));
    case 'drained':
      return updateServers(observation, [waitFor.instanceId], setEveryBalancer('absent'));
    case 'out-of-raft':
      return simulateLeave(observation, waitFor.instanceId);
    case 'deleted':
      return observation.old?.name === waitFor.group
        ? { ...observation, old: undefined }
        : { ...observation, new: undefined };
    case 'warm-pool-deleted':
      return simulateWarmPoolDeleted(observation, waitFor.group);
    case 'leadership':
      return waitFor.towards === undefined ? observation : simulateElection(observation, waitFor.towards);
    case 'sentinel':
      return { ...observation, servers: observation.servers.map((one) => syncAgent(observation.raft, one)) };
    case 'orphan-peer':
      return syncMembers(removePeer(observation, waitFor.peerId));
    case 'healthy':
    case 'agent-reachable':
      return observation;
  }
}

/** Who carries on with a roll that bakes has not seen since when: from now on, then. */
function simulateBake({ observation, memory }: Knowledge): Knowledge {
  return {
    observation: { ...observation, atMs: observation.atMs + 24 * 3_600_000 },
    memory: { ...memory, onlyNewSinceMs: memory.onlyNewSinceMs ?? observation.atMs },
  };
}

function simulateWarmPoolDeleted(observation: Observation, name: string): Observation {
  const without = (group: Group | undefined): Group | undefined =>
    group?.name === name ? { ...group, warmPool: 'none' } : group;
  return { ...observation, old: without(observation.old), new: without(observation.new) };
}

/**
 * Every server of a side that waits for its gates becomes a caught-up, proved voter. Those of the other side stay what
 * they are: one that has left does not come back.
 */
function simulateJoin(known: Knowledge, side: Side): Knowledge {
  const { observation, memory } = known;
  const { raft } = observation;
  if (raft === undefined) return known;
  const waiting = listActiveServers(observation, side).filter((server) => !isReady(known, server));
  const fresh = waiting.filter((server) => server.peer === undefined).map((server) => buildPeer(server));
  const peers = [...raft.peers, ...fresh].map((peer) => ({ ...peer, voter: true, healthy: true }));
  const after = {
    ...observation,
    raft: { ...raft, peers, previousCommitIndex: raft.previousCommitIndex ?? 0 },
  };
  const proved = [...new Set([...memory.passedGates, ...observation.servers.map((one) => one.instanceId)])];
  return { observation: syncMembers(after), memory: { ...memory, passedGates: proved, regressed: [] } };
}

/** Every member in service in its group, up, and of the leader's opinion. */
function syncMembers(observation: Observation): Observation {
  const { raft } = observation;
  if (raft === undefined) return observation;
  const up = observation.servers.filter((server) => server.agent.kind === 'up');
  const servers = observation.servers.map((server) => {
    const peer = raft.peers.find((one) => one.id === server.peer?.id || one.id === server.instanceId);
    // As its own side is, which may run another version; as any server is where it is the first of its side.
    const pattern = (up.find(({ side }) => side === server.side) ?? up[0])?.agent;
    const agent = server.agent.kind === 'up' ? server.agent : pattern;
    if (peer === undefined || agent?.kind !== 'up') return server;
    const lifecycle = server.lifecycle === 'Pending' ? 'InService' : server.lifecycle;
    const address = server.address ?? parseHost(peer.address);
    return syncAgent(raft, { ...server, address, lifecycle, peer, agent });
  });
  return { ...observation, servers };
}

function syncAgent(raft: Raft | undefined, server: Server): Server {
  const { agent } = server;
  if (raft === undefined || agent.kind !== 'up') return server;
  const peers = raft.peers.map((peer) => peer.address).sort();
  const appliedIndex = Math.max(agent.appliedIndex, raft.previousCommitIndex ?? 0);
  return {
    ...server,
    agent: { ...agent, leader: raft.leader, peers, appliedIndex, sentinel: raft.sentinel },
  };
}

/** The leader is told by the address of its instance, once it has one. */
function buildPeer({ instanceId, address }: Server): Peer {
  return {
    id: instanceId,
    node: instanceId,
    address: `${address ?? instanceId}:8300`,
    leader: false,
    voter: true,
    healthy: true,
  };
}

/** Raft has let it go; if it led, the first other voter of the newest side is elected. */
function simulateLeave(observation: Observation, instanceId: string): Observation {
  const { raft } = observation;
  const departing = observation.servers.find((server) => server.instanceId === instanceId);
  if (raft === undefined || departing?.peer === undefined) return observation;
  const heir = listServers(observation, departing.side === 'old' ? 'new' : 'old').find(
    (server) => server.peer?.voter,
  );
  const before = departing.peer.leader && heir ? simulateElection(observation, heir.instanceId) : observation;
  const peers = (before.raft ?? raft).peers.filter((peer) => peer.id !== departing.peer?.id);
  const servers = before.servers.map((one) =>
    one.instanceId === instanceId ? { ...one, peer: undefined } : one,
  );
  return syncMembers({ ...before, servers, raft: { ...(before.raft ?? raft), peers } });
}

function simulateElection(observation: Observation, instanceId: string): Observation {
  const { raft } = observation;
  const heir = observation.servers.find((server) => server.instanceId === instanceId)?.peer;
  if (raft === undefined || heir === undefined) return observation;
  const peers = raft.peers.map((peer) => ({ ...peer, leader: peer.id === heir.id }));
  return syncMembers({ ...observation, raft: { ...raft, leader: heir.address, peers } });
}

function simulateAgentDown({ observation, memory }: Knowledge, instanceId: string): Knowledge {
  const agent: Agent = { kind: 'down', why: 'refused', detail: 'it has left' };
  const after = updateServers(observation, [instanceId], (server) => ({ ...server, agent }));
  const downStreaks = { ...memory.downStreaks, [instanceId]: Number.MAX_SAFE_INTEGER };
  return { observation: after, memory: { ...memory, downStreaks } };
}

function simulateTerminated({ observation, memory }: Knowledge, instanceId: string): Knowledge {
  const gone = observation.servers.find((server) => server.instanceId === instanceId);
  const group = gone && observation[gone.side];
  const servers = observation.servers.filter((server) => server !== gone);
  if (gone === undefined || group === undefined) return { observation: { ...observation, servers }, memory };
  const instanceIds = group.instanceIds.filter((id) => id !== instanceId);
  const allNew = servers.every((server) => server.side === 'new');
  const side = isNewSideGone(observation, gone.side, instanceIds) ? undefined : { ...group, instanceIds };
  return {
    observation: { ...observation, servers, [gone.side]: side },
    memory: { ...memory, onlyNewSinceMs: allNew ? observation.atMs : undefined },
  };
}

/** In place, the new side is gone with its last server once the group launches none for it. */
function isNewSideGone(
  { old, new: group }: Observation,
  side: Side,
  instanceIds: readonly string[],
): boolean {
  const isShared = group !== undefined && group.name === old?.name;
  return side === 'new' && isShared && group.imageId === undefined && instanceIds.length === 0;
}

function setEveryBalancer(state: BalancerState): (server: Server) => Server {
  return (server) => {
    const names = Object.keys(server.balancers);
    return { ...server, balancers: Object.fromEntries(names.map((name) => [name, state])) };
  };
}

function updateServers(
  observation: Observation,
  ids: readonly string[],
  change: (server: Server) => Server,
): Observation {
  const servers = observation.servers.map((server) =>
    ids.includes(server.instanceId) ? change(server) : server,
  );
  return { ...observation, servers };
}
