import type { HealthIssue, HealthIssueOf, OrphanPeerCleanup } from '../../model/health-issue.js';
import type { AutopilotSettings, Observation } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import {
  findOrphanPeers,
  findQuorumMargin,
  findQuorumMarginWithout,
  isHealthKnown,
  isInService,
  isTerminating,
} from '../../model/servers.js';

/** A server that does not answer is starting while it is younger than this, and down after that. */
const YOUNG_MS = 300_000;
/** A group needs these to find, terminate and replace an unhealthy server. */
const HEALING_PROCESSES = ['HealthCheck', 'Launch', 'ReplaceUnhealthy', 'Terminate'];

/**
 * The health issues of a cluster that is not being rolled; empty if it is healthy.
 *
 * @param autopilot undefined if Consul did not answer
 */
export function findHealthIssues(
  observation: Observation,
  autopilot: AutopilotSettings | undefined,
): readonly HealthIssue[] {
  const found = observation.servers.flatMap((server) => findHealthIssue(server, observation) ?? []);
  const all = [...found, ...findMissingServers(observation), ...findOrphanPeerIssues(observation, autopilot)];
  // Without a leader nothing may be replaced, so what could replace servers stays as it is.
  const changeable = all.length > 0 && observation.raft !== undefined;
  return changeable ? [...all, ...findSuspendedProcesses(observation)] : all;
}

/** True while a server that does not answer may still be starting. */
export function isYoung(server: Server, atMs: number): boolean {
  return atMs - server.launchedAtMs < YOUNG_MS;
}

/** True if EC2 has removed the address of a server that its group still counts as in service. */
export function isInstanceGone({ lifecycle, address }: Server): boolean {
  return lifecycle === 'InService' && address === undefined;
}

function findHealthIssue(server: Server, observation: Observation): HealthIssue | undefined {
  const { instanceId, agent, peer } = server;
  if (isTerminating(server)) return { kind: 'terminating', instanceId };
  if (isInstanceGone(server)) return { kind: 'gone', instanceId };
  if (isArriving(server, observation)) return { kind: 'arriving', instanceId };
  if (agent.kind === 'down') {
    if (agent.why === 'denied') return { kind: 'token-refused', instanceId, detail: agent.detail };
    const { detail, remedy } = agent;
    const replaceable = findReplaceable(observation, server);
    return { kind: 'silent', instanceId, detail, replaceable, ...(remedy !== undefined && { remedy }) };
  }
  if (observation.raft === undefined) return undefined;
  if (peer === undefined || (!peer.healthy && isHealthKnown(observation))) return { kind: 'unhealthy', instanceId };
  return isInService(server) ? undefined : { kind: 'out-of-service', instanceId };
}

/** A quorum and one more must stay without it, as when a server leaves. */
function findReplaceable(observation: Observation, { peer }: Server): HealthIssueOf<'silent'>['replaceable'] {
  const margin = findQuorumMarginWithout(observation, peer?.id ?? '')?.margin;
  if (margin === undefined || !isHealthKnown(observation)) return 'unknown';
  return margin >= 1 ? 'yes' : 'no';
}

function isArriving(server: Server, { atMs, raft }: Observation): boolean {
  const { agent, peer, lifecycle } = server;
  if (lifecycle.startsWith('Pending')) return true;
  const young = isYoung(server, atMs);
  if (agent.kind === 'down') return young && peer === undefined;
  if (raft === undefined) return false;
  if (peer === undefined) return young;
  return !peer.voter || (young && peer.healthy && !isInService(server));
}

function findMissingServers({ old: group, servers }: Observation): HealthIssue[] {
  if (group === undefined) return [];
  const standing = servers.filter((server) => !isTerminating(server)).length;
  const count = group.desired - standing;
  return count > 0 ? [{ kind: 'missing', count, group: group.name, why: group.launchFailure }] : [];
}

function findSuspendedProcesses({ old: group }: Observation): HealthIssue[] {
  const processes = group?.suspendedProcesses.filter((process) => HEALING_PROCESSES.includes(process)) ?? [];
  return group === undefined || processes.length === 0 ? [] : [{ kind: 'suspended', group: group.name, processes }];
}

function findOrphanPeerIssues(observation: Observation, autopilot: AutopilotSettings | undefined): HealthIssue[] {
  const orphans = findOrphanPeers(observation);
  const cleanup = findOrphanCleanup(orphans.length, observation, autopilot);
  return orphans.map(({ node, id }) => ({ kind: 'orphan-peer', node, peerId: id, cleanup }));
}

/** Autopilot removes no more than a minority of the voters at once, and keeps `MinQuorum` of them. */
function findOrphanCleanup(
  orphans: number,
  observation: Observation,
  autopilot: AutopilotSettings | undefined,
): OrphanPeerCleanup {
  const margin = findQuorumMargin(observation);
  if (autopilot === undefined || margin === undefined) return 'unknown';
  if (!autopilot.cleanupDeadServers || orphans > Math.floor((margin.voters - 1) / 2)) return 'manual';
  return margin.voters - orphans < autopilot.minQuorum ? 'autopilot-later' : 'autopilot';
}
