import { STATE_KINDS, type StateNames } from '../../../src/lib/model/comparison.js';
import type { AutopilotSettings } from '../../../src/lib/model/observation.js';
import type { RollKeys } from '../../../src/lib/model/record.js';
import type { Agent, GossipMember } from '../../../src/lib/model/server.js';
import type { LeaderReport } from '../../../src/lib/ports.js';
import { createSuccess, type ReplyCallback, type RpcResult } from '../../../src/sandbox/consul/answers.js';
import { findMember } from '../../../src/sandbox/consul/gossip/pool.js';
import { getConfiguration } from '../../../src/sandbox/consul/raft/configuration.js';
import type { Configuration } from '../../../src/sandbox/consul/raft/log.js';
import { getAppliedIndex, hasMajorityContact } from '../../../src/sandbox/consul/raft/replication.js';
import { getLeaderAddress } from '../../../src/sandbox/consul/reads.js';
import {
  getGossipName,
  isLeading,
  MEMBER_STATUS,
  type Server,
  type ServerHealth,
} from '../../../src/sandbox/consul/state.js';
import type { KvEntry } from '../../../src/sandbox/consul/store/key-values.js';
import { canTransferLeader } from '../../../src/sandbox/consul/versions.js';
import type { SimulatedEnvironment } from '../environment.js';

/** Time limits of the Consul adapter for an answer from a server's own memory, and for one that needs the leader. */
const READ_LIMIT_MS = 3_000;
export const CHANGE_LIMIT_MS = 10_000;

/** Sends a request and lets time pass until the answer; undefined if it is not in time. */
export function awaitReply<T>(
  environment: SimulatedEnvironment,
  limitMs: number,
  ask: (reply: ReplyCallback<T>) => void,
): RpcResult<T> | undefined {
  let answer: RpcResult<T> | undefined;
  ask((given) => {
    answer = given;
  });
  environment.until(() => answer !== undefined, limitMs);
  return answer;
}

/** The state of one server, as the Consul adapter reads it. */
export function readAgent({ net }: SimulatedEnvironment, address: string, sentinelKey: string): Agent {
  const server = net.inside.servers.get(address);
  if (server?.life !== 'running') return createSilentAgent(net.isListening(address));
  const applied = getAppliedIndex(net.inside, server);
  const leader = getLeaderAddress(server);
  return {
    kind: 'up',
    nodeId: server.nodeId,
    nodeName: getGossipName(server),
    version: server.version,
    leader,
    peers: sortedAddresses(getConfiguration(server)),
    appliedIndex: applied,
    sentinel: leader === '' ? undefined : readEntryText(server.group?.store.keys.get(sentinelKey, applied)),
    ...(isSeenLeaving(server) && { isLeaving: true }),
    votes: getConfiguration(server).some(({ id, voter }) => voter && id === server.nodeId),
    bootstrapExpect: server.configuredExpect || undefined,
    raftTimeoutMs: net.inside.raftMultiplier * 1_000,
    security: { 'acl.enabled': false },
  };
}

/** Whether its own gossip has it leaving, or left. */
export function isSeenLeaving(server: Server): boolean {
  return server.leaving && findMember(server)?.status !== MEMBER_STATUS.alive;
}

/** What a server says without a token. */
export function readClaims({ net }: SimulatedEnvironment, address: string) {
  const server = net.inside.servers.get(address);
  if (server?.life !== 'running') return undefined;
  return { leader: getLeaderAddress(server), peers: sortedAddresses(getConfiguration(server)) };
}

/** The names that a server has in its state, or that the leader has. */
export function listState({ net }: SimulatedEnvironment, address: string): StateNames | undefined {
  const server = net.inside.servers.get(address);
  if (server?.life !== 'running' || server.group === undefined) return undefined;
  const { keys, nodes } = server.group.store;
  const applied = getAppliedIndex(net.inside, server);
  const isThere = ({ modifyIndex }: { readonly modifyIndex: number }) => modifyIndex > server.lacksUpTo;
  const names = {
    keys: keys
      .list('', applied)
      .entries.filter(isThere)
      .map(({ key }) => key),
    nodes: [...nodes.values()].filter(isThere).map(({ name }) => name),
  };
  const found = STATE_KINDS.map((kind) => [kind, new Set(kind in names ? names[kind as keyof typeof names] : [])]);
  return { found: Object.fromEntries(found), unread: {}, appliedIndex: applied };
}

function createSilentAgent(listens: boolean): Agent {
  return listens
    ? { kind: 'down', why: 'silent', detail: 'no answer in time' }
    : { kind: 'down', why: 'refused', detail: 'the connection was refused' };
}

/** Caches the last result: every server is asked for the same data at every observation. */
function memoizeLast<From, Result>(make: (from: From) => Result): (from: From) => Result {
  let last: { readonly from: From; readonly result: Result } | undefined;
  return (from) => {
    if (last === undefined || last.from !== from) last = { from, result: make(from) };
    return last.result;
  };
}

