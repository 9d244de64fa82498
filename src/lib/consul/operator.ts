import type { AutopilotSettings } from '../model/observation.js';
import type { Consul } from '../ports.js';
import type { HttpClient } from './http-client.js';
import { ConsulUnavailable, orThrow, undefinedIfUnavailable } from './http-client.js';
import { assertStatus, parseBody, parseGoDurationMs, RESPONSE_SCHEMAS, readText, requestJson } from './responses.js';

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
