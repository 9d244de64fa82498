import type {
  ActivitiesType,
  Activity,
  DescribeScalingActivitiesType,
  ScalingActivityStatusCode,
} from '@aws-sdk/client-auto-scaling';
import { pageOf } from '../paging.js';
import { now, type WorldState } from '../state.js';
import { type GroupRecord, groupNamed } from './group.js';

/** How many activities a group remembers; AWS keeps six weeks of them. */
const kept = 1_000;

/** Begins an activity; its start and its id are the world's. */
export function beginActivity(
  state: WorldState,
  group: GroupRecord,
  what: {
    description: string;
    cause: string;
    status: ScalingActivityStatusCode;
    progress: number;
    zone?: string;
    subnetId?: string;
  },
): Activity {
  const details = { 'Subnet ID': what.subnetId, 'Availability Zone': what.zone };
  const activity: Activity = {
    ActivityId: state.ids.uuid(),
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    Description: what.description,
    Cause: what.cause,
    StartTime: now(state),
    StatusCode: what.status,
    Progress: what.progress,
    Details: JSON.stringify(details),
  };
  group.activities.unshift(activity);
  if (group.activities.length > kept) group.activities.pop();
  return activity;
}

/** Ends an activity well. */
export function succeed(state: WorldState, activity: Activity | undefined): void {
  if (activity === undefined || isOver(activity)) return;
  Object.assign(activity, {
    StatusCode: 'Successful',
    Progress: 100,
    EndTime: now(state),
  } satisfies Partial<Activity>);
}

/** Ends an activity otherwise, and says why. */
export function fail(
  state: WorldState,
  activity: Activity | undefined,
  message: string,
  status: 'Failed' | 'Cancelled' = 'Failed',
): void {
  if (activity === undefined || isOver(activity)) return;
  Object.assign(activity, {
    StatusCode: status,
    StatusMessage: message,
    Description: `${activity.Description}.  Status Reason: ${message}`,
    Progress: 100,
    EndTime: now(state),
  } satisfies Partial<Activity>);
}

/** Whether the activity has ended, well or not. */
export function isOver(activity: Activity): boolean {
  return activity.EndTime !== undefined;
}

/** DescribeScalingActivities: of one group or of all that exist, newest first, in pages. */
export function describeScalingActivities(
  state: WorldState,
  input: DescribeScalingActivitiesType,
): ActivitiesType {
  const groups =
    input.AutoScalingGroupName === undefined
      ? [...state.groups.values()]
      : [groupNamed(state, input.AutoScalingGroupName)];
  const ids = input.ActivityIds ?? [];
  const all = groups.flatMap((group) => group.activities);
  const chosen = ids.length === 0 ? all : all.filter((activity) => ids.includes(activity.ActivityId ?? ''));
  const page = pageOf(chosen, input.NextToken, input.MaxRecords, { usual: 100, most: 100 });
  return { Activities: page.items.map((activity) => ({ ...activity })), NextToken: page.nextToken };
}
