import { type Peer, parseHost } from '../model/server.js';
import type { LeaderReport } from '../ports.js';
import type { HttpClient } from './http-client.js';
import { buildKeyPath, undefinedIfUnavailable } from './http-client.js';
import { parseKeyEntry } from './kv.js';
import { parseBody, RESPONSE_SCHEMAS, type ResponseBody, requestJson } from './responses.js';

/** What a server that claims to lead reports about the cluster; see `Consul.readLeader`. */
export async function readLeaderReport(
  http: HttpClient,
  address: string,
  sentinelKey: string,
): Promise<LeaderReport | undefined> {
  return undefinedIfUnavailable(requestLeaderReport(http, address, sentinelKey));
}

/** The leader's commit index; see `Consul.readCommitIndex`. */
export async function readCommitIndex(http: HttpClient, address: string): Promise<number | undefined> {
  const limitMs = http.timeouts.readMs;
  const self = await undefinedIfUnavailable(
    requestJson(http, address, 'agent/self', RESPONSE_SCHEMAS['agent/self'], limitMs),
  );
  return self && Number(self.Stats.raft.commit_index);
}

async function requestLeaderReport(
  http: HttpClient,
  address: string,
  sentinelKey: string,
): Promise<LeaderReport | undefined> {
  // A leader answers at once; a server that first has to find one is not the leader.
  const limitMs = http.timeouts.readMs;
  // Stale, so that the server answers for itself instead of forwarding the request to the leader.
  const path = 'operator/raft/configuration?stale';
  const [configuration, health, sentinel] = await Promise.all([
    requestJson(http, address, path, RESPONSE_SCHEMAS['operator/raft/configuration'], limitMs),
    readAutopilotHealth(http, address, limitMs),
    readSentinelFromLeader(http, address, sentinelKey, limitMs),
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
async function readAutopilotHealth(http: HttpClient, address: string, limitMs: number): Promise<AutopilotHealth> {
  const request = { address, method: 'GET', path: 'operator/autopilot/health', limitMs } as const;
  const response = await http.send(request);
  return parseBody(request, response, RESPONSE_SCHEMAS['operator/autopilot/health'], [200, 429]);
}

/** Consistent: the leader asks a majority whether it still leads before it answers. */
async function readSentinelFromLeader(
  http: HttpClient,
  address: string,
  key: string,
  limitMs: number,
): Promise<string | undefined> {
  const request = { address, method: 'GET', path: buildKeyPath(key, 'consistent'), limitMs } as const;
  return parseKeyEntry(request, await http.send(request)).value;
}

function toPeer(server: ResponseBody<'operator/raft/configuration'>['Servers'][number], health: AutopilotHealth): Peer {
  return {
    id: server.ID,
    node: server.Node,
    address: server.Address,
    leader: server.Leader,
    voter: server.Voter,
    healthy: health.Servers?.find((each) => each.ID === server.ID)?.Healthy ?? false,
  };
}
