import { type Peer, parseHost } from '../model/server.js';
import type { LeaderReport } from '../ports.js';
import { parseBody, RESPONSE_SCHEMAS, type ResponseBody, requestJson } from './answers.js';
import type { HttpClient } from './http-client.js';
import { buildKeyPath, undefinedIfUnavailable } from './http-client.js';
import { parseKeyEntry } from './kv.js';

/** What a server that claims to lead reports about the cluster; see `Consul.readLeader`. */
export async function readLeaderReport(
  channel: HttpClient,
  address: string,
  sentinelKey: string,
): Promise<LeaderReport | undefined> {
  return undefinedIfUnavailable(requestLeaderReport(channel, address, sentinelKey));
}

/** The leader's commit index; see `Consul.readCommitIndex`. */
export async function readCommitIndex(channel: HttpClient, address: string): Promise<number | undefined> {
  const limitMs = channel.timeouts.readMs;
  const self = await undefinedIfUnavailable(
    requestJson(channel, address, 'agent/self', RESPONSE_SCHEMAS['agent/self'], limitMs),
  );
  return self && Number(self.Stats.raft.commit_index);
}

async function requestLeaderReport(
  channel: HttpClient,
  address: string,
  sentinelKey: string,
): Promise<LeaderReport | undefined> {
  // A leader answers at once; a server that first has to find one is not the leader.
  const limitMs = channel.timeouts.readMs;
  // Stale, so that the server answers for itself instead of forwarding the request to the leader.
  const path = 'operator/raft/configuration?stale';
  const [configuration, health, sentinel] = await Promise.all([
    requestJson(channel, address, path, RESPONSE_SCHEMAS['operator/raft/configuration'], limitMs),
    readAutopilotHealth(channel, address, limitMs),
    readSentinelFromLeader(channel, address, sentinelKey, limitMs),
  ]);
  const leader = configuration.Servers.find((server) => server.Leader);
  if (!leader || parseHost(leader.Address) !== address) return undefined;
  return {
    peers: configuration.Servers.map((server) => toPeer(server, health)),
    failureTolerance: health.FailureTolerance,
    sentinel,
  };
}

type AutopilotHealth = ResponseBody<'operator/autopilot/health'>;

/** 429 is how Consul says that the cluster is unhealthy, with the same body. */
async function readAutopilotHealth(
  channel: HttpClient,
  address: string,
  limitMs: number,
): Promise<AutopilotHealth> {
  const question = { address, method: 'GET', path: 'operator/autopilot/health', limitMs } as const;
  const answer = await channel.send(question);
  return parseBody(question, answer, RESPONSE_SCHEMAS['operator/autopilot/health'], [200, 429]);
}

/** Consistent: the leader asks a majority whether it still leads before it answers. */
async function readSentinelFromLeader(
  channel: HttpClient,
  address: string,
  key: string,
  limitMs: number,
): Promise<string | undefined> {
  const question = { address, method: 'GET', path: buildKeyPath(key, 'consistent'), limitMs } as const;
  return parseKeyEntry(question, await channel.send(question)).value;
}

function toPeer(
  server: ResponseBody<'operator/raft/configuration'>['Servers'][number],
  health: AutopilotHealth,
): Peer {
  return {
    id: server.ID,
    node: server.Node,
    address: server.Address,
    leader: server.Leader,
    voter: server.Voter,
    healthy: health.Servers?.find((each) => each.ID === server.ID)?.Healthy ?? false,
  };
}
