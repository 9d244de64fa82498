import { after, now, nowText, type WorldState } from '../state.js';
import { beginActivity, fail } from './activities.js';
import { capacityOf, type GroupRecord, runs } from './group.js';
import { launchMember } from './launching.js';
import { chooseVictims } from './placement.js';
import { finishTermination, terminateMember } from './terminating.js';

/** Has the group look soon at how many instances it has and how many it should have; the earlier look counts. */
export function reconcileSoon(
  state: WorldState,
  group: GroupRecord,
  delay: 'scalingMs' | 'launchRetryMs' = 'scalingMs',
): void {
  const look = after(state, delay, () => {
    group.reconcile = undefined;
    reconcile(state, group);
  });
  const planned = group.reconcile;
  const later = planned !== undefined && planned.dueMs <= look.dueMs ? look : planned;
  if (later !== undefined) later.cancelled = true;
  if (later !== look) group.reconcile = look;
}

function reconcile(state: WorldState, group: GroupRecord): void {
  if (group.deleting) return;
  const missing = group.desired - capacityOf(group);
  if (missing > 0 && runs(group, 'Launch')) growBy(state, group, missing);
  if (missing < 0 && runs(group, 'Terminate')) shrinkBy(state, group, -missing);
}

function growBy(state: WorldState, group: GroupRecord, missing: number): void {
  const from = group.desired - missing;
  const launched = `At ${nowText(state)} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${from} to ${group.desired}.`;
  const cause = withRequest(group, launched);
  for (let count = 0; count < missing; count++) {
    const failure = launchMember(state, group, cause, () => memberGone(state, group));
    if (failure === undefined) continue;
    recordFailure(state, group, cause, failure);
    reconcileSoon(state, group, 'launchRetryMs');
    return;
  }
  group.cause = undefined;
}

function recordFailure(state: WorldState, group: GroupRecord, cause: string, failure: string): void {
  const activity = beginActivity(state, group, {
    description: 'Launching a new EC2 instance',
    cause,
    status: 'InProgress',
    progress: 0,
  });
  fail(state, activity, `${failure}  Launching EC2 instance failed.`);
  activity.StartTime = now(state);
}

function shrinkBy(state: WorldState, group: GroupRecord, surplus: number): void {
  const from = group.desired + surplus;
  for (const victim of chooseVictims(group, surplus)) {
    const chosen = `At ${nowText(state)} an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from ${from} to ${group.desired}.  At ${nowText(state)} instance ${victim.instance.instanceId} was selected for termination.`;
    terminateMember(state, group, victim, withRequest(group, chosen));
  }
  group.cause = undefined;
}

/** A cause begins with the request it answers, if there was one since the last answer. */
function withRequest(group: GroupRecord, sentence: string): string {
  return group.cause === undefined ? sentence : `${group.cause}  ${sentence}`;
}

/** An instance of the group is terminated: it leaves the group, and may need a replacement. */
function memberGone(state: WorldState, group: GroupRecord): void {
  finishTermination(state, group);
  if (!group.deleting) reconcileSoon(state, group);
  else if (group.members.size === 0) removeGroupSoon(state, group);
}

/** Lets a group that is being deleted, and is empty, go. */
export function removeGroupSoon(state: WorldState, group: GroupRecord): void {
  after(state, 'groupDeletionMs', () => {
    if (group.reconcile !== undefined) group.reconcile.cancelled = true;
    if (group.healthLook !== undefined) group.healthLook.cancelled = true;
    state.groups.delete(group.name);
  });
}
