import {
  type PutScheduledUpdateGroupActionCommandInput,
  paginateDescribeScheduledActions,
  type ScheduledUpdateGroupAction,
} from '@aws-sdk/client-auto-scaling';
import type { Clients } from './clients.js';
import { withoutEmpty } from './without-empty.js';

type Every = {
  readonly [Name in keyof Required<PutScheduledUpdateGroupActionCommandInput>]: PutScheduledUpdateGroupActionCommandInput[Name];
};

export async function readSchedule(clients: Clients, group: string): Promise<ScheduledUpdateGroupAction[]> {
  const found: ScheduledUpdateGroupAction[] = [];
  const pages = paginateDescribeScheduledActions(
    { client: clients.autoScaling },
    { AutoScalingGroupName: group },
  );
  for await (const page of pages) found.push(...(page.ScheduledUpdateGroupActions ?? []));
  return found;
}

/**
 * The request for the same scheduled action on another group; undefined for one that happens once and has
 * happened. AWS refuses a start in the past, so a recurring action that has begun is given none.
 */
export function scheduledActionLike(
  from: ScheduledUpdateGroupAction,
  group: string,
  nowMs: number,
): PutScheduledUpdateGroupActionCommandInput | undefined {
  const begun = from.StartTime !== undefined && from.StartTime.getTime() <= nowMs;
  if (begun && !from.Recurrence) return undefined;
  const every: Every = {
    AutoScalingGroupName: group,
    ScheduledActionName: from.ScheduledActionName,
    // The old name of StartTime.
    Time: undefined,
    StartTime: begun ? undefined : from.StartTime,
    EndTime: from.EndTime,
    Recurrence: from.Recurrence,
    MinSize: from.MinSize,
    MaxSize: from.MaxSize,
    DesiredCapacity: from.DesiredCapacity,
    TimeZone: from.TimeZone,
  };
  return withoutEmpty(every);
}
