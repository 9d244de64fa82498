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
import { required, validationError } from '../fault.js';
import { said } from '../members.js';
import { afterMs, type WorldState } from '../state.js';
import { type GroupRecord, groupNamed, type HookHold } from './group.js';

const defaultHeartbeatS = 3_600;
const mostHeartbeats = 100;
const longestS = 172_800;
const transitions = ['autoscaling:EC2_INSTANCE_LAUNCHING', 'autoscaling:EC2_INSTANCE_TERMINATING'];

/** PutLifecycleHook: a new hook needs its transition; an old one keeps what is not said. */
export function putLifecycleHook(state: WorldState, input: PutLifecycleHookType): Record<string, never> {
  putHook(groupNamed(state, input.AutoScalingGroupName), input);
  return {};
}

/** Puts a hook on a group, from PutLifecycleHook or from the list that came with the group. */
export function putHook(group: GroupRecord, input: LifecycleHookSpecification | PutLifecycleHookType): void {
  const name = required(input.LifecycleHookName, 'LifecycleHookName');
  const before: LifecycleHook = group.hooks.get(name) ?? {
    DefaultResult: 'ABANDON',
    HeartbeatTimeout: defaultHeartbeatS,
  };
  const hook: LifecycleHook = { ...before, ...said({ ...input }), AutoScalingGroupName: group.name };
  if (!transitions.includes(required(hook.LifecycleTransition, 'LifecycleTransition'))) {
    throw validationError(`Invalid lifecycle transition: ${hook.LifecycleTransition}`);
  }
  const heartbeat = hook.HeartbeatTimeout ?? defaultHeartbeatS;
  group.hooks.set(name, { ...hook, GlobalTimeout: Math.min(heartbeat * mostHeartbeats, longestS) });
}

/** DeleteLifecycleHook: an instance that it holds goes on. */
export function deleteLifecycleHook(
  state: WorldState,
  input: DeleteLifecycleHookType,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const name = required(input.LifecycleHookName, 'LifecycleHookName');
  if (!group.hooks.delete(name)) {
    throw validationError(`Lifecycle hook name not found - No Lifecycle Hook found with name: ${name}`);
  }
  for (const member of group.members.values()) if (member.hold?.hookName === name) member.hold.proceed();
  return {};
}

/** DescribeLifecycleHooks. */
export function describeLifecycleHooks(
  state: WorldState,
  input: DescribeLifecycleHooksType,
): DescribeLifecycleHooksAnswer {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const names = input.LifecycleHookNames ?? [];
  const hooks = [...group.hooks.values()];
  const chosen =
    names.length === 0 ? hooks : hooks.filter((hook) => names.includes(hook.LifecycleHookName ?? ''));
  return { LifecycleHooks: chosen };
}

/** CompleteLifecycleAction: CONTINUE or ABANDON, by instance or by token. */
export function completeLifecycleAction(
  state: WorldState,
  input: CompleteLifecycleActionType,
): Record<string, never> {
  const hold = heldBy(state, input);
  const result = required(input.LifecycleActionResult, 'LifecycleActionResult');
  if (result === 'CONTINUE') hold.proceed();
  else if (result === 'ABANDON') hold.abandon();
  else throw validationError(`Invalid lifecycle action result: ${result}`);
  return {};
}

/** RecordLifecycleActionHeartbeat: the timeout begins anew. */
export function recordHeartbeat(
  state: WorldState,
  input: RecordLifecycleActionHeartbeatType,
): Record<string, never> {
  const hold = heldBy(state, input);
  const group = groupNamed(state, input.AutoScalingGroupName);
  const heartbeatS = group.hooks.get(hold.hookName)?.HeartbeatTimeout ?? defaultHeartbeatS;
  hold.timeout.cancelled = true;
  hold.timeout = afterMs(state, heartbeatS * 1_000, hold.timeout.run);
  return {};
}

function heldBy(
  state: WorldState,
  input: CompleteLifecycleActionType | RecordLifecycleActionHeartbeatType,
): HookHold {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const hookName = required(input.LifecycleHookName, 'LifecycleHookName');
  for (const { hold, instance } of group.members.values()) {
    if (hold?.hookName !== hookName) continue;
    if (instance.instanceId === input.InstanceId || hold.token === input.LifecycleActionToken) return hold;
  }
  throw validationError(
    `No active Lifecycle Action found with instance ID ${input.InstanceId ?? input.LifecycleActionToken}`,
  );
}
