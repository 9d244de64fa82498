import type { Action } from '../model/action.js';
import type { Group } from '../model/group.js';
import type { Intent } from '../model/intent.js';
import { leadershipOf } from '../model/leadership.js';
import { budgetOf } from '../model/quorum.js';
import type { Refusal } from '../model/refusal.js';
import type { Server } from '../model/server.js';
import type { Survey } from '../model/survey.js';
import { isRecorded } from '../model/tags.js';
import { isStubborn } from './leaving.js';
import { lastSentinelOf, sentinelOf } from './sentinel.js';
import { membersOf } from './servers.js';
import { budgetWithout } from './voters.js';

/** The voters there are while no leader says. */
const NOBODY = budgetOf(0, 0);

/**
 * The second look at a step, immediately before it is taken, against a survey taken for that purpose. It knows
 * nothing of why `decide` chose the step; it only knows what must never happen. Undefined when the step is safe.
 */
export function safety(survey: Survey, intent: Intent, action: Action): Refusal | undefined {
  switch (action.kind) {
    case 'deregister':
      return ownCluster(survey, intent) ?? removable(survey, intent, action.instanceId);
    case 'leave':
      return (
        ownCluster(survey, intent) ?? frozen(survey, intent) ?? leavable(survey, intent, action.instanceId)
      );
    case 'transfer-leadership':
      return oneLeader(survey) ?? quiet(survey, undefined);
    case 'terminate':
      return ownCluster(survey, intent) ?? frozen(survey, intent) ?? terminable(survey, action.instanceId);
    case 'remove-peer':
      return ownCluster(survey, intent) ?? ghostly(survey, action.peerId, action.node);
    case 'delete-group':
      return deletable(survey, intent, action.group);
    case 'delete-template':
      return ours(action.name, [intent.direction === 'back' ? intent.newTemplate : intent.oldTemplate]);
    case 'grow':
      return (
        oneLeader(survey) ?? ownGroup(intent, action.group) ?? noShrinking(survey, action.group, action.to)
      );
    case 'restore-size':
      return ownGroup(intent, action.group) ?? noShrinking(survey, action.group, action.sizes.desired);
    case 'thaw':
      return ownGroup(intent, action.group) ?? thawable(survey, intent, action.group, action.processes);
    default:
      return 'group' in action ? ownGroup(intent, action.group) : undefined;
  }
}

/**
 * Invariant 1: every member asked directly names one and the same leader, an instance of the cluster, and it answers
 * as one: they go on naming a leader for a second or two after it has died.
 */
function oneLeader(survey: Survey): Refusal | undefined {
  const leadership = leadershipOf(survey.servers);
  switch (leadership.kind) {
    case 'agreed':
      return survey.raft === undefined ? { kind: 'no-leader', answers: [] } : undefined;
    case 'stranger':
      return { kind: 'unknown-leader', leader: leadership.leader };
    case 'none':
      return { kind: 'no-leader', answers: leadership.answers };
    case 'disputed':
      return { kind: 'two-leaders', answers: leadership.answers };
  }
}

/**
 * Invariant 1, told by what the cluster remembers: the leader that all name must have the sentinel of this roll.
 * New servers that formed a cluster of their own agree on a leader too, and know no old server.
 */
function ownCluster(survey: Survey, intent: Intent): Refusal | undefined {
  const { raft } = survey;
  const known = raft?.sentinel === sentinelOf(intent) || raft?.sentinel === lastSentinelOf(intent);
  const stranger = raft === undefined || known ? undefined : raft.leader;
  return (
    oneLeader(survey) ?? (stranger === undefined ? undefined : { kind: 'unknown-leader', leader: stranger })
  );
}

/** What must hold before a server leaves Raft. One that Raft does not count may always be asked again. */
function leavable(survey: Survey, intent: Intent, instanceId: string): Refusal | undefined {
  const victim = find(survey, instanceId);
  if (victim === undefined) return { kind: 'not-ours', resource: instanceId };
  if (victim.peer === undefined) return undefined;
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
  return { kind: 'quorum-at-risk', instanceId: victim.instanceId, after: after ?? NOBODY };
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
  if (victim === undefined) return { kind: 'not-ours', resource: instanceId };
  if (intent.direction === 'back' || victim.side !== 'old') return undefined;
  const serving = survey.servers.filter((server) => server.side === 'new' && serves(survey, server)).length;
  const staying = membersOf(survey, 'old').length - 1;
  const needed = intent.size - staying;
  return serving >= needed ? undefined : { kind: 'too-few-replacements', ready: serving, needed };
}

