import type { Ailment, Arrival, GhostCare } from '../../model/health-issue.js';
import type { AutopilotSettings, Survey } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import { budgetNow, ghostsOf, isInService, isJudged, isTerminating } from './servers.js';

/** A server younger than this is taken to be on its way; an older one that does not answer is down. */
const YOUNG_MS = 300_000;
/** Without these a group neither finds, ends nor replaces an ill server. */
const HEALERS = ['HealthCheck', 'Launch', 'ReplaceUnhealthy', 'Terminate'];

/**
 * What is not as it should be in a cluster that nobody rolls; empty when it is whole.
 *
 * @param autopilot undefined where nobody could be asked
 */
export function ailmentsOf(survey: Survey, autopilot: AutopilotSettings | undefined): readonly Ailment[] {
  const found = survey.servers.flatMap((server) => ailmentOf(server, survey) ?? []);
  const all = [...found, ...missingIn(survey), ...ghostAilments(survey, autopilot)];
  return all.length === 0 ? [] : [...all, ...suspendedIn(survey)];
}

/** A server that does not answer, and is so young that it is taken to be on its way. */
export function isYoung(server: Server, atMs: number): boolean {
  return atMs - server.launchedAtMs < YOUNG_MS;
}

/** EC2 has taken the address of a server away that its group still counts as in service. */
export function isGone({ lifecycle, address }: Server): boolean {
  return lifecycle === 'InService' && address === undefined;
}

function ailmentOf(server: Server, survey: Survey): Ailment | undefined {
  const { instanceId, agent, peer } = server;
  if (isTerminating(server)) return { kind: 'terminating', instanceId };
  if (isGone(server)) return { kind: 'gone', instanceId };
  const stage = arrivalOf(server, survey);
  if (stage !== undefined) return { kind: 'arriving', instanceId, stage };
  if (agent.kind === 'down') return { kind: 'silent', instanceId, detail: agent.detail };
  if (survey.raft === undefined) return undefined;
  if (peer === undefined || (!peer.healthy && isJudged(survey))) return { kind: 'unhealthy', instanceId };
  return isInService(server) ? undefined : { kind: 'out-of-service', instanceId };
}

function arrivalOf(server: Server, { atMs, raft }: Survey): Arrival | undefined {
  const { agent, peer, lifecycle } = server;
  if (lifecycle.startsWith('Pending')) return 'booting';
  const young = isYoung(server, atMs);
  if (agent.kind === 'down') return young && peer === undefined ? 'starting' : undefined;
  if (raft === undefined) return undefined;
  if (peer === undefined) return young ? 'joining' : undefined;
  if (!peer.voter) return 'not voting yet';
  return young && peer.healthy && !isInService(server) ? 'entering service' : undefined;
}

function missingIn({ old: group, servers }: Survey): Ailment[] {
  if (group === undefined) return [];
  const standing = servers.filter((server) => !isTerminating(server)).length;
  const count = group.desired - standing;
  return count > 0 ? [{ kind: 'missing', count, group: group.name, why: group.launchFailure }] : [];
}

function suspendedIn({ old: group }: Survey): Ailment[] {
  const processes = group?.suspended.filter((process) => HEALERS.includes(process)) ?? [];
  return group === undefined || processes.length === 0
    ? []
    : [{ kind: 'suspended', group: group.name, processes }];
}

function ghostAilments(survey: Survey, autopilot: AutopilotSettings | undefined): Ailment[] {
  const ghosts = ghostsOf(survey);
  const care = careFor(ghosts.length, survey, autopilot);
  return ghosts.map(({ node, id }) => ({ kind: 'ghost', node, peerId: id, care }));
}

/** Autopilot removes no more than a minority of the voters at once, and keeps `MinQuorum` of them. */
function careFor(ghosts: number, survey: Survey, autopilot: AutopilotSettings | undefined): GhostCare {
  const budget = budgetNow(survey);
  if (autopilot === undefined || budget === undefined) return 'unknown';
  if (!autopilot.cleanupDeadServers || ghosts > Math.floor((budget.voters - 1) / 2)) return 'person';
  return budget.voters - ghosts < autopilot.minQuorum ? 'autopilot-later' : 'autopilot';
}
