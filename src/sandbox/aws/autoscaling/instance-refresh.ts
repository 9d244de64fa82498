import type {
  CancelInstanceRefreshAnswer,
  CancelInstanceRefreshType,
  DescribeInstanceRefreshesAnswer,
  DescribeInstanceRefreshesType,
  InstanceRefreshStatus,
  RefreshPreferences,
  RollbackInstanceRefreshAnswer,
  RollbackInstanceRefreshType,
  StartInstanceRefreshAnswer,
  StartInstanceRefreshType,
} from '@aws-sdk/client-auto-scaling';
import { AwsFault, validationFault } from '../fault.js';
import { getPage } from '../paging.js';
import type { GroupRecord, Member, RefreshRecord } from '../records.js';
import { type AwsState, currentDate, formatNow } from '../state.js';
import { getGroup, isProcessActive } from './group.js';
import { checkLaunchSource, toLaunchSourceOutput } from './launch-source.js';
import { reconcileSoon } from './reconcile.js';
import { findActiveRefresh, isGroupSettled, toLaunchSource } from './refresh-state.js';
import { terminateMember } from './terminating.js';

/** What must not be suspended for an instance to be replaced. */
const NEEDED = ['InstanceRefresh', 'Launch', 'Terminate'] as const;
/** How long a refresh waits for instances that are protected from scale-in, or on standby. */
const PATIENCE_MS = 3_600_000;
const MIN_HEALTHY_PERCENTAGE = 90;

/** StartInstanceRefresh: of every instance the group has; one refresh at a time. */
export function startInstanceRefresh(state: AwsState, input: StartInstanceRefreshType): StartInstanceRefreshAnswer {
  const group = getGroup(state, input.AutoScalingGroupName);
  if (findActiveRefresh(group) !== undefined) {
    throw new AwsFault(
      'InstanceRefreshInProgress',
      'An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.',
    );
  }
  const { Preferences = {}, DesiredConfiguration, Strategy = 'Rolling' } = input;
  checkPreferences(Preferences);
  if (DesiredConfiguration !== undefined) checkLaunchSource(state, toLaunchSource(DesiredConfiguration));
  const InstanceRefreshId = state.ids.uuid();
  const left = new Set(group.members.keys());
  group.refreshes.unshift({
    described: {
      InstanceRefreshId,
      AutoScalingGroupName: group.name,
      Status: 'Pending',
      StartTime: currentDate(state),
      PercentageComplete: 0,
      InstancesToUpdate: left.size,
      Preferences,
      DesiredConfiguration,
      Strategy,
    },
    left,
    before: new Set(left),
    blockedSinceMs: undefined,
  });
  return { InstanceRefreshId };
}

function checkPreferences({ MinHealthyPercentage = MIN_HEALTHY_PERCENTAGE }: RefreshPreferences): void {
  if (MinHealthyPercentage >= 0 && MinHealthyPercentage <= 100) return;
  throw validationFault('MinHealthyPercentage must be between 0 and 100.');
}

/** CancelInstanceRefresh: what is being replaced is, and nothing more. */
export function cancelInstanceRefresh(state: AwsState, input: CancelInstanceRefreshType): CancelInstanceRefreshAnswer {
  const { described } = getActiveRefresh(getGroup(state, input.AutoScalingGroupName));
  described.Status = 'Cancelling';
  return { InstanceRefreshId: described.InstanceRefreshId };
}

/** RollbackInstanceRefresh: replaces what was replaced; only a refresh with a desired configuration can be rolled back. */
export function rollbackInstanceRefresh(
  state: AwsState,
  input: RollbackInstanceRefreshType,
): RollbackInstanceRefreshAnswer {
  const group = getGroup(state, input.AutoScalingGroupName);
  const { described, left, before } = getActiveRefresh(group);
  if (described.DesiredConfiguration === undefined || described.Status === 'Cancelling') {
    throw new AwsFault(
      'IrreversibleInstanceRefresh',
      'The instance refresh has no desired configuration, and cannot be rolled back.',
    );
  }
  described.Status = 'RollbackInProgress';
  left.clear();
  for (const instanceId of group.members.keys()) if (!before.has(instanceId)) left.add(instanceId);
  return { InstanceRefreshId: described.InstanceRefreshId };
}

function getActiveRefresh(group: GroupRecord): RefreshRecord {
  const active = findActiveRefresh(group);
  if (active !== undefined) return active;
  throw new AwsFault(
    'ActiveInstanceRefreshNotFound',
    `No in progress or pending Instance Refresh found for Auto Scaling group ${group.name}`,
  );
}

