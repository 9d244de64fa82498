import type { Group } from '../../model/group.js';
import { type Intent, isInPlace } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { Refusal } from '../../model/stop-reason.js';
import { isRecorded } from '../../model/tags.js';
import { ghostsOf } from '../decide/servers.js';
import { wantedOf } from '../strategy/in-place.js';
import { oneLeader } from './leadership.js';

/** Invariant 3: servers leave by name, one at a time; a size below what there is lets Auto Scaling pick several. */
export function noShrinking(survey: Survey, name: string, to: number): Refusal | undefined {
  const group = groupNamed(survey, name);
  if (group === undefined) return undefined;
  const standing = survey.servers.filter((server) => survey[server.side]?.name === name).length;
  const from = Math.max(wantedOf(survey, name), group.instanceIds.length, standing);
  return to >= from ? undefined : { kind: 'would-shrink', group: name, from, to };
}

/** Invariant 3: a group may want less only where it launches nothing and loses nobody by it. */
export function noPicking(survey: Survey, name: string, to: number): Refusal | undefined {
  const group = groupNamed(survey, name);
  if (group === undefined) return undefined;
  if (!group.suspended.includes('Launch')) return { kind: 'not-frozen', group: name, running: ['Launch'] };
  const own = survey.servers.filter(({ side }) => survey[side]?.name === name);
  const from = own.filter(({ lifecycle }) => !/^(Terminat|Detach)/.test(lifecycle)).length;
  return to >= from ? undefined : { kind: 'would-shrink', group: name, from, to };
}

/** Invariant 4: in place, the group is the new one once no old server is left in it. */
export function allNew(survey: Survey, name: string): Refusal | undefined {
  const older = survey.servers.filter((server) => server.side === 'old');
  const peers = older.filter((server) => server.peer !== undefined).length;
  if (older.length === 0) return undefined;
  return { kind: 'group-not-empty', group: name, instances: older.length, peers };
}

/** Invariant 7 and 10: only an empty group of this roll, none of whose servers Raft counts. */
export function deletable(survey: Survey, intent: Intent, name: string): Refusal | undefined {
  const group = groupNamed(survey, name);
  if (isInPlace(intent)) return { kind: 'not-ours', resource: name };
  if (group === undefined) return undefined;
  const expected = intent.direction === 'back' ? intent.newGroup : intent.oldGroup;
  if (name !== expected || !isRecorded(group)) return { kind: 'not-ours', resource: name };
  const servers = survey.servers.filter((server) => survey[server.side]?.name === name);
  const peers = servers.filter((server) => server.peer !== undefined).length;
  // What a group still wants to have counts as long as it may launch it.
  const wanted = group.suspended.includes('Launch') ? 0 : group.desired;
  const instances = Math.max(group.instanceIds.length, servers.length, wanted);
  if (instances > 0 || peers > 0) return { kind: 'group-not-empty', group: name, instances, peers };
  return oneLeader(survey) ?? noGhost(survey);
}

/** A peer that no instance stands behind may be one of the servers that the group had. */
function noGhost(survey: Survey): Refusal | undefined {
  const [ghost] = ghostsOf(survey);
  return ghost && { kind: 'ghost', peerId: ghost.id, node: ghost.node };
}

/** Invariant 8: while servers come and go, neither group may act on its own. */
export function frozen(survey: Survey, intent: Intent): Refusal | undefined {
  const shrinking = intent.direction === 'back' ? survey.new : survey.old;
  // In place what the group launches is on the side that grows; only the way back must not launch the new image.
  const launching = isInPlace(intent) ? [] : ['Launch'];
  const staying = intent.direction === 'back' ? survey.old : survey.new;
  return runningOf(shrinking, [...HEALING, ...launching]) ?? runningOf(staying, HEALING);
}

const HEALING = ['HealthCheck', 'ReplaceUnhealthy'];

function runningOf(group: Group | undefined, processes: readonly string[]): Refusal | undefined {
  const running = processes.filter((process) => group && !group.suspended.includes(process));
  return group === undefined || running.length === 0
    ? undefined
    : { kind: 'not-frozen', group: group.name, running };
}

/** Invariant 8: thawed only at the end, or to let the old group grow again on the way back. */
export function thawable(
  survey: Survey,
  intent: Intent,
  name: string,
  processes: readonly string[],
): Refusal | undefined {
  const launches = processes.length === 1 && processes[0] === 'Launch' && name === intent.oldGroup;
  const onlyLaunch = intent.direction === 'back' && launches;
  const doomed = intent.direction === 'back' ? survey.new : survey.old;
  const standing = survey.servers.filter((server) => survey[server.side] === doomed).length;
  if (onlyLaunch || doomed === undefined || standing === 0) return undefined;
  return { kind: 'group-not-empty', group: name, instances: standing, peers: 0 };
}

/** The template the roll goes to, and the one that goes when it is done; on the way back the other way round. */
export function templatesOf({ direction, oldTemplate, newTemplate }: Intent) {
  return direction === 'back'
    ? { wanted: oldTemplate, unwanted: newTemplate }
    : { wanted: newTemplate, unwanted: oldTemplate };
}

export function ownGroup(intent: Intent, group: string): Refusal | undefined {
  return ours(group, [intent.oldGroup, intent.newGroup]);
}

export function ours(resource: string, allowed: readonly (string | undefined)[]): Refusal | undefined {
  return allowed.includes(resource) ? undefined : { kind: 'not-ours', resource };
}

function groupNamed(survey: Survey, name: string): Group | undefined {
  return [survey.old, survey.new].find((group) => group?.name === name);
}
