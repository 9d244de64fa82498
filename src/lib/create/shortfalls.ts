import { isInService, isTerminating, standingOf } from '../decide/servers.js';
import { ghostsOf } from '../decide/voters.js';
import type { Shortfall } from '../model/creation.js';
import type { Server } from '../model/server.js';
import type { Survey } from '../model/survey.js';

/**
 * What a cluster of this size still lacks at one look: every instance in service for its group, one leader, each of
 * them a healthy voter that agrees with him, nobody else in Raft, and all in service in the load balancers. Empty
 * when it lacks nothing.
 */
export function shortfallsOf(survey: Survey, size: number): readonly Shortfall[] {
  const standing = standingOf(survey, 'old');
  const running = standing.filter(({ lifecycle }) => lifecycle === 'InService');
  const leaving = survey.servers.some(isTerminating);
  const short: Shortfall[] = [];
  if (running.length !== size || standing.length !== size || leaving) {
    short.push({ kind: 'instances', have: running.length, want: size, why: survey.old?.launchFailure });
  }
  if (survey.raft === undefined) return [...short, { kind: 'leader' }];
  const silent = standing.filter((server) => !votes(server, survey));
  if (silent.length > 0) short.push({ kind: 'voters', instanceIds: idsOf(silent) });
  const ghosts = ghostsOf(survey);
  if (ghosts.length > 0) short.push({ kind: 'strangers', nodes: ghosts.map(({ node }) => node) });
  const out = standing.filter((server) => !isInService(server));
  if (out.length > 0) short.push({ kind: 'in-service', instanceIds: idsOf(out) });
  return short;
}

function votes({ agent, peer }: Server, { raft }: Survey): boolean {
  return agent.kind === 'up' && agent.leader === raft?.leader && peer?.voter === true && peer.healthy;
}

function idsOf(servers: readonly Server[]): readonly string[] {
  return servers.map(({ instanceId }) => instanceId);
}
