import type { AutoScalingGroup, LaunchConfiguration } from '@aws-sdk/client-auto-scaling';
import type { Instance } from '@aws-sdk/client-ec2';
import type { BalancerState } from '../model/server.js';
import type { CloudInstance } from '../ports.js';
import type { BalancerHealth } from './balancer-state.js';
import { membersOf } from './group.js';

/** What the rest of a look says about the instances of a group. */
export interface InstanceFacts {
  /** By instance id; EC2 may not know an instance yet, or any more. */
  readonly machines: ReadonlyMap<string, Instance>;
  readonly configurations: readonly LaunchConfiguration[];
  /** By load balancer name. */
  readonly health: Readonly<Record<string, BalancerHealth>>;
  /** When the look was taken, epoch milliseconds. */
  readonly atMs: number;
}

type Member = NonNullable<AutoScalingGroup['Instances']>[number];

/** The instances a group lists, each joined with EC2 and the load balancers. */
export function instancesOfGroup(group: AutoScalingGroup, facts: InstanceFacts): CloudInstance[] {
  return membersOf(group).map((member) => instanceOf(group, member, facts));
}

function instanceOf(group: AutoScalingGroup, member: Member, facts: InstanceFacts): CloudInstance {
  const instanceId = member.InstanceId ?? '';
  const machine = facts.machines.get(instanceId);
  return {
    instanceId,
    group: group.AutoScalingGroupName ?? '',
    address: machine?.PrivateIpAddress || undefined,
    zone: member.AvailabilityZone ?? '',
    imageId: machine?.ImageId ?? member.ImageId ?? imageLaunchedFrom(member, facts.configurations),
    // One that EC2 does not list yet has only just been launched; 0 would make it look overdue.
    launchedAtMs: machine?.LaunchTime?.getTime() ?? facts.atMs,
    lifecycle: member.LifecycleState ?? '',
    protectedFromScaleIn: member.ProtectedFromScaleIn ?? false,
    balancers: balancersOf(instanceId, machine?.PrivateIpAddress, facts.health),
  };
}

function imageLaunchedFrom(member: Member, configurations: readonly LaunchConfiguration[]): string {
  const name = member.LaunchConfigurationName;
  return configurations.find((each) => each.LaunchConfigurationName === name)?.ImageId ?? '';
}

/** Target groups may list an instance by its address. */
function balancersOf(
  instanceId: string,
  address: string | undefined,
  health: InstanceFacts['health'],
): Record<string, BalancerState> {
  const stateIn = (states: BalancerHealth) => states[instanceId] ?? states[address ?? ''] ?? 'absent';
  return Object.fromEntries(Object.entries(health).map(([balancer, states]) => [balancer, stateIn(states)]));
}