/** Sorted addresses of a configuration. */
const sortedAddresses = memoizeLast((configuration: Configuration): readonly string[] =>
  configuration.map(({ address }) => address).sort(),
);

const readEntryText = memoizeLast((entry: KvEntry | undefined): string | undefined => entry?.value.toString('utf8'));

/** The report of a server that considers itself the leader. */
export function readLeader(
  environment: SimulatedEnvironment,
  address: string,
  keys: RollKeys,
): LeaderReport | undefined {
  const leader = findLeader(environment, address);
  if (leader === undefined || !leader.heardLeader) return undefined;
  const sentinel = readConsistently(environment, address, keys.sentinel, READ_LIMIT_MS);
  if (!sentinel?.ok) return undefined;
  const peers = buildPeers(leader, leader.group?.health ?? NO_HEALTH);
  // Both are read at the same time.
  const record = readAtOnce(environment, address, keys.record)?.entry;
  return { peers, sentinel: readEntryText(sentinel.value), record: record?.value.toString('utf8') };
}

const NO_HEALTH: readonly ServerHealth[] = [];

type Peers = LeaderReport['peers'];

let lastPeers:
  | { readonly peers: Peers; readonly leader: Server; readonly of: Configuration; readonly by: readonly ServerHealth[] }
  | undefined;

/** Autopilot's last health report joined with the configuration; cached while both, and the leader, are the same. */
function buildPeers(leader: Server, health: readonly ServerHealth[]): Peers {
  const configuration = getConfiguration(leader);
  if (lastPeers?.of === configuration && lastPeers.by === health && lastPeers.leader === leader) return lastPeers.peers;
  const isHealthy = (id: string): boolean => health.find((server) => server.id === id)?.healthy ?? false;
  const peers = configuration.map(({ id, host, address, voter }) => {
    const node = getNodeName(leader, host);
    return { id, node, address, leader: id === leader.nodeId, voter, healthy: isHealthy(id) };
  });
  lastPeers = { leader, of: configuration, by: health, peers };
  return peers;
}

/** The server at an address, if it runs and acts as the leader. */
function findLeader({ net }: SimulatedEnvironment, address: string): Server | undefined {
  const server = net.inside.servers.get(address);
  // A paused process may lead until another is elected, and answers nothing.
  return server?.life === 'running' && isLeading(server) && !server.refusing ? server : undefined;
}

/** The node name that the leader's member list has at this address. */
function getNodeName({ pool }: Server, host: string): string {
  for (const { server } of pool.members.values()) if (server.address === host) return getGossipName(server);
  return '(unknown)';
}

/** A consistent read; without delay if the server asked is the leader and has a majority. */
export function readConsistently(
  environment: SimulatedEnvironment,
  address: string,
  key: string,
  limitMs: number,
): RpcResult<KvEntry | undefined> | undefined {
  const { net } = environment;
  const atOnce = readAtOnce(environment, address, key);
  if (atOnce !== undefined) return createSuccess(atOnce.entry);
  return awaitReply(environment, limitMs, (reply: ReplyCallback<KvEntry | undefined>) =>
    net.kvGet(address, key, 'consistent', reply),
  );
}

/** A consistent read that takes no time; undefined if it would. */
export function readAtOnce(
  environment: SimulatedEnvironment,
  address: string,
  key: string,
): { readonly entry: KvEntry | undefined } | undefined {
  const group = findLeader(environment, address)?.group;
  if (!group?.established || !hasMajorityContact(environment.net.inside, group)) return undefined;
  return { entry: group.store.keys.get(key) };
}

export function readCommitIndex({ net }: SimulatedEnvironment, address: string): number | undefined {
  const server = net.inside.servers.get(address);
  if (server?.life !== 'running') return undefined;
  return isLeading(server) ? server.group?.log.commitIndex : getAppliedIndex(net.inside, server);
}

export function readMembers({ net }: SimulatedEnvironment, address: string): readonly GossipMember[] | undefined {
  const members = net.members(address);
  if (!members.ok) return undefined;
  return members.value.map(({ nodeName, nodeId, address, status }) => {
    return { node: nodeName, nodeId, address, isAlive: status === MEMBER_STATUS.alive };
  });
}

export function readAutopilot({ net }: SimulatedEnvironment, address: string): AutopilotSettings | undefined {
  const autopilot = net.inside.servers.get(address)?.group?.store.autopilot;
  return (
    autopilot && {
      cleanupDeadServers: autopilot.cleanupDeadServers,
      minQuorum: autopilot.minQuorum,
      serverStabilizationMs: autopilot.serverStabilizationMs,
      upgradeMigrationDisabled: false,
      redundancyZoneTag: '',
    }
  );
}

/** Whether the server at this address has the endpoint for a leadership transfer. */
export function canTransferLeadership({ net }: SimulatedEnvironment, address: string): boolean {
  return canTransferLeader(net.inside.servers.get(address)?.version ?? '0.0.0');
}
