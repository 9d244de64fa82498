import type { WaitCondition } from '../../model/decision.js';
import type { Intent } from '../../model/intent.js';
import type { Bake, Knowledge } from '../../model/memory.js';
import type { Observation, Raft } from '../../model/observation.js';
import { type Agent, type BalancerState, type Peer, parseHost, type Server, type Side } from '../../model/server.js';
import { listActiveServers, listServers } from '../../model/servers.js';
import { isReady } from '../decide/gates.js';
import { addPlaceholders, removePeer, updateGroup, updateServers } from './simulate-action.js';

type WaitKind = WaitCondition['kind'];
type WaitOf<K extends WaitKind> = Extract<WaitCondition, { readonly kind: K }>;
type SimulatedWait<K extends WaitKind> = (known: Knowledge, waitFor: WaitOf<K>, intent: Intent) => Knowledge;

/** A wait that ends by an event outside the roll, which a plan does not assume. */
const unchanged = (known: Knowledge) => known;

const SIMULATED_WAITS = {
  ready: ({ observation, memory }, { side, expected }, intent) =>
    simulateJoin({ observation: addPlaceholders(observation, side, expected, intent), memory }, side),
  'in-service': observing((observation, { instanceIds }) =>
    updateServers(observation, instanceIds, setEveryBalancer('in-service')),
  ),
  drained: observing((observation, { instanceId }) =>
    // Servers drain side by side.
    updateServers(observation, [instanceId, ...listDraining(observation)], setEveryBalancer('absent')),
  ),
  'out-of-raft': observing((observation, { instanceId }) => simulateLeave(observation, instanceId)),
  'agent-down': (known, { instanceId }) => simulateAgentDown(known, instanceId),
  'agent-reachable': unchanged,
  terminated: (known, { instanceId }) => simulateTerminated(known, instanceId),
  leadership: observing((observation, { towards }) =>
    towards === undefined ? observation : simulateElection(observation, towards),
  ),
  healthy: unchanged,
  'orphan-peer': observing((observation, { peerId }) => syncMembers(removePeer(observation, peerId))),
  deleted: observing((observation, { group }) => ({
    ...observation,
    [observation.old?.name === group ? 'old' : 'new']: undefined,
  })),
  'warm-pool-deleted': observing((observation, { group }) =>
    updateGroup(observation, group, () => ({ warmPool: 'none' })),
  ),
  settled: ({ observation, memory }) => ({
    observation,
    memory: { ...memory, settledStreak: Number.MAX_SAFE_INTEGER },
  }),
  sentinel: observing((observation) => ({
    ...observation,
    servers: observation.servers.map((server) => syncAgent(observation.raft, server)),
  })),
  convergence: observing((observation) => ({ ...observation, convergence: undefined })),
  bake: simulateBake,
} satisfies { readonly [K in WaitKind]: SimulatedWait<K> };

function listDraining({ servers }: Observation): readonly string[] {
  const isDraining = ({ balancers }: Server) => Object.values(balancers).includes('draining');
  return servers.filter(isDraining).map(({ instanceId }) => instanceId);
}

/** What is known after a wait that ends successfully. For plans. */
export function simulateWait(known: Knowledge, waitFor: WaitCondition, intent: Intent): Knowledge {
  // Each entry takes the wait of its own kind.
  const simulate = SIMULATED_WAITS[waitFor.kind] as SimulatedWait<WaitKind>;
  return simulate(known, waitFor, intent);
}

/** A wait that changes what is observed and leaves memory as it is. */
function observing<K extends WaitKind>(
  change: (observation: Observation, waitFor: WaitOf<K>) => Observation,
): SimulatedWait<K> {
  return ({ observation, memory }, waitFor) => ({ observation: change(observation, waitFor), memory });
}

/** A resumed roll does not know since when there are only new servers, so it counts from now. */
function simulateBake({ observation, memory }: Knowledge): Knowledge {
  return {
    observation: { ...observation, atMs: observation.atMs + 24 * 3_600_000 },
    memory: { ...memory, bake: memory.bake?.healthySinceMs === undefined ? beginBake(observation) : memory.bake },
  };
}

/**
 * Every server of a side that has not passed its gates becomes a voter that has. Servers of the other side stay as they
 * are: one that has left does not rejoin.
 */
