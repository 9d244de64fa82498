import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { RollError } from '../model/errors.js';
import type { Cloud } from '../ports.js';
import type { Clients } from './clients.js';
import { describeGroupsByName } from './describe.js';
import { groupNotFound, isAwsError } from './errors.js';
import { copyMetricsCollection, copyNotifications, copyScalingAutomation } from './group-automation.js';
import { copyGroupInput, type GroupCopyOptions } from './group-copy.js';

/** See `Cloud.createGroup`. Hooks, policies and other attachments are copied on every call, because an earlier run may have died in between. */
export async function copyGroup(
  clients: Clients,
  from: string,
  change: GroupCopyOptions,
  nowMs: number,
): Promise<void> {
  const found = await describeGroupsByName(clients, [from, change.name]);
  const original = found.find((group) => group.AutoScalingGroupName === from);
  const existing = found.find((group) => group.AutoScalingGroupName === change.name);
  if (!original) throw groupNotFound(from, 'it cannot be copied', 'No group was created.');
  if (existing) assertOwnCopy(existing, change);
  else await sendCreateGroup(clients, original, change);
  await Promise.all([
    copyMetricsCollection(clients, original, change.name),
    copyNotifications(clients, from, change.name),
    copyScalingAutomation(clients, from, change.name, nowMs),
  ]);
}

async function sendCreateGroup(clients: Clients, group: AutoScalingGroup, change: GroupCopyOptions): Promise<void> {
  const AutoScalingGroupName = group.AutoScalingGroupName;
  const { LifecycleHooks: hooks = [] } = await clients.autoScaling.describeLifecycleHooks({ AutoScalingGroupName });
  try {
    await clients.autoScaling.createAutoScalingGroup(copyGroupInput({ group, hooks }, change));
  } catch (thrown) {
    if (!isAwsError(thrown, 'AlreadyExists')) throw thrown;
    const [made] = await describeGroupsByName(clients, [change.name]);
    if (!made) throw thrown;
    assertOwnCopy(made, change);
  }
}

/** A group of this name belongs to this roll if it carries every tag the roll would set and is not being deleted. */
function assertOwnCopy(existing: AutoScalingGroup, change: GroupCopyOptions): void {
  const has = new Map((existing.Tags ?? []).map((tag) => [tag.Key, tag.Value]));
  const wanted = Object.entries(change.tags);
  const ours = wanted.length > 0 && wanted.every(([key, value]) => has.get(key) === value);
  if (ours && !existing.Status) return;
  throw new RollError({
    code: ours ? 'group-being-deleted' : 'group-not-ours',
    message: ours
      ? `The group ${change.name} is still being deleted.`
      : `A group named ${change.name} exists already, and this roll did not create it.`,
    kind: 'refused',
    state: 'That group was left as it is.',
    next: ours
      ? 'wait until it is gone, then run the same command again'
      : 'rename or delete that group if nothing needs it, then run the same command again',
  });
}

const RESOURCE_TYPE = 'auto-scaling-group';

/**
 * Changes to an existing group; each may be repeated. An empty list makes no call, because AWS would take it to mean
 * every process.
 */
export function createGroupChanges(
  clients: Clients,
): Pick<Cloud, 'setSizes' | 'suspendProcesses' | 'resumeProcesses' | 'setProtection' | 'setHealthy' | 'tag' | 'untag'> {
  const { autoScaling } = clients;
  return {
    async setSizes(group, sizes) {
      await autoScaling.updateAutoScalingGroup({
        AutoScalingGroupName: group,
        MinSize: sizes.minSize,
        MaxSize: sizes.maxSize,
        DesiredCapacity: sizes.desired,
      });
    },
    async suspendProcesses(group, processes) {
      if (processes.length === 0) return;
      const ScalingProcesses = [...processes];
      await autoScaling.suspendProcesses({ AutoScalingGroupName: group, ScalingProcesses });
    },
    async resumeProcesses(group, processes) {
      if (processes.length === 0) return;
      const ScalingProcesses = [...processes];
      await autoScaling.resumeProcesses({ AutoScalingGroupName: group, ScalingProcesses });
    },
    async setProtection(group, { newServers, instanceIds, isProtected }) {
      const AutoScalingGroupName = group;
      const InstanceIds = [...instanceIds];
      if (InstanceIds.length > 0) {
        const change = { AutoScalingGroupName, InstanceIds, ProtectedFromScaleIn: isProtected };
        await autoScaling.setInstanceProtection(change);
      }
      await autoScaling.updateAutoScalingGroup({ AutoScalingGroupName, NewInstancesProtectedFromScaleIn: newServers });
    },
    async setHealthy(instanceId) {
      await autoScaling.setInstanceHealth({ InstanceId: instanceId, HealthStatus: 'Healthy' });
    },
    async tag(group, tags) {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({
        ResourceId: group,
        ResourceType: RESOURCE_TYPE,
        Key,
        Value,
        PropagateAtLaunch: false,
      }));
      if (Tags.length > 0) await autoScaling.createOrUpdateTags({ Tags });
    },
    async untag(group, keys) {
      const Tags = keys.map((Key) => ({ ResourceId: group, ResourceType: RESOURCE_TYPE, Key }));
      if (Tags.length > 0) await autoScaling.deleteTags({ Tags });
    },
  };
}
