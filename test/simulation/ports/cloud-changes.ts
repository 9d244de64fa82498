import { groupLike } from '../../../src/lib/aws/group-copy.js';
import { templateLike } from '../../../src/lib/aws/template-copy.js';
import { AwsFault } from '../../../src/lib/sandbox/world/fault.js';
import type { World } from '../../../src/lib/sandbox/world/world.js';

const NO_DISKS = { newRoot: undefined, oldSnapshots: {} };

/** The AWS adapter's writes as calls of the account: the same requests, the same errors taken for success. */
export function changesOf(world: World) {
  return {
    createTemplate(from: string, name: string, imageId: string): void {
      const original = world.inside.launchConfigurations.get(from);
      if (original === undefined) throw new Error(`the launch configuration ${from} does not exist`);
      if (world.inside.launchConfigurations.has(name)) return;
      const input = templateLike(original, { name, imageId, disks: NO_DISKS });
      world.call('autoscaling', 'CreateLaunchConfiguration', input);
    },
    createGroup(from: string, name: string, template: string, tags: Readonly<Record<string, string>>): void {
      if (world.inside.groups.has(name)) return;
      const { AutoScalingGroups: [group] = [] } = world.call('autoscaling', 'DescribeAutoScalingGroups', {
        AutoScalingGroupNames: [from],
      });
      if (group === undefined) throw new Error(`the group ${from} does not exist`);
      const input = groupLike({ group, hooks: [] }, { name, template, tags });
      world.call('autoscaling', 'CreateAutoScalingGroup', input);
    },
    terminate(instanceId: string): void {
      tolerate(
        () => {
          world.call('autoscaling', 'TerminateInstanceInAutoScalingGroup', {
            InstanceId: instanceId,
            ShouldDecrementDesiredCapacity: true,
          });
        },
        () => memberIsGoing(world, instanceId),
      );
    },
    deleteGroup(name: string): void {
      tolerate(
        () => {
          world.call('autoscaling', 'DeleteAutoScalingGroup', { AutoScalingGroupName: name });
        },
        () => world.inside.groups.get(name)?.deleting ?? true,
      );
    },
    deleteTemplate(name: string): 'deleted' | 'in-use' {
      try {
        world.call('autoscaling', 'DeleteLaunchConfiguration', { LaunchConfigurationName: name });
        return 'deleted';
      } catch (error) {
        if (error instanceof AwsFault && error.code === 'ResourceInUse') return 'in-use';
        if (world.inside.launchConfigurations.has(name)) throw error;
        return 'deleted';
      }
    },
  };
}

/** What fails is fine where what was asked for has come about. */
function tolerate(call: () => void, cameAbout: () => boolean): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof AwsFault) || !cameAbout()) throw error;
  }
}

function memberIsGoing(world: World, instanceId: string): boolean {
  for (const group of world.inside.groups.values()) {
    const member = group.members.get(instanceId);
    if (member !== undefined) return member.lifecycle.startsWith('Terminat');
  }
  return true;
}