function simulateJoin(known: Knowledge, side: Side): Knowledge {
  const { observation, memory } = known;
  const { raft } = observation;
  if (raft === undefined) return known;
  const waiting = listActiveServers(observation, side).filter((server) => !isReady(known, server));
  const added = waiting.filter((server) => server.peer === undefined).map((server) => buildPeer(server));
  const peers = [...raft.peers, ...added].map((peer) => ({ ...peer, voter: true, healthy: true }));
  const after = { ...observation, raft: { ...raft, peers, baselineCommitIndex: raft.baselineCommitIndex ?? 0 } };
  const passedGates = [...new Set([...memory.passedGates, ...observation.servers.map((one) => one.instanceId)])];
  return { observation: syncMembers(after), memory: { ...memory, passedGates, regressed: [] } };
}

/** Every member is in service in its group, answers, and agrees with the leader. */
function syncMembers(observation: Observation): Observation {
  const { raft } = observation;
  if (raft === undefined) return observation;
  const up = observation.servers.filter((server) => server.agent.kind === 'up');
  const servers = observation.servers.map((server) => {
    const peer = raft.peers.find((one) => one.id === server.peer?.id || one.id === server.instanceId);
    // Like another server of its side, which may run another version; like any server if it is the first of its side.
    const pattern = (up.find(({ side }) => side === server.side) ?? up[0])?.agent;
    if (peer === undefined || pattern?.kind !== 'up') return server;
    const identity = { nodeId: peer.id, nodeName: peer.node };
    const agent = server.agent.kind === 'up' ? server.agent : { ...pattern, ...identity };
    const lifecycle = server.lifecycle === 'Pending' ? 'InService' : server.lifecycle;
    const address = server.address ?? parseHost(peer.address);
    return syncAgent(raft, { ...server, address, lifecycle, peer, agent });
  });
  return { ...observation, servers };
}

function syncAgent(
  raft: Raft | undefined,
  { missing: _missing, leaveRefusal: _refusal, operatorGate: _gate, ...server }: Server,
): Server {
  const { agent } = server;
  if (raft === undefined || agent.kind !== 'up') return server;
  const peers = raft.peers.map((peer) => peer.address).sort();
  const appliedIndex = Math.max(agent.appliedIndex, raft.baselineCommitIndex ?? 0);
  return { ...server, agent: { ...agent, leader: raft.leader, peers, appliedIndex, sentinel: raft.sentinel } };
}

/** A leader is named by the address of its instance, once it has one. */
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

/** The server is out of Raft, and names no leader; if it was the leader, the first voter of the other side is elected. */
function simulateLeave(observation: Observation, instanceId: string): Observation {
  const { raft } = observation;
  const departing = observation.servers.find((server) => server.instanceId === instanceId);
  if (raft === undefined || departing?.peer === undefined) return observation;
  const successor = listServers(observation, departing.side === 'old' ? 'new' : 'old').find(
    (server) => server.peer?.voter,
  );
  const before = departing.peer.leader && successor ? simulateElection(observation, successor.instanceId) : observation;
  const after = syncMembers(removePeer(before, departing.peer.id));
  return updateServers(after, [instanceId], (server) =>
    server.agent.kind === 'up' ? { ...server, agent: { ...server.agent, leader: '', peers: [] } } : server,
  );
}

function simulateElection(observation: Observation, instanceId: string): Observation {
  const { raft } = observation;
  const successor = observation.servers.find((server) => server.instanceId === instanceId)?.peer;
  if (raft === undefined || successor === undefined) return observation;
  const peers = raft.peers.map((peer) => ({ ...peer, leader: peer.id === successor.id }));
  return syncMembers({ ...observation, raft: { ...raft, leader: successor.address, peers } });
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
    memory: { ...memory, bake: allNew ? beginBake(observation) : undefined },
  };
}

function beginBake({ atMs }: Observation): Bake {
  return { aloneSinceMs: atMs, healthySinceMs: atMs, misses: 0 };
}

/** In place, the new side ends with its last server once the group launches none for it. */
function isNewSideGone({ old, new: group }: Observation, side: Side, instanceIds: readonly string[]): boolean {
  const isShared = group !== undefined && group.name === old?.name;
  return side === 'new' && isShared && group.imageId === undefined && instanceIds.length === 0;
}

function setEveryBalancer(state: BalancerState): (server: Server) => Server {
  return (server) => {
    const names = Object.keys(server.balancers);
    return { ...server, balancers: Object.fromEntries(names.map((name) => [name, state])) };
  };
}