function serves(survey: Survey, server: Server): boolean {
  const inBalancers = Object.values(server.balancers).every((state) => state === 'in-service');
  const healthyVoter = server.agent.kind === 'up' && server.peer?.voter === true && server.peer.healthy;
  return survey.history.proved.includes(server.instanceId) && healthyVoter && inBalancers;
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

/**
 * Invariant 6: out of Raft first; only one that answers nobody, or that will not leave, may go before, alone, if the
 * voters can spare it.
 */
function terminable(survey: Survey, instanceId: string): Refusal | undefined {
  const victim = find(survey, instanceId);
  if (victim === undefined) return { kind: 'not-ours', resource: instanceId };
  if (survey.raft === undefined) return { kind: 'no-leader', answers: [] };
  if (victim.peer === undefined) return namedByRaft(survey, victim) ?? stillAlive(survey, victim);
  const answers = victim.agent.kind === 'up' || victim.peer.healthy;
  if (answers && !isStubborn(survey, victim)) {
    return { kind: 'still-in-raft', instanceId, peerId: victim.peer.id };
  }
  return quiet(survey, instanceId) ?? affordable(survey, victim);
}

/** Invariant 6: a member that has left is down before it goes; a new server that never joined may go as it is. */
function stillAlive(survey: Survey, victim: Server): Refusal | undefined {
  const { instanceId, side, agent } = victim;
  const wasMember = side === 'old' || survey.history.leaves[instanceId] !== undefined;
  return wasMember && agent.kind === 'up' ? { kind: 'agent-alive', instanceId } : undefined;
}

/** The same server under another name: Raft may count its address or node name even if the join missed it. */
function namedByRaft(survey: Survey, victim: Server): Refusal | undefined {
  const named = survey.raft?.peers.find(
    (peer) => peer.node === victim.instanceId || peer.address.startsWith(`${victim.address}:`),
  );
  return named && { kind: 'still-in-raft', instanceId: victim.instanceId, peerId: named.id };
}

/** A Raft peer is removed by hand only if nobody finds it alive, and the rest keep their quorum. */
function ghostly(survey: Survey, peerId: string, node: string): Refusal | undefined {
  const server = survey.servers.find((one) => one.peer?.id === peerId);
  const peer = survey.raft?.peers.find((one) => one.id === peerId);
  if (server?.agent.kind === 'up' || peer?.healthy === true) {
    return { kind: 'agent-alive', instanceId: server?.instanceId ?? node };
  }
  const after = budgetWithout(survey, peerId) ?? NOBODY;
  const refusal = { kind: 'quorum-at-risk', instanceId: node, after } as const;
  return quiet(survey, server?.instanceId) ?? (after.spare >= 0 ? undefined : refusal);
}

/** Invariant 3: servers leave by name, one at a time; a size below what there is lets Auto Scaling pick several. */
function noShrinking(survey: Survey, name: string, to: number): Refusal | undefined {
  const group = groupNamed(survey, name);
  if (group === undefined) return undefined;
  const standing = survey.servers.filter((server) => survey[server.side]?.name === name).length;
  const from = Math.max(group.desired, group.instanceIds.length, standing);
  return to >= from ? undefined : { kind: 'would-shrink', group: name, from, to };
}

/** Invariant 7 and 10: only an empty group of this roll, none of whose servers Raft counts. */
function deletable(survey: Survey, intent: Intent, name: string): Refusal | undefined {
  const group = groupNamed(survey, name);
  if (group === undefined) return undefined;
  const expected = intent.direction === 'back' ? intent.newGroup : intent.oldGroup;
  if (name !== expected || !isRecorded(group)) return { kind: 'not-ours', resource: name };
  const servers = survey.servers.filter((server) => survey[server.side]?.name === name);
  const peers = servers.filter((server) => server.peer !== undefined).length;
  // What a group still wants to have counts as long as it may launch it.
  const wanted = group.suspended.includes('Launch') ? 0 : group.desired;
  const instances = Math.max(group.instanceIds.length, servers.length, wanted);
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

function ownGroup(intent: Intent, group: string): Refusal | undefined {
  return ours(group, [intent.oldGroup, intent.newGroup]);
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
