import { type Agent, type AgentUp, hostOf } from '../../../src/lib/model/server.js';
import type { AutopilotSettings } from '../../../src/lib/model/survey.js';
import type { LeaderReport } from '../../../src/lib/ports.js';
import type { Answer, Reply } from '../../../src/lib/sandbox/consul/answers.js';
import type { KvEntry } from '../../../src/lib/sandbox/consul/store/key-values.js';
import { canTransferLeader } from '../../../src/lib/sandbox/consul/versions.js';
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
  const self = net.self(address);
  const leader = net.leader(address);
  const peers = net.peers(address);
  if (!self.ok || !leader.ok || !peers.ok) return silence(net.listens(address));
  const agent: AgentUp = {
    kind: 'up',
    nodeId: self.value.nodeId,
    nodeName: self.value.nodeName,
    version: self.value.version,
    leader: leader.value,
    peers: [...peers.value].sort(),
    appliedIndex: self.value.raft.appliedIndex,
    sentinel: undefined,
  };
  if (agent.leader === '') return agent;
  let sentinel: string | undefined;
  // A stale read is answered at once or not in time.
  net.kvGet(address, sentinelKey, 'stale', (answer) => {
    if (answer.ok) sentinel = answer.value?.value.toString('utf8');
  });
  return { ...agent, sentinel };
}

function silence(listens: boolean): Agent {
  return listens
    ? { kind: 'down', why: 'silent', detail: 'no answer in time' }
    : { kind: 'down', why: 'refused', detail: 'the connection was refused' };
}

/** What a server that believes to be the leader says of the cluster. */
export function readLeader(universe: Universe, address: string, key: string): LeaderReport | undefined {
  const { net } = universe;
  const configuration = net.raftConfiguration(address, { stale: true });
  const health = net.autopilotHealth(address);
  if (!configuration.ok || !health.ok) return undefined;
  const leader = configuration.value.find((server) => server.leader);
  if (leader === undefined || hostOf(leader.address) !== address) return undefined;
  const sentinel = awaitReply(universe, ASK_MS, (reply: Reply<KvEntry | undefined>) =>
    net.kvGet(address, key, 'consistent', reply),
  );
  if (!sentinel?.ok) return undefined;
  const { servers } = health.value;
  const isHealthy = (id: string): boolean => servers.find((server) => server.id === id)?.healthy ?? false;
  return {
    peers: configuration.value.map(({ id, node, address: at, leader: leads, voter }) => {
      return { id, node, address: at, leader: leads, voter, healthy: isHealthy(id) };
    }),
    failureTolerance: health.value.failureTolerance,
    sentinel: sentinel.value?.value.toString('utf8'),
  };
}

export function readCommitIndex({ net }: Universe, address: string): number | undefined {
  const self = net.self(address);
  return self.ok ? self.value.raft.commitIndex : undefined;
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
