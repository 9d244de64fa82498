import { RollError } from '../../model/errors.js';
import type { Observation } from '../../model/observation.js';
import { type ClusterStatus, isLockHolderAlive } from '../../model/plan.js';
import type { KnownQuorumMargin } from '../../model/raft.js';
import { parseHost } from '../../model/server.js';
import { findKnownQuorumMargin, findLeader, findQuorumMargin } from '../../model/servers.js';
import { formatCount } from './format.js';

/** `voters 8 quorum 5 healthy 8`; `healthy ?` until a new leader has reported health; empty without a leader. */
export function describeQuorumMargin(margin: KnownQuorumMargin | undefined): string {
  if (margin === undefined) return '';
  return `voters ${margin.voters} quorum ${margin.quorum} healthy ${margin.healthy ?? '?'}`;
}

/** `5 voters, 5 healthy, quorum 3, leader i-0a13 (127.1.1.11)`. */
export function describeClusterState(observation: Observation): string {
  const margin = findKnownQuorumMargin(observation);
  if (margin === undefined) {
    const answering = observation.servers.filter((server) => server.agent.kind === 'up').length;
    return `no agreed leader; ${answering} of ${formatCount(observation.servers.length, 'server')} answer`;
  }
  return [
    formatCount(margin.voters, 'voter'),
    margin.healthy === undefined ? 'health not known yet' : `${margin.healthy} healthy`,
    `quorum ${margin.quorum}`,
    `leader ${formatLeader(observation)}`,
  ].join(', ');
}

function formatLeader(observation: Observation): string {
  const address = parseHost(observation.raft?.leader ?? '');
  const leader = findLeader(observation);
  return leader === undefined ? `${address} (an unknown instance)` : `${leader.instanceId} (${address})`;
}

/** Adds the last observed state of the cluster to a RollError; anything else is returned unchanged. */
export function appendClusterState(thrown: unknown, observation: Observation): unknown {
  if (!(thrown instanceof RollError)) return thrown;
  const { code, kind, message, state, next, passing } = thrown;
  const last = `${observation.cluster} when last observed: ${describeClusterState(observation)}.`;
  return new RollError({ code, kind, message, state: `${state} ${last}`, next, passing, cause: thrown });
}

/** The Consul versions that the servers report, each once. */
export function listConsulVersions({ servers }: Pick<Observation, 'servers'>): string[] {
  const versions = servers.flatMap(({ agent }) => (agent.kind === 'up' ? [agent.version] : []));
  return [...new Set(versions)].sort();
}

/** A cluster and its roll in one word. */
export const STATUS_VERDICTS = {
  ready: 'healthy, and no roll is in progress',
  unhealthy: 'not healthy or not known to be, and no roll is in progress',
  unfinished: 'a roll is unfinished, and no process runs it',
  'quorum-at-risk': 'no agreed leader, or no quorum',
  rolling: 'a roll is in progress, and a process runs it',
} as const;

export type StatusVerdict = keyof typeof STATUS_VERDICTS;

export function getStatusVerdict(status: ClusterStatus): StatusVerdict {
  const { observation, intent, lock } = status;
  const margin = findKnownQuorumMargin(observation);
  if (margin === undefined || (margin.margin ?? 0) < 0) return 'quorum-at-risk';
  if (lock !== undefined && isLockHolderAlive(lock, observation.atMs)) return 'rolling';
  if (intent !== undefined) return 'unfinished';
  return isClusterHealthy(status) ? 'ready' : 'unhealthy';
}

/**
 * One leader, every voter healthy, and at least one voter more than the quorum. Without a roll also: every server is a
 * voter, and the group has as many as it wants.
 */
export function isClusterHealthy({ observation, intent }: Pick<ClusterStatus, 'observation' | 'intent'>): boolean {
  const margin = findQuorumMargin(observation);
  if (margin === undefined || margin.healthy < margin.voters || margin.margin < 1) return false;
  if (intent !== undefined) return true;
  const inService = observation.servers.filter((server) => server.lifecycle === 'InService').length;
  if (observation.old !== undefined && inService < observation.old.desired) return false;
  return observation.servers.every((server) => server.lifecycle !== 'InService' || server.peer?.voter === true);
}
