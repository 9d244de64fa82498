import type {
  BatchDeleteScheduledActionAnswer,
  BatchDeleteScheduledActionType,
  BatchPutScheduledUpdateGroupActionAnswer,
  BatchPutScheduledUpdateGroupActionType,
  DeleteScheduledActionType,
  DescribeScheduledActionsType,
  PutScheduledUpdateGroupActionType,
  ScheduledActionsType,
} from '@aws-sdk/client-auto-scaling';
import { requireMember, validationFault } from '../fault.js';
import { getPage } from '../paging.js';
import { dropUndefined } from '../plain-data.js';
import type { AwsState } from '../state.js';
import { getGroup } from './group.js';

/** PutScheduledUpdateGroupAction: kept and described; the sandbox carries none of them out. */
export function putScheduledAction(state: AwsState, input: PutScheduledUpdateGroupActionType): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  const name = requireMember(input.ScheduledActionName, 'ScheduledActionName');
  const { Time, StartTime = Time, ...rest } = input;
  const sizes = [input.MinSize, input.MaxSize, input.DesiredCapacity];
  if (sizes.every((size) => size === undefined)) {
    throw validationFault('At least one of MinSize, MaxSize and DesiredCapacity is required.');
  }
  const arn =
    group.schedule.get(name)?.ScheduledActionARN ??
    `arn:aws:autoscaling:${state.region}:${state.accountId}:scheduledUpdateGroupAction:${state.ids.uuid()}:autoScalingGroupName/${group.name}:scheduledActionName/${name}`;
  group.schedule.set(name, {
    ...dropUndefined(rest),
    ScheduledActionName: name,
    ScheduledActionARN: arn,
    Time: StartTime,
    StartTime,
  });
  return {};
}

/** BatchPutScheduledUpdateGroupAction. */
export function batchPutScheduledActions(
  state: AwsState,
  input: BatchPutScheduledUpdateGroupActionType,
): BatchPutScheduledUpdateGroupActionAnswer {
  for (const action of requireMember(input.ScheduledUpdateGroupActions, 'ScheduledUpdateGroupActions')) {
    putScheduledAction(state, { ...action, AutoScalingGroupName: input.AutoScalingGroupName });
  }
  return { FailedScheduledUpdateGroupActions: [] };
}

/** DescribeScheduledActions: of one group or of all, by name, in pages. */
export function describeScheduledActions(state: AwsState, input: DescribeScheduledActionsType): ScheduledActionsType {
  const groups =
    input.AutoScalingGroupName === undefined
      ? [...state.groups.values()]
      : [getGroup(state, input.AutoScalingGroupName)];
  const names = input.ScheduledActionNames ?? [];
  const all = groups.flatMap((group) => [...group.schedule.values()]);
  const chosen = names.length === 0 ? all : all.filter((action) => names.includes(action.ScheduledActionName ?? ''));
  const page = getPage(chosen, input.NextToken, input.MaxRecords, { defaultSize: 50, maxSize: 100 });
  return { ScheduledUpdateGroupActions: page.items, NextToken: page.nextToken };
}

/** DeleteScheduledAction. */
export function deleteScheduledAction(state: AwsState, input: DeleteScheduledActionType): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  const name = requireMember(input.ScheduledActionName, 'ScheduledActionName');
  if (group.schedule.delete(name)) return {};
  throw validationFault(`Scheduled action name not found - Scheduled Action with name ${name} not found`);
}

/** BatchDeleteScheduledAction: returns those that did not exist. */
export function batchDeleteScheduledActions(
  state: AwsState,
  input: BatchDeleteScheduledActionType,
): BatchDeleteScheduledActionAnswer {
  const group = getGroup(state, input.AutoScalingGroupName);
  const names = requireMember(input.ScheduledActionNames, 'ScheduledActionNames');
  const missing = names.filter((name) => !group.schedule.delete(name));
  return {
    FailedScheduledActions: missing.map((ScheduledActionName) => ({
      ScheduledActionName,
      ErrorCode: 'ValidationError',
      ErrorMessage: 'Scheduled Action not found',
    })),
  };
}
