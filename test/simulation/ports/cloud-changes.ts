import type { LifecycleHook } from '@aws-sdk/client-auto-scaling';
import { copyGroupInput } from '../../../src/lib/aws/group-copy.js';
import { copyLaunchConfigurationInput } from '../../../src/lib/aws/launch-configuration.js';
import { copyWarmPoolInput } from '../../../src/lib/aws/warm-pool.js';
import type { LaunchSource } from '../../../src/lib/model/launch-source.js';
import type { ProtectionChange } from '../../../src/lib/ports.js';
import { AwsFault } from '../../../src/sandbox/aws/fault.js';
import type { SandboxAws } from '../../../src/sandbox/aws/sandbox-aws.js';
import { attach, deregister, register } from './traffic.js';

const RESOURCE_TYPE = 'auto-scaling-group';
const NO_IMAGE_DISKS = { newRoot: undefined, oldSnapshots: {} };

/** The writes of the AWS adapter as calls of the account: the same requests, and the same errors count as success. */
export class CloudChanges {
  readonly #aws: SandboxAws;

  constructor(aws: SandboxAws) {
    this.#aws = aws;
  }

  createLaunchConfiguration(from: string, name: string, imageId: string): void {
    const { launchConfigurations } = this.#aws.inside;
    const original = launchConfigurations.get(from);
    if (original === undefined) throw new Error(`the launch configuration ${from} does not exist`);
    if (launchConfigurations.has(name)) return;
    const input = copyLaunchConfigurationInput(original, { name, imageId, disks: NO_IMAGE_DISKS });
    this.#aws.call('autoscaling', 'CreateLaunchConfiguration', input);
  }

  createGroup(from: string, name: string, launchSource: LaunchSource, tags: Readonly<Record<string, string>>): void {
    if (this.#aws.inside.groups.has(name)) return;
    const { AutoScalingGroups: [group] = [] } = this.#aws.call('autoscaling', 'DescribeAutoScalingGroups', {
      AutoScalingGroupNames: [from],
    });
    if (group === undefined) throw new Error(`the group ${from} does not exist`);
    const input = copyGroupInput({ group, hooks: this.#listHooks(from) }, { name, launchSource: launchSource, tags });
    this.#aws.call('autoscaling', 'CreateAutoScalingGroup', input);
  }

  #listHooks(AutoScalingGroupName: string): readonly LifecycleHook[] {
    return this.#aws.call('autoscaling', 'DescribeLifecycleHooks', { AutoScalingGroupName }).LifecycleHooks ?? [];
  }

  completeHooks(group: string, instanceIds: readonly string[], hooks: readonly string[], result: string): void {
    for (const InstanceId of instanceIds) {
      for (const LifecycleHookName of hooks) {
        const input = { AutoScalingGroupName: group, LifecycleHookName, InstanceId, LifecycleActionResult: result };
        try {
          this.#aws.call('autoscaling', 'CompleteLifecycleAction', input);
        } catch (error) {
          if (!(error instanceof AwsFault)) throw error;
        }
      }
    }
  }

