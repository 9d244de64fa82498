import type { Action } from '../model/action.js';
import type { Group } from '../model/group.js';
import type { Intent } from '../model/intent.js';
import { leadershipOf } from '../model/leadership.js';
import type { Refusal } from '../model/refusal.js';
import type { Server } from '../model/server.js';
import type { Survey } from '../model/survey.js';
import { isRecorded } from '../model/tags.js';
import { budgetNow, budgetWithout } from './voters.js';

/**
 * The second look at a step, immediately before it is taken, against a survey taken for that purpose. It knows
 * nothing of why `decide` chose the step; it only knows what must never happen. Undefined when the step is safe.
 */
export function safety(survey: Survey, intent: Intent, action: Action): Refusal | undefined {
  switch (action.kind) {
    case 'deregister':
      return oneLeader(survey) ?? removable(survey, intent, action.instanceId);
    case 'leave':
      return oneLeader(survey) ?? frozen(survey, intent) ?? leavable(survey, intent, action.instanceId);
    case 'transfer-leadership':
      return oneLeader(survey) ?? quiet(survey, undefined);
    case 'terminate':
      return frozen(survey, intent) ?? terminable(survey, action.instanceId);
    case 'remove-peer':
      return oneLeader(survey) ?? ghostly(survey, action.peerId, action.node);
    case 'delete-group':
      return deletable(survey, intent, action.group);
    case 'delete-template':
      return ours(action.name, [intent.oldTemplate, intent.newTemplate]);
    case 'grow':
      return oneLeader(survey) ?? ours(action.group, [intent.oldGroup, intent.newGroup]);
    case 'thaw':
      return thawable(survey, intent, action.group, action.processes);
    default:
      return undefined;
  }
}

/** Invariant 1: every member asked directly names one and the same leader, an instance of the cluster. */
function oneLeader(survey: Survey): Refusal | undefined {
  const leadership = leadershipOf(survey.servers);
  switch (leadership.kind) {
    case 'agreed':
      return undefined;
    case 'stranger':
      return { kind: 'unknown-leader', leader: leadership.leader };
    case 'none':
      return { kind: 'no-leader', answers: leadership.answers };
    case 'disputed':
      return { kind: 'two-leaders', answers: leadership.answers };
  }
}

/** What must hold before a server leaves Raft. One that Raft does not count may always be asked again. */
function leavable(survey: Survey, intent: Intent, instanceId: string): Refusal | undefined {
  const victim = find(survey, instanceId);
  if (victim?.peer === undefined) return undefined;
  return (
    quiet(survey, instanceId) ??
    affordable(survey, victim) ??
    leaderLast(survey, victim) ??
    removable(survey, intent, instanceId)
  );
}

/** Invariant 2: healthy voters without it, minus the quorum without it, is at least 1. */
function affordable(survey: Survey, victim: Server): Refusal | undefined {
  const after = budgetWithout(survey, victim.peer?.id ?? '');
  if (after !== undefined && after.spare >= 1) return undefined;
  const none = { voters: 0, healthy: 0, quorum: 1, spare: -1 };
  return { kind: 'quorum-at-risk', instanceId: victim.instanceId, after: after ?? none };
}

/** Invariant 3: no other server is half out: asked to leave and still counted by Raft. */
function quiet(survey: Survey, instanceId: string | undefined): Refusal | undefined {
  const half = survey.servers.find(
    (server) =>
      server.instanceId !== instanceId &&
      server.peer !== undefined &&
      survey.history.leaves[server.instanceId] !== undefined,
  );
  return half?.peer && { kind: 'change-in-flight', node: half.peer.node };
}

/** Invariant 4, forward: as many proved new servers in service as keep the cluster at its size without this one. */
function removable(survey: Survey, intent: Intent, instanceId: string): Refusal | undefined {
  const victim = find(survey, instanceId);
  if (intent.direction === 'back' || victim?.side !== 'old') return undefined;
  const serving = survey.servers.filter((server) => server.side === 'new' && serves(survey, server)).length;
  const staying =
    survey.servers.filter((server) => server.side === 'old' && server.peer !== undefined).length - 1;
  const needed = intent.size - staying;
  return serving >= needed ? undefined : { kind: 'too-few-replacements', ready: serving, needed };
}

function serves(survey: Survey, server: Server): boolean {
  const inBalancers = Object.values(server.balancers).every((state) => state === 'in-service');
  return survey.history.proved.includes(server.instanceId) && server.peer?.voter === true && inBalancers;
}

