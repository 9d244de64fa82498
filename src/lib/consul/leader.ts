import { isAclDenied, RollError } from '../model/errors.js';
import type { AutopilotSettings } from '../model/observation.js';
import type { RollKeys } from '../model/record.js';
import { type Peer, parseHost } from '../model/server.js';
import type { Consul, LeaderReport } from '../ports.js';
import { ConsulUnavailable, type HttpClient, orThrow, undefinedIfUnavailable } from './http-client.js';
import { readKeyFromLeader } from './kv.js';
import {
  assertStatus,
  parseBody,
  parseGoDurationMs,
  RESPONSE_SCHEMAS,
  type ResponseBody,
  readText,
  requestJson,
} from './responses.js';

/** What a server that claims to lead reports about the cluster; see `Consul.readLeader`. */
export async function readLeaderReport(
  http: HttpClient,
  address: string,
  keys: RollKeys,
): Promise<LeaderReport | undefined> {
  return undefinedIfUnavailable(requestLeaderReport(http, address, keys));
}

/** The leader's commit index; see `Consul.readCommitIndex`. */
export async function readCommitIndex(http: HttpClient, address: string): Promise<number | undefined> {
  const limitMs = http.timeouts.readMs;
  const asked = requestJson(http, address, 'agent/self', RESPONSE_SCHEMAS['agent/self'], limitMs);
  const self = await undefinedIfUnavailable(asked).catch((thrown) => {
    if (isAclDenied(thrown)) return undefined; // `readAgent` tells of a server that refuses the token.
    throw thrown;
  });
  return self && Number(self.Stats.raft.commit_index);
}

async function requestLeaderReport(
  http: HttpClient,
  address: string,
  keys: RollKeys,
): Promise<LeaderReport | undefined> {
  // A leader answers at once; a server that first has to find one is not the leader.
  const limitMs = http.timeouts.readMs;
  // Stale, so that the server answers for itself instead of forwarding the request to the leader.
  const path = 'operator/raft/configuration?stale';
  const [configuration, health, { value: sentinel }, { value: record }] = await Promise.all([
    requestJson(http, address, path, RESPONSE_SCHEMAS['operator/raft/configuration'], limitMs),
    readAutopilotHealth(http, address, limitMs),
    readKeyFromLeader(http, address, keys.sentinel, limitMs),
    readKeyFromLeader(http, address, keys.record, limitMs),
  ]);
  const leader = configuration.Servers.find((server) => server.Leader);
  if (!leader || parseHost(leader.Address) !== address) return undefined;
  return { peers: configuration.Servers.map((server) => toPeer(server, health)), sentinel, record };
}

type AutopilotHealth = ResponseBody<'operator/autopilot/health'>;

/**
 * 429 is how Consul says that the cluster is unhealthy, with the same body. With a server of Raft protocol 2, which autopilot
 * does not manage, it has no answer at all (500).
 *
 * @throws RollError `raft-protocol`
 */
async function readAutopilotHealth(http: HttpClient, address: string, limitMs: number): Promise<AutopilotHealth> {
  const request = { address, method: 'GET', path: 'operator/autopilot/health', limitMs } as const;
  const response = await http.send(request);
  if (response.status === 500 && /raft_protocol/.test(readText(response)))
    throw raftProtocolError(address, readText(response));
  return parseBody(request, response, RESPONSE_SCHEMAS['operator/autopilot/health'], [200, 429]);
}

function raftProtocolError(address: string, text: string): RollError {
  return new RollError({
    code: 'raft-protocol',
    message: `Consul at ${address} does not say which servers are healthy: ${text}.`,
    kind: 'refused',
    state: 'The cluster may be healthy; without autopilot nothing is changed.',
    next: 'set raft_protocol = 3 in the configuration of every server, and restart them one after another, the leader last; if only a new server has 2, terminate it and set it in the image',
  });
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

/** Consul's operator API: Raft's membership and autopilot. */
export function createOperatorClient(
  http: HttpClient,
): Pick<Consul, 'readAutopilot' | 'removePeer' | 'transferLeadership'> {
  return {
    readAutopilot: (address) => undefinedIfUnavailable(readAutopilot(http, address)),
    removePeer: (address, peerId) =>
      orThrow(address, `remove the Raft peer ${peerId}`, removePeer(http, address, peerId)),
    transferLeadership: (address, peerId) =>
      orThrow(address, `hand leadership to ${peerId}`, transferLeadership(http, address, peerId)),
  };
}

async function readAutopilot(http: HttpClient, address: string): Promise<AutopilotSettings> {
  const path = 'operator/autopilot/configuration';
  const settings = await requestJson(http, address, path, RESPONSE_SCHEMAS[path], http.timeouts.changeMs);
  const serverStabilizationMs = parseGoDurationMs(settings.ServerStabilizationTime);
  if (serverStabilizationMs === undefined)
    throw new ConsulUnavailable('broken', `${path} has no ServerStabilizationTime`);
  return {
    cleanupDeadServers: settings.CleanupDeadServers,
    minQuorum: settings.MinQuorum,
    serverStabilizationMs,
    upgradeMigrationDisabled: settings.DisableUpgradeMigration,
    redundancyZoneTag: settings.RedundancyZoneTag,
  };
}

/** The response for a peer that is already gone: status 500 and this text, in every version since 0.8. */
const PEER_NOT_FOUND = /was not found in the Raft configuration/;

async function removePeer(http: HttpClient, address: string, peerId: string): Promise<void> {
  const path = `operator/raft/peer?id=${encodeURIComponent(peerId)}`;
  const request = { address, method: 'DELETE', path, limitMs: http.timeouts.changeMs } as const;
  const response = await http.send(request);
  if (response.status === 500 && PEER_NOT_FOUND.test(readText(response))) return;
  assertStatus(request, response);
}

async function transferLeadership(http: HttpClient, address: string, peerId: string): Promise<'asked' | 'unsupported'> {
  const path = `operator/raft/transfer-leader?id=${encodeURIComponent(peerId)}`;
  const request = { address, method: 'POST', path, limitMs: http.timeouts.changeMs } as const;
  const response = await http.send(request);
  if (response.status === 404) return 'unsupported';
  const { Success } = parseBody(request, response, RESPONSE_SCHEMAS.transferred);
  if (!Success) throw new ConsulUnavailable('broken', 'it answered that it did not');
  return 'asked';
}
