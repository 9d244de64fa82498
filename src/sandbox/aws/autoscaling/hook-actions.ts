import type {
  CompleteLifecycleActionType,
  DeleteLifecycleHookType,
  DescribeLifecycleHooksAnswer,
  DescribeLifecycleHooksType,
  LifecycleHook,
  LifecycleHookSpecification,
  PutLifecycleHookType,
  RecordLifecycleActionHeartbeatType,
} from '@aws-sdk/client-auto-scaling';
import { requireMember, validationFault } from '../fault.js';
import { dropUndefined } from '../plain-data.js';
import type { GroupRecord, HookHold } from '../records.js';
import { type AwsState, scheduleAfterMs } from '../state.js';
import { getGroup } from './group.js';

const defaultHeartbeatS = 3_600;
const mostHeartbeats = 100;
const longestS = 172_800;
const transitions = ['autoscaling:EC2_INSTANCE_LAUNCHING', 'autoscaling:EC2_INSTANCE_TERMINATING'];

/** PutLifecycleHook: a new hook needs its transition; an existing one keeps what is not given. */
export function putLifecycleHook(state: AwsState, input: PutLifecycleHookType): Record<string, never> {
  putHook(getGroup(state, input.AutoScalingGroupName), input);
  return {};
}

/** Puts a hook on a group, from PutLifecycleHook or from the list that came with the group. */
export function putHook(group: GroupRecord, input: LifecycleHookSpecification | PutLifecycleHookType): void {
  const name = requireMember(input.LifecycleHookName, 'LifecycleHookName');
  const before: LifecycleHook = group.hooks.get(name) ?? {
    DefaultResult: 'ABANDON',
    HeartbeatTimeout: defaultHeartbeatS,
  };
  const hook: LifecycleHook = { ...before, ...dropUndefined({ ...input }), AutoScalingGroupName: group.name };
  if (!transitions.includes(requireMember(hook.LifecycleTransition, 'LifecycleTransition'))) {
    throw validationFault(`Invalid lifecycle transition: ${hook.LifecycleTransition}`);
  }
  const heartbeat = hook.HeartbeatTimeout ?? defaultHeartbeatS;
  group.hooks.set(name, { ...hook, GlobalTimeout: Math.min(heartbeat * mostHeartbeats, longestS) });
}

/** DeleteLifecycleHook: what it holds is completed first, a launch with ABANDON, a termination with CONTINUE. */
export function deleteLifecycleHook(state: AwsState, input: DeleteLifecycleHookType): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  const name = requireMember(input.LifecycleHookName, 'LifecycleHookName');
  if (!group.hooks.delete(name)) {
    throw validationFault(`Lifecycle hook name not found - No Lifecycle Hook found with name: ${name}`);
  }
  for (const { hold, lifecycle } of [...group.members.values()]) {
    if (hold?.hookName !== name) continue;
    if (lifecycle === 'Pending:Wait') hold.abandon();
    else hold.proceed();
  }
  return {};
}

/** DescribeLifecycleHooks. */
export function describeLifecycleHooks(
  state: AwsState,
  input: DescribeLifecycleHooksType,
): DescribeLifecycleHooksAnswer {
  const group = getGroup(state, input.AutoScalingGroupName);
  const names = input.LifecycleHookNames ?? [];
  const hooks = [...group.hooks.values()];
  const chosen = names.length === 0 ? hooks : hooks.filter((hook) => names.includes(hook.LifecycleHookName ?? ''));
  return { LifecycleHooks: chosen };
}

/** CompleteLifecycleAction: CONTINUE or ABANDON, by instance or by token. */
export function completeLifecycleAction(state: AwsState, input: CompleteLifecycleActionType): Record<string, never> {
  const hold = heldBy(state, input);
  const result = requireMember(input.LifecycleActionResult, 'LifecycleActionResult');
  if (result === 'CONTINUE') hold.proceed();
  else if (result === 'ABANDON') hold.abandon();
  else throw validationFault(`Invalid lifecycle action result: ${result}`);
  return {};
}

/** RecordLifecycleActionHeartbeat: the timeout restarts. */
export function recordHeartbeat(state: AwsState, input: RecordLifecycleActionHeartbeatType): Record<string, never> {
  const hold = heldBy(state, input);
  const group = getGroup(state, input.AutoScalingGroupName);
  const heartbeatS = group.hooks.get(hold.hookName)?.HeartbeatTimeout ?? defaultHeartbeatS;
  hold.timeout.cancelled = true;
  hold.timeout = scheduleAfterMs(state, heartbeatS * 1_000, hold.timeout.run);
  return {};
}

function heldBy(state: AwsState, input: CompleteLifecycleActionType | RecordLifecycleActionHeartbeatType): HookHold {
  const group = getGroup(state, input.AutoScalingGroupName);
  const hookName = requireMember(input.LifecycleHookName, 'LifecycleHookName');
  for (const { hold, instance } of group.members.values()) {
    if (hold?.hookName !== hookName) continue;
    if (instance.instanceId === input.InstanceId || hold.token === input.LifecycleActionToken) return hold;
  }
  throw validationFault(
    `No active Lifecycle Action found with instance ID ${input.InstanceId ?? input.LifecycleActionToken}`,
  );
}