/** Invariant 5: the leader never goes while another server of its side remains. */
function leaderLast(survey: Survey, victim: Server): Refusal | undefined {
  if (victim.peer?.leader !== true) return undefined;
  const followers = survey.servers.filter(
    (server) => server.side === victim.side && server.peer !== undefined && server !== victim,
  ).length;
  return followers === 0
    ? undefined
    : { kind: 'leader-before-followers', instanceId: victim.instanceId, followers };
}

/** Invariant 6: out of Raft first; only one that answers nobody may go before, alone, if the voters can spare it. */
function terminable(survey: Survey, instanceId: string): Refusal | undefined {
  const victim = find(survey, instanceId);
  if (victim === undefined) return undefined;
  if (survey.raft === undefined) return oneLeader(survey) ?? { kind: 'no-leader', answers: [] };
  if (victim.peer === undefined) return namedByRaft(survey, victim);
  if (victim.agent.kind === 'up' || victim.peer.healthy) {
    return { kind: 'still-in-raft', instanceId, peerId: victim.peer.id };
  }
  return oneLeader(survey) ?? quiet(survey, instanceId) ?? affordable(survey, victim);
}

/** The same server under another name: Raft may count its address or node name even if the join missed it. */
function namedByRaft(survey: Survey, victim: Server): Refusal | undefined {
  const named = survey.raft?.peers.find(
    (peer) => peer.node === victim.instanceId || peer.address.startsWith(`${victim.address}:`),
  );
  return named && { kind: 'still-in-raft', instanceId: victim.instanceId, peerId: named.id };
}

/** A Raft peer is removed by hand only if no standing instance answers for it, and the rest keep their quorum. */
function ghostly(survey: Survey, peerId: string, node: string): Refusal | undefined {
  const server = survey.servers.find((one) => one.peer?.id === peerId);
  if (server?.agent.kind === 'up') return { kind: 'agent-alive', instanceId: server.instanceId };
  const after = budgetWithout(survey, peerId);
  if (after !== undefined && after.spare >= 0) return undefined;
  const now = budgetNow(survey) ?? { voters: 0, healthy: 0, quorum: 1, spare: -1 };
  return { kind: 'quorum-at-risk', instanceId: node, after: after ?? now };
}

/** Invariant 7 and 10: only an empty group of this roll, none of whose servers Raft counts. */
function deletable(survey: Survey, intent: Intent, name: string): Refusal | undefined {
  const group = groupNamed(survey, name);
  if (group === undefined) return undefined;
  const expected = intent.direction === 'back' ? intent.newGroup : intent.oldGroup;
  if (name !== expected || !isRecorded(group)) return { kind: 'not-ours', resource: name };
  const servers = survey.servers.filter((server) => survey[server.side]?.name === name);
  const peers = servers.filter((server) => server.peer !== undefined).length;
  const instances = Math.max(group.instanceIds.length, servers.length, group.desired);
  if (instances === 0 && peers === 0) return undefined;
  return { kind: 'group-not-empty', group: name, instances, peers };
}

/** Invariant 8: while servers come and go, neither group may act on its own. */
function frozen(survey: Survey, intent: Intent): Refusal | undefined {
  const shrinking = intent.direction === 'back' ? survey.new : survey.old;
  const healing = ['HealthCheck', 'ReplaceUnhealthy', 'Launch'];
  const running = healing.filter((process) => shrinking && !shrinking.suspended.includes(process));
  return shrinking === undefined || running.length === 0
    ? undefined
    : { kind: 'not-frozen', group: shrinking.name, running };
}

/** Invariant 8: thawed only at the end, or to let the old group grow again on the way back. */
function thawable(
  survey: Survey,
  intent: Intent,
  name: string,
  processes: readonly string[],
): Refusal | undefined {
  const onlyLaunch = intent.direction === 'back' && processes.length === 1 && processes[0] === 'Launch';
  const doomed = intent.direction === 'back' ? survey.new : survey.old;
  const standing = survey.servers.filter((server) => survey[server.side] === doomed).length;
  if (onlyLaunch || doomed === undefined || standing === 0) return undefined;
  return { kind: 'group-not-empty', group: name, instances: standing, peers: 0 };
}

function ours(resource: string, allowed: readonly string[]): Refusal | undefined {
  return allowed.includes(resource) ? undefined : { kind: 'not-ours', resource };
}

function groupNamed(survey: Survey, name: string): Group | undefined {
  return [survey.old, survey.new].find((group) => group?.name === name);
}

function find(survey: Survey, instanceId: string): Server | undefined {
  return survey.servers.find((server) => server.instanceId === instanceId);
}
