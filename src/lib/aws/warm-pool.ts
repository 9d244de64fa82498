import type { AutoScalingGroup, PutWarmPoolCommandInput } from '@aws-sdk/client-auto-scaling';
import type { Group } from '../model/group.js';
import type { Cloud } from '../ports.js';
import type { Clients } from './clients.js';
import { describeGroupsByName } from './describe.js';
import { type EveryField, removeEmptyFields } from './fields.js';

type WarmPoolConfiguration = NonNullable<AutoScalingGroup['WarmPoolConfiguration']>;

/** Copies and deletes warm pools. */
export function createWarmPoolAdapter(clients: Clients): Pick<Cloud, 'copyWarmPool' | 'deleteWarmPool'> {
  return {
    async copyWarmPool(from, group) {
      const [original] = await describeGroupsByName(clients, [from]);
      const pool = original?.WarmPoolConfiguration;
      if (pool) await clients.autoScaling.putWarmPool(copyWarmPoolInput(pool, group));
    },
    async deleteWarmPool(group) {
      try {
        await clients.autoScaling.deleteWarmPool({ AutoScalingGroupName: group });
      } catch (thrown) {
        // AWS answers ValidationError both for a missing pool and for a refusal.
        const [found] = await describeGroupsByName(clients, [group]);
        if (found && toWarmPool(found) === 'there') throw thrown;
      }
    },
  };
}

/** The request for the same warm pool on another group. */
export function copyWarmPoolInput(from: WarmPoolConfiguration, group: string): PutWarmPoolCommandInput {
  const every: EveryField<PutWarmPoolCommandInput> = {
    AutoScalingGroupName: group,
    MaxGroupPreparedCapacity: from.MaxGroupPreparedCapacity,
    MinSize: from.MinSize,
    PoolState: from.PoolState,
    InstanceReusePolicy: from.InstanceReusePolicy,
  };
  return removeEmptyFields(every);
}

/** The state of a group's warm pool. */
export function toWarmPool({ WarmPoolConfiguration: pool }: AutoScalingGroup): Group['warmPool'] {
  if (!pool) return 'none';
  return pool.Status === 'PendingDelete' ? 'going' : 'there';
}

/** True for an instance in a warm pool: it joins the cluster only when it enters its group. */
export function isInWarmPool({ LifecycleState }: { readonly LifecycleState?: string | undefined }): boolean {
  return LifecycleState?.startsWith('Warmed:') ?? false;
}
