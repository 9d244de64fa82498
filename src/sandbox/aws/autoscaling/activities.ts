import type {
  ActivitiesType,
  Activity,
  DescribeScalingActivitiesType,
  ScalingActivityStatusCode,
} from '@aws-sdk/client-auto-scaling';
import { getPage } from '../paging.js';
import type { GroupRecord } from '../records.js';
import { type AwsState, currentDate } from '../state.js';
import { getGroup } from './group.js';

/** How many activities a group remembers; AWS keeps six weeks of them. */
const kept = 1_000;

/** Begins an activity; its start time and id come from the account. */
export function recordActivity(
  state: AwsState,
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
    StartTime: currentDate(state),
    StatusCode: what.status,
    Progress: what.progress,
    Details: JSON.stringify(details),
  };
  group.activities.unshift(activity);
  if (group.activities.length > kept) group.activities.pop();
  return activity;
}

/** Ends an activity well. */
export function completeActivity(state: AwsState, activity: Activity | undefined): void {
  if (activity === undefined || isActivityOver(activity)) return;
  Object.assign(activity, {
    StatusCode: 'Successful',
    Progress: 100,
    EndTime: currentDate(state),
  } satisfies Partial<Activity>);
}

/** Ends an activity otherwise, and says why. */
export function failActivity(
  state: AwsState,
  activity: Activity | undefined,
  message: string,
  status: 'Failed' | 'Cancelled' = 'Failed',
): void {
  if (activity === undefined || isActivityOver(activity)) return;
  Object.assign(activity, {
    StatusCode: status,
    StatusMessage: message,
    Description: `${activity.Description}.  Status Reason: ${message}`,
    Progress: 100,
    EndTime: currentDate(state),
  } satisfies Partial<Activity>);
}

/** Whether the activity has ended, well or not. */
export function isActivityOver(activity: Activity): boolean {
  return activity.EndTime !== undefined;
}

/** DescribeScalingActivities: of one group or of all that exist, newest first, in pages. */
export function describeScalingActivities(state: AwsState, input: DescribeScalingActivitiesType): ActivitiesType {
  const groups =
    input.AutoScalingGroupName === undefined
      ? [...state.groups.values()]
      : [getGroup(state, input.AutoScalingGroupName)];
  const ids = input.ActivityIds ?? [];
  const all = groups.flatMap((group) => group.activities);
  const chosen = ids.length === 0 ? all : all.filter((activity) => ids.includes(activity.ActivityId ?? ''));
  const page = getPage(chosen, input.NextToken, input.MaxRecords, { defaultSize: 100, maxSize: 100 });
  return { Activities: page.items.map((activity) => ({ ...activity })), NextToken: page.nextToken };
}
