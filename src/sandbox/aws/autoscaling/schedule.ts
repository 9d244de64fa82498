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
import { required, validationError } from '../fault.js';
import { said } from '../members.js';
import { pageOf } from '../paging.js';
import type { WorldState } from '../state.js';
import { groupNamed } from './group.js';

/** PutScheduledUpdateGroupAction: kept and described; the sandbox carries none of them out. */
export function putScheduledAction(
  state: WorldState,
  input: PutScheduledUpdateGroupActionType,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const name = required(input.ScheduledActionName, 'ScheduledActionName');
  const { Time, StartTime = Time, ...rest } = input;
  const sizes = [input.MinSize, input.MaxSize, input.DesiredCapacity];
  if (sizes.every((size) => size === undefined)) {
    throw validationError('At least one of MinSize, MaxSize and DesiredCapacity is required.');
  }
  const arn =
    group.schedule.get(name)?.ScheduledActionARN ??
    `arn:aws:autoscaling:${state.region}:${state.accountId}:scheduledUpdateGroupAction:${state.ids.uuid()}:autoScalingGroupName/${group.name}:scheduledActionName/${name}`;
  group.schedule.set(name, {
    ...said(rest),
    ScheduledActionName: name,
    ScheduledActionARN: arn,
    Time: StartTime,
    StartTime,
  });
  return {};
}

/** BatchPutScheduledUpdateGroupAction. */
export function batchPutScheduledActions(
  state: WorldState,
  input: BatchPutScheduledUpdateGroupActionType,
): BatchPutScheduledUpdateGroupActionAnswer {
  for (const action of required(input.ScheduledUpdateGroupActions, 'ScheduledUpdateGroupActions')) {
    putScheduledAction(state, { ...action, AutoScalingGroupName: input.AutoScalingGroupName });
  }
  return { FailedScheduledUpdateGroupActions: [] };
}

/** DescribeScheduledActions: of one group or of all, by name, in pages. */
export function describeScheduledActions(
  state: WorldState,
  input: DescribeScheduledActionsType,
): ScheduledActionsType {
  const groups =
    input.AutoScalingGroupName === undefined
      ? [...state.groups.values()]
      : [groupNamed(state, input.AutoScalingGroupName)];
  const names = input.ScheduledActionNames ?? [];
  const all = groups.flatMap((group) => [...group.schedule.values()]);
  const chosen =
    names.length === 0 ? all : all.filter((action) => names.includes(action.ScheduledActionName ?? ''));
  const page = pageOf(chosen, input.NextToken, input.MaxRecords, { usual: 50, most: 100 });
  return { ScheduledUpdateGroupActions: page.items, NextToken: page.nextToken };
}

/** DeleteScheduledAction. */
export function deleteScheduledAction(
  state: WorldState,
  input: DeleteScheduledActionType,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const name = required(input.ScheduledActionName, 'ScheduledActionName');
  if (group.schedule.delete(name)) return {};
  throw validationError(`Scheduled action name not found - Scheduled Action with name ${name} not found`);
}

/** BatchDeleteScheduledAction: says which of them did not exist. */
export function batchDeleteScheduledActions(
  state: WorldState,
  input: BatchDeleteScheduledActionType,
): BatchDeleteScheduledActionAnswer {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const names = required(input.ScheduledActionNames, 'ScheduledActionNames');
  const missing = names.filter((name) => !group.schedule.delete(name));
  return {
    FailedScheduledActions: missing.map((ScheduledActionName) => ({
      ScheduledActionName,
      ErrorCode: 'ValidationError',
      ErrorMessage: 'Scheduled Action not found',
    })),
  };
}
