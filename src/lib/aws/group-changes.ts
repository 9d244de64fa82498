import {
  CreateOrUpdateTagsCommand,
  DeleteTagsCommand,
  ResumeProcessesCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import type { Cloud } from '../ports.js';
import type { Clients } from './clients.js';

const RESOURCE_TYPE = 'auto-scaling-group';

/**
 * Changes to a group that lives. AWS accepts each of them twice. An empty list makes no call: to AWS it would
 * mean every process.
 */
export function createGroupChanges(
  clients: Clients,
): Pick<Cloud, 'setSizes' | 'suspend' | 'resume' | 'tag' | 'untag'> {
  const { autoScaling } = clients;
  return {
    async setSizes(group, sizes) {
      await autoScaling.send(
        new UpdateAutoScalingGroupCommand({
          AutoScalingGroupName: group,
          MinSize: sizes.minSize,
          MaxSize: sizes.maxSize,
          DesiredCapacity: sizes.desired,
        }),
      );
    },
    async suspend(group, processes) {
      if (processes.length === 0) return;
      const ScalingProcesses = [...processes];
      await autoScaling.send(new SuspendProcessesCommand({ AutoScalingGroupName: group, ScalingProcesses }));
    },
    async resume(group, processes) {
      if (processes.length === 0) return;
      const ScalingProcesses = [...processes];
      await autoScaling.send(new ResumeProcessesCommand({ AutoScalingGroupName: group, ScalingProcesses }));
    },
    async tag(group, tags) {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({
        ResourceId: group,
        ResourceType: RESOURCE_TYPE,
        Key,
        Value,
        PropagateAtLaunch: false,
      }));
      if (Tags.length > 0) await autoScaling.send(new CreateOrUpdateTagsCommand({ Tags }));
    },
    async untag(group, keys) {
      const Tags = keys.map((Key) => ({ ResourceId: group, ResourceType: RESOURCE_TYPE, Key }));
      if (Tags.length > 0) await autoScaling.send(new DeleteTagsCommand({ Tags }));
    },
  };
}
