import {
  type AutoScalingGroup,
  DeleteWarmPoolCommand,
  PutWarmPoolCommand,
  type PutWarmPoolCommandInput,
} from '@aws-sdk/client-auto-scaling';
import type { Group } from '../model/group.js';
import type { Cloud } from '../ports.js';
import type { Clients } from './clients.js';
import { groupsNamed } from './cluster-reader.js';
import { withoutEmpty } from './group-copy.js';

type Configuration = NonNullable<AutoScalingGroup['WarmPoolConfiguration']>;
type Every = { readonly [Name in keyof Required<PutWarmPoolCommandInput>]: PutWarmPoolCommandInput[Name] };

/** What makes and removes warm pools. */
export function createWarmPools(clients: Clients): Pick<Cloud, 'copyWarmPool' | 'deleteWarmPool'> {
  return {
    async copyWarmPool(from, group) {
      const [original] = await groupsNamed(clients, [from]);
      const pool = original?.WarmPoolConfiguration;
      if (pool) await clients.autoScaling.send(new PutWarmPoolCommand(warmPoolLike(pool, group)));
    },
    async deleteWarmPool(group) {
      try {
        await clients.autoScaling.send(new DeleteWarmPoolCommand({ AutoScalingGroupName: group }));
      } catch (thrown) {
        // AWS answers ValidationError both for what is gone and for what it refuses.
        const [found] = await groupsNamed(clients, [group]);
        if (found && warmPoolOf(found) === 'there') throw thrown;
      }
    },
  };
}

/** The request for the same warm pool on another group. */
export function warmPoolLike(from: Configuration, group: string): PutWarmPoolCommandInput {
  const every: Every = {
    AutoScalingGroupName: group,
    MaxGroupPreparedCapacity: from.MaxGroupPreparedCapacity,
    MinSize: from.MinSize,
    PoolState: from.PoolState,
    InstanceReusePolicy: from.InstanceReusePolicy,
  };
  return withoutEmpty(every);
}

/** Where a group's warm pool stands. */
export function warmPoolOf({ WarmPoolConfiguration: pool }: AutoScalingGroup): Group['warmPool'] {
  if (!pool) return 'none';
  return pool.Status === 'PendingDelete' ? 'going' : 'there';
}

/** True for an instance that waits in a warm pool: no server of the cluster until it enters its group. */
export function isWarmed({ LifecycleState }: { readonly LifecycleState?: string | undefined }): boolean {
  return LifecycleState?.startsWith('Warmed:') ?? false;
}
