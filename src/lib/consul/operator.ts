import type { AutopilotSettings } from '../model/observation.js';
import type { Consul } from '../ports.js';
import { assertStatus, BODIES, get, goDurationMs, readBody, textOf } from './answers.js';
import type { Channel } from './http-client.js';
import { insist, NoAnswer, unlessNoAnswer } from './http-client.js';

/** Consul's operator API: Raft's membership and autopilot. */
export function createOperator(
  channel: Channel,
): Pick<Consul, 'autopilot' | 'removePeer' | 'transferLeadership'> {
  return {
    autopilot: (address) => unlessNoAnswer(readAutopilot(channel, address)),
    removePeer: (address, peerId) =>
      insist(address, `remove the Raft peer ${peerId}`, removePeer(channel, address, peerId)),
    transferLeadership: (address, peerId) =>
      insist(address, `hand leadership to ${peerId}`, transferLeadership(channel, address, peerId)),
  };
}

async function readAutopilot(channel: Channel, address: string): Promise<AutopilotSettings> {
  const path = 'operator/autopilot/configuration';
  const settings = await get(channel, address, path, BODIES[path], channel.timeouts.callMs);
  const serverStabilizationMs = goDurationMs(settings.ServerStabilizationTime);
  if (serverStabilizationMs === undefined)
    throw new NoAnswer('broken', `${path} has no ServerStabilizationTime`);
  return {
    cleanupDeadServers: settings.CleanupDeadServers,
    minQuorum: settings.MinQuorum,
    serverStabilizationMs,
    upgradeMigrationDisabled: settings.DisableUpgradeMigration,
    redundancyZoneTag: settings.RedundancyZoneTag,
  };
}

/** One that is gone already is answered with 500 and these words, by every version since 0.8. */
const PEER_GONE = /was not found in the Raft configuration/;

async function removePeer(channel: Channel, address: string, peerId: string): Promise<void> {
  const path = `operator/raft/peer?id=${encodeURIComponent(peerId)}`;
  const question = { address, method: 'DELETE', path, limitMs: channel.timeouts.callMs } as const;
  const answer = await channel.send(question);
  if (answer.status === 500 && PEER_GONE.test(textOf(answer))) return;
  assertStatus(question, answer);
}

async function transferLeadership(
  channel: Channel,
  address: string,
  peerId: string,
): Promise<'asked' | 'unsupported'> {
  const path = `operator/raft/transfer-leader?id=${encodeURIComponent(peerId)}`;
  const question = { address, method: 'POST', path, limitMs: channel.timeouts.callMs } as const;
  const answer = await channel.send(question);
  if (answer.status === 404) return 'unsupported';
  const { Success } = readBody(question, answer, BODIES.transferred);
  if (!Success) throw new NoAnswer('broken', 'it answered that it did not');
  return 'asked';
}
