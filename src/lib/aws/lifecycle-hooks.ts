import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import type { ActionOf } from '../model/action.js';
import type { LifecycleHook } from '../model/group.js';
import type { Clients } from './clients.js';
import { isAccessDenied, isAwsError, undefinedIfDenied } from './errors.js';

const TERMINATING = 'autoscaling:EC2_INSTANCE_TERMINATING';
/** AWS's defaults. */
const DEFAULT_TIMEOUT_S = 3_600;
const DEFAULT_RESULT = 'ABANDON';

/** The lifecycle hooks of a group; undefined where the caller may not read them. */
export async function readLifecycleHooks(
  { autoScaling }: Clients,
  AutoScalingGroupName: string,
): Promise<readonly LifecycleHook[] | undefined> {
  const answer = await undefinedIfDenied(autoScaling.describeLifecycleHooks({ AutoScalingGroupName }));
  return answer?.LifecycleHooks?.map(({ LifecycleHookName = '', LifecycleTransition, ...hook }) => ({
    name: LifecycleHookName,
    holds: LifecycleTransition === TERMINATING ? 'terminations' : 'launches',
    timeoutMs: (hook.HeartbeatTimeout ?? DEFAULT_TIMEOUT_S) * 1_000,
    defaultResult: hook.DefaultResult ?? DEFAULT_RESULT,
  }));
}

/** By group: the hooks of those groups that have a server which a hook holds. One call per such group. */
export async function readHoldingHooks(
  clients: Clients,
  groups: readonly AutoScalingGroup[],
): Promise<ReadonlyMap<string, readonly LifecycleHook[] | undefined>> {
  const holding = groups.filter(({ Instances = [] }) =>
    Instances.some(({ LifecycleState = '' }) => LifecycleState.endsWith(':Wait')),
  );
  const found = await Promise.all(
    holding.map(
      async ({ AutoScalingGroupName: name = '' }) => [name, await readLifecycleHooks(clients, name)] as const,
    ),
  );
  return new Map(found);
}

/** See `Cloud.completeLifecycleHooks`. */
export async function completeLifecycleHooks(
  clients: Clients,
  { group, instanceIds, hooks, result }: Omit<ActionOf<'complete-lifecycle-hooks'>, 'kind'>,
): Promise<'completed' | 'denied'> {
  for (const InstanceId of instanceIds) {
    for (const LifecycleHookName of hooks) {
      const input = { AutoScalingGroupName: group, LifecycleHookName, InstanceId, LifecycleActionResult: result };
      try {
        await clients.autoScaling.completeLifecycleAction(input);
      } catch (thrown) {
        // Another hook holds it, or none does any more.
        if (isAwsError(thrown, 'ValidationError')) continue;
        if (isAccessDenied(thrown)) return 'denied';
        throw thrown;
      }
    }
  }
  return 'completed';
}