  setSizes(group: string, sizes: { minSize?: number; maxSize?: number; desired?: number }): void {
    this.#aws.call('autoscaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: group,
      MinSize: sizes.minSize,
      MaxSize: sizes.maxSize,
      DesiredCapacity: sizes.desired,
    });
  }

  suspend(group: string, processes: readonly string[]): void {
    const ScalingProcesses = [...processes];
    this.#aws.call('autoscaling', 'SuspendProcesses', { AutoScalingGroupName: group, ScalingProcesses });
  }

  resume(group: string, processes: readonly string[]): void {
    const ScalingProcesses = [...processes];
    this.#aws.call('autoscaling', 'ResumeProcesses', { AutoScalingGroupName: group, ScalingProcesses });
  }

  tag(group: string, tags: Readonly<Record<string, string>>): void {
    const Tags = Object.entries(tags).map(([Key, Value]) => {
      return { ResourceId: group, ResourceType: RESOURCE_TYPE, Key, Value, PropagateAtLaunch: false };
    });
    this.#aws.call('autoscaling', 'CreateOrUpdateTags', { Tags });
  }

  untag(group: string, keys: readonly string[]): void {
    const Tags = keys.map((Key) => ({ ResourceId: group, ResourceType: RESOURCE_TYPE, Key }));
    this.#aws.call('autoscaling', 'DeleteTags', { Tags });
  }

  register(balancer: string, ids: readonly string[]): void {
    register(this.#aws, balancer, ids);
  }

  deregister(balancer: string, ids: readonly string[]): void {
    deregister(this.#aws, balancer, ids);
  }

  attach(group: string, balancers: readonly string[]): void {
    attach(this.#aws, group, balancers);
  }

  terminate(instanceId: string): void {
    const terminate = (ShouldDecrementDesiredCapacity: boolean): void => {
      const named = { InstanceId: instanceId, ShouldDecrementDesiredCapacity };
      this.#aws.call('autoscaling', 'TerminateInstanceInAutoScalingGroup', named);
    };
    const terminateBeyondDesired = (): boolean => {
      if (isTerminating(this.#aws, instanceId)) return true;
      if (!isBeyondDesired(this.#aws, instanceId)) return false;
      terminate(false);
      return true;
    };
    ignoreIfDone(() => terminate(true), terminateBeyondDesired);
  }

  setProtection(group: string, { newServers, instanceIds, isProtected }: ProtectionChange): void {
    const AutoScalingGroupName = group;
    const InstanceIds = [...instanceIds];
    if (InstanceIds.length > 0) {
      const change = { AutoScalingGroupName, InstanceIds, ProtectedFromScaleIn: isProtected };
      this.#aws.call('autoscaling', 'SetInstanceProtection', change);
    }
    const NewInstancesProtectedFromScaleIn = newServers;
    this.#aws.call('autoscaling', 'UpdateAutoScalingGroup', { AutoScalingGroupName, NewInstancesProtectedFromScaleIn });
  }

  setHealthy(instanceId: string): void {
    this.#aws.call('autoscaling', 'SetInstanceHealth', { InstanceId: instanceId, HealthStatus: 'Healthy' });
  }

  copyWarmPool(from: string, group: string): void {
    const pool = this.#aws.inside.groups.get(from)?.warmPool;
    if (pool) this.#aws.call('autoscaling', 'PutWarmPool', copyWarmPoolInput(pool, group));
  }

  deleteWarmPool(group: string): void {
    this.#aws.call('autoscaling', 'DeleteWarmPool', { AutoScalingGroupName: group });
  }

  deleteGroup(name: string): void {
    const remove = (): void => {
      this.#aws.call('autoscaling', 'DeleteAutoScalingGroup', { AutoScalingGroupName: name });
    };
    ignoreIfDone(remove, () => this.#aws.inside.groups.get(name)?.deleting ?? true);
  }

  deleteLaunchConfiguration(name: string): 'deleted' | 'in-use' {
    try {
      this.#aws.call('autoscaling', 'DeleteLaunchConfiguration', { LaunchConfigurationName: name });
      return 'deleted';
    } catch (error) {
      if (error instanceof AwsFault && error.code === 'ResourceInUse') return 'in-use';
      if (this.#aws.inside.launchConfigurations.has(name)) throw error;
      return 'deleted';
    }
  }
}

/** Ignores an error if the requested state is reached. */
function ignoreIfDone(call: () => void, isDone: () => boolean): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof AwsFault) || !isDone()) throw error;
  }
}

function isTerminating(aws: SandboxAws, instanceId: string): boolean {
  for (const group of aws.inside.groups.values()) {
    const member = group.members.get(instanceId);
    if (member !== undefined) return member.lifecycle.startsWith('Terminat');
  }
  return true;
}

function isBeyondDesired({ inside }: SandboxAws, instanceId: string): boolean {
  const group = [...inside.groups.values()].find(({ members }) => members.has(instanceId));
  const active = [...(group?.members.values() ?? [])].filter(
    ({ lifecycle }) => !/^(Terminat|Detach)|Standby/.test(lifecycle),
  );
  return group !== undefined && active.length > group.desired;
}
