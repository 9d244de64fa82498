import type { AutopilotSettings } from '../../../src/lib/model/observation.js';
import type { Agent } from '../../../src/lib/model/server.js';
import type { LeaderReport } from '../../../src/lib/ports.js';
import { type Answer, type Reply, success } from '../../../src/sandbox/consul/answers.js';
import { type ServerHealth, summarize } from '../../../src/sandbox/consul/autopilot/health.js';
import { configurationOf } from '../../../src/sandbox/consul/raft/configuration.js';
import type { Configuration } from '../../../src/sandbox/consul/raft/log.js';
import { appliedIndex, hearsMajority } from '../../../src/sandbox/consul/raft/replication.js';
import { leaderOf } from '../../../src/sandbox/consul/reads.js';
import { isLeading, type Server } from '../../../src/sandbox/consul/state.js';
import type { KvEntry } from '../../../src/sandbox/consul/store/key-values.js';
import { canTransferLeader } from '../../../src/sandbox/consul/versions.js';
import type { Universe } from '../universe.js';

/** What the Consul adapter waits for an answer from a server's own memory, and for one that needs the leader. */
const ASK_MS = 3_000;
export const CALL_MS = 10_000;

/** Asks something and lets time pass until it is answered; undefined when it is not in time. */
export function awaitReply<T>(
  universe: Universe,
  limitMs: number,
  ask: (reply: Reply<T>) => void,
): Answer<T> | undefined {
  let answer: Answer<T> | undefined;
  ask((given) => {
    answer = given;
  });
  universe.until(() => answer !== undefined, limitMs);
  return answer;
}

/** What one server says of itself, as the Consul adapter puts it together. */
export function readAgent({ net }: Universe, address: string, sentinelKey: string): Agent {
  const server = net.inside.servers.get(address);
  if (server?.life !== 'running') return silence(net.listens(address));
  const applied = appliedIndex(net.inside, server);
  const leader = leaderOf(server);
  return {
    kind: 'up',
    nodeId: server.nodeId,
    nodeName: server.nodeName,
    version: server.version,
    leader,
    peers: sortedAddresses(configurationOf(server)),
    appliedIndex: applied,
    sentinel: leader === '' ? undefined : textOf(server.group?.store.keys.get(sentinelKey, applied)),
  };
}

function silence(listens: boolean): Agent {
  return listens
    ? { kind: 'down', why: 'silent', detail: 'no answer in time' }
    : { kind: 'down', why: 'refused', detail: 'the connection was refused' };
}

/** Makes something of what never changes, once for as long as it is the same: every server is asked for it at every look. */
function onceInARow<From, Result>(make: (from: From) => Result): (from: From) => Result {
  let last: { readonly from: From; readonly result: Result } | undefined;
  return (from) => {
    if (last === undefined || last.from !== from) last = { from, result: make(from) };
    return last.result;
  };
}

/** Where the servers of a configuration are. */
const sortedAddresses = onceInARow((configuration: Configuration): readonly string[] =>
  configuration.map(({ address }) => address).sort(),
);

const textOf = onceInARow((entry: KvEntry | undefined): string | undefined => entry?.value.toString('utf8'));

/** What a server that believes to be the leader says of the cluster. */
export function readLeader(universe: Universe, address: string, key: string): LeaderReport | undefined {
  const leader = leaderAt(universe, address);
  if (leader === undefined || !leader.heardLeader) return undefined;
  const sentinel = readConsistently(universe, address, key, ASK_MS);
  if (!sentinel?.ok) return undefined;
  const { peers, failureTolerance } = reportOf(leader, leader.group?.health ?? NO_HEALTH);
  return { peers, failureTolerance, sentinel: textOf(sentinel.value) };
}

const NO_HEALTH: readonly ServerHealth[] = [];

type Report = Pick<LeaderReport, 'peers' | 'failureTolerance'>;

let lastReport: (Report & { readonly of: Configuration; readonly by: readonly ServerHealth[] }) | undefined;

/** What autopilot's last look and the configuration come to; put together once for as long as both are the same. */
function reportOf(leader: Server, health: readonly ServerHealth[]): Report {
  const configuration = configurationOf(leader);
  if (lastReport?.of === configuration && lastReport.by === health) return lastReport;
  const isHealthy = (id: string): boolean => health.find((server) => server.id === id)?.healthy ?? false;
  const peers = configuration.map(({ id, address, voter }) => {
    const node = nodeNameOf(leader, id);
    return { id, node, address, leader: id === leader.nodeId, voter, healthy: isHealthy(id) };
  });
  const { failureTolerance } = summarize(health);
  lastReport = { of: configuration, by: health, peers, failureTolerance };
  return lastReport;
}

/** The server at an address, if it runs and acts as the leader. */
function leaderAt({ net }: Universe, address: string): Server | undefined {
  const server = net.inside.servers.get(address);
  return server !== undefined && isLeading(server) && !server.refusing ? server : undefined;
}

/** As gossip has it: the name of whom the leader knows by this Raft id. */
function nodeNameOf({ pool }: Server, id: string): string {
  for (const { server } of pool.members.values()) if (server.nodeId === id) return server.nodeName;
  return '(unknown)';
}

/** A consistent read; at once where the leader itself is asked and is sure to lead. */
export function readConsistently(
  universe: Universe,
  address: string,
  key: string,
  limitMs: number,
): Answer<KvEntry | undefined> | undefined {
  const { net } = universe;
  const group = leaderAt(universe, address)?.group;
  if (group?.established && hearsMajority(net.inside, group)) return success(group.store.keys.get(key));
  return awaitReply(universe, limitMs, (reply: Reply<KvEntry | undefined>) =>
    net.kvGet(address, key, 'consistent', reply),
  );
}

export function readCommitIndex({ net }: Universe, address: string): number | undefined {
  const server = net.inside.servers.get(address);
  if (server?.life !== 'running') return undefined;
  return isLeading(server) ? server.group?.log.commitIndex : appliedIndex(net.inside, server);
}

export function readAutopilot({ net }: Universe, address: string): AutopilotSettings | undefined {
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

/** Whether the server at this address has the endpoint that hands leadership over. */
export function handsOver({ net }: Universe, address: string): boolean {
  return canTransferLeader(net.inside.servers.get(address)?.version ?? '0.0.0');
}
