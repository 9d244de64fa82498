import { getImage } from '../../src/sandbox/aws/images.js';
import type { SandboxAws } from '../../src/sandbox/aws/sandbox-aws.js';

/** Makes a launch configuration on the first image with this user data, as text. */
export function makeLaunchConfiguration(world: SandboxAws, name: string, userData: string): void {
  world.call('autoscaling', 'CreateLaunchConfiguration', {
    LaunchConfigurationName: name,
    ImageId: getImage('consul-v1').imageId,
    InstanceType: 't2.medium',
    IamInstanceProfile: 'consul',
    UserData: Buffer.from(userData).toString('base64'),
  });
}

/** A group of that name on a launch configuration, whose instances carry these tags. */
export function makeTaggedGroup(
  world: SandboxAws,
  name: string,
  launchConfiguration: string,
  size: number,
  tags: Readonly<Record<string, string>>,
): void {
  world.call('autoscaling', 'CreateAutoScalingGroup', {
    AutoScalingGroupName: name,
    LaunchConfigurationName: launchConfiguration,
    MinSize: size,
    MaxSize: size,
    DesiredCapacity: size,
    AvailabilityZones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
    Tags: Object.entries(tags).map(([Key, Value]) => ({
      ResourceId: name,
      ResourceType: 'auto-scaling-group',
      Key,
      Value,
      PropagateAtLaunch: true,
    })),
  });
}

/** An instance that runs: its id and address. */
export interface RunningServer {
  readonly instanceId: string;
  readonly address: string;
}

/** The instances that run, those of the group alone. */
export function listRunningServers(world: SandboxAws, group: string): readonly RunningServer[] {
  const filter = { Name: 'tag:aws:autoscaling:groupName', Values: [group] };
  const state = { Name: 'instance-state-name', Values: ['running'] };
  const { Reservations = [] } = world.call('ec2', 'DescribeInstances', { Filters: [filter, state] });
  return Reservations.flatMap(({ Instances = [] }) => Instances).map((one) => ({
    instanceId: one.InstanceId ?? '',
    address: one.PrivateIpAddress ?? '',
  }));
}

/** What an instance has written to its console. */
export function readConsole(world: SandboxAws, instanceId: string): string {
  const { Output = '' } = world.call('ec2', 'GetConsoleOutput', { InstanceId: instanceId });
  return Buffer.from(Output, 'base64').toString();
}

/** How many voters the leader counts, as one server tells it; 0 without a leader. */
export async function countVotersAt(address: string): Promise<number> {
  const answer = await fetch(`http://${address}:8500/v1/operator/raft/configuration`).catch(() => undefined);
  if (!answer?.ok) return 0;
  const { Servers } = (await answer.json()) as { Servers: { Voter: boolean }[] };
  return Servers.filter(({ Voter }) => Voter).length;
}