/** DescribeInstanceRefreshes: newest first, in pages. */
export function describeInstanceRefreshes(
  state: AwsState,
  input: DescribeInstanceRefreshesType,
): DescribeInstanceRefreshesAnswer {
  const { refreshes } = getGroup(state, input.AutoScalingGroupName);
  const ids = input.InstanceRefreshIds ?? [];
  const all = refreshes.map(({ described }) => described);
  const chosen = ids.length === 0 ? all : all.filter((one) => ids.includes(one.InstanceRefreshId ?? ''));
  const page = getPage(chosen, input.NextToken, input.MaxRecords, { defaultSize: 50, maxSize: 100 });
  return { InstanceRefreshes: page.items.map((one) => ({ ...one })), NextToken: page.nextToken };
}

/**
 * Takes the refresh of a group one step on: once the last replacements are in service and warm, it ends as many instances
 * as the minimum of healthy ones allows, and the group launches as many. While a process it needs is suspended, it waits.
 */
export function continueRefresh(state: AwsState, group: GroupRecord): void {
  const refresh = findActiveRefresh(group);
  if (refresh === undefined) return;
  const { described } = refresh;
  if (described.Status === 'Cancelling') {
    if (isGroupSettled(group)) endRefresh(state, refresh, 'Cancelled');
    return;
  }
  if (!NEEDED.every((process) => isProcessActive(group, process))) return;
  if (described.Status === 'Pending') described.Status = 'InProgress';
  if (isGroupSettled(group) && isWarm(state, group, refresh)) replaceNext(state, group, refresh);
}

function isWarm(state: AwsState, group: GroupRecord, { before, described }: RefreshRecord): boolean {
  const { DefaultInstanceWarmup, HealthCheckGracePeriod = 0 } = group.fields;
  const warmupMs = (described.Preferences?.InstanceWarmup ?? DefaultInstanceWarmup ?? HealthCheckGracePeriod) * 1_000;
  return [...group.members.values()].every(
    ({ instance, inServiceMs = 0 }) => before.has(instance.instanceId) || state.nowMs >= inServiceMs + warmupMs,
  );
}

function replaceNext(state: AwsState, group: GroupRecord, refresh: RefreshRecord): void {
  const { left, described } = refresh;
  for (const instanceId of left) if (!group.members.has(instanceId)) left.delete(instanceId);
  const preferences = described.Preferences ?? {};
  const members = [...group.members.values()].filter(({ instance }) => left.has(instance.instanceId));
  const open = members.filter((member) => findObstacle(member, preferences) === undefined);
  const blocked = members.filter((member) => findObstacle(member, preferences) === 'Wait');
  if (open.length === 0 && blocked.length > 0) {
    refresh.blockedSinceMs ??= state.nowMs;
    if (state.nowMs - refresh.blockedSinceMs >= PATIENCE_MS) endRefresh(state, refresh, 'Failed');
    return;
  }
  refresh.blockedSinceMs = undefined;
  if (open.length === 0) {
    succeed(state, group, refresh);
    return;
  }
  const healthy = Math.ceil((group.desired * (preferences.MinHealthyPercentage ?? MIN_HEALTHY_PERCENTAGE)) / 100);
  for (const member of open.slice(0, Math.max(1, group.desired - healthy))) {
    left.delete(member.instance.instanceId);
    const cause = `At ${formatNow(state)} an instance was taken out of service in response to an instance refresh.`;
    terminateMember(state, group, member, cause);
  }
  const total = Math.max(1, refresh.before.size);
  described.InstancesToUpdate = left.size;
  described.PercentageComplete = Math.floor(((total - left.size) * 100) / total);
  reconcileSoon(state, group);
}

/** What the preferences say of an instance that is protected or on standby; undefined where it is to be replaced. */
function findObstacle(
  { protectedFromScaleIn, lifecycle }: Member,
  { ScaleInProtectedInstances = 'Wait', StandbyInstances = 'Wait' }: RefreshPreferences,
): 'Wait' | 'Ignore' | undefined {
  if (lifecycle === 'Standby') return StandbyInstances === 'Terminate' ? undefined : StandbyInstances;
  if (!protectedFromScaleIn || ScaleInProtectedInstances === 'Refresh') return undefined;
  return ScaleInProtectedInstances;
}

function succeed(state: AwsState, group: GroupRecord, refresh: RefreshRecord): void {
  const { DesiredConfiguration: desired, Status } = refresh.described;
  if (Status === 'RollbackInProgress') {
    endRefresh(state, refresh, 'RollbackSuccessful');
    return;
  }
  if (desired !== undefined) {
    const source = toLaunchSource(desired);
    Object.assign(group.fields, source, toLaunchSourceOutput(state, source));
  }
  endRefresh(state, refresh, 'Successful');
}

function endRefresh(state: AwsState, { described }: RefreshRecord, Status: InstanceRefreshStatus): void {
  const isDone = Status === 'Successful' || Status === 'RollbackSuccessful';
  Object.assign(described, {
    Status,
    EndTime: currentDate(state),
    ...(isDone && { PercentageComplete: 100, InstancesToUpdate: 0 }),
  });
}
