import type { Image } from '@aws-sdk/client-ec2';
import { messageOf, RollError } from '../model/errors.js';
import type { MachineImage } from '../model/observation.js';
import { toConsoleLines } from '../model/server-failure.js';
import type { Cloud } from '../ports.js';
import { readCaller } from './caller.js';
import type { Clients } from './clients.js';
import { collectPages, GROUP_TAG } from './describe.js';
import { isAwsError, undefinedIfDenied } from './errors.js';
import { resolveImage } from './image-reference.js';

type FactReaders = Pick<
  Cloud,
  | 'readCaller'
  | 'resolveImage'
  | 'findInstancesAt'
  | 'findImage'
  | 'readConsole'
  | 'findArchitectures'
  | 'isRefreshInProgress'
  | 'countFreeAddresses'
  | 'readQuota'
>;

/** States of an instance refresh in which it may still replace instances. */
const REFRESH_IN_PROGRESS: readonly string[] = ['Pending', 'InProgress', 'Cancelling', 'RollbackInProgress', 'Baking'];

/** Reads that only preflight needs. */
export function createFactReaders(clients: Clients): FactReaders {
  const { autoScaling, ec2 } = clients;
  return {
    readCaller: () => readCaller(clients),
    resolveImage: (reference) => resolveImage(clients, reference),
    async findImage(imageId) {
      try {
        const { Images } = await ec2.describeImages({ ImageIds: [imageId] });
        return Images?.[0]?.ImageId ? toMachineImage(Images[0]) : undefined;
      } catch (thrown) {
        if (isAwsError(thrown, ...IMAGE_NOT_FOUND)) return undefined;
        throw thrown;
      }
    },
    async readConsole(instanceId) {
      try {
        return { kind: 'read', lines: toConsoleLines(await readConsoleText(ec2, instanceId)) };
      } catch (thrown) {
        return {
          kind: thrown instanceof RollError && thrown.code === 'access-denied' ? 'denied' : 'unavailable',
          message: messageOf(thrown),
        };
      }
    },
    async findArchitectures(instanceType) {
      // A filter takes any text; the list of types accepts only those the SDK knew when it was built.
      const Filters = [{ Name: 'instance-type', Values: [instanceType] }];
      const answer = await undefinedIfDenied(ec2.describeInstanceTypes({ Filters }));
      return answer?.InstanceTypes?.[0]?.ProcessorInfo?.SupportedArchitectures;
    },
    async findInstancesAt(addresses) {
      const Filters = [
        { Name: 'private-ip-address', Values: [...addresses] },
        { Name: 'instance-state-name', Values: ['running'] },
      ];
      const pages = ec2.paginateDescribeInstances({ Filters });
      const found = await collectPages(pages, (page) => page.Reservations?.flatMap(({ Instances = [] }) => Instances));
      return found.map(({ PrivateIpAddress = '', InstanceId = '', Tags = [] }) => ({
        address: PrivateIpAddress,
        instanceId: InstanceId,
        group: Tags.find(({ Key }) => Key === GROUP_TAG)?.Value,
      }));
    },
    isRefreshInProgress: (group) => isRefreshing(autoScaling, group),
    async countFreeAddresses(subnets) {
      if (subnets.length === 0) return [];
      const pages = ec2.paginateDescribeSubnets({ Filters: [{ Name: 'subnet-id', Values: [...subnets] }] });
      const found = await collectPages(pages, (page) => page.Subnets);
      return found.map(({ SubnetId = '', AvailabilityZone = '', AvailableIpAddressCount = 0 }) => ({
        id: SubnetId,
        zone: AvailabilityZone,
        freeAddresses: AvailableIpAddressCount,
      }));
    },
    async readQuota() {
      const limits = await undefinedIfDenied(autoScaling.describeAccountLimits());
      if (!limits?.MaxNumberOfAutoScalingGroups || !limits.MaxNumberOfLaunchConfigurations) return undefined;
      return {
        groupsLeft: limits.MaxNumberOfAutoScalingGroups - (limits.NumberOfAutoScalingGroups ?? 0),
        launchConfigurationsLeft: limits.MaxNumberOfLaunchConfigurations - (limits.NumberOfLaunchConfigurations ?? 0),
      };
    },
  };
}

/** Only instances on the Nitro System can be asked for the latest. Source: GetConsoleOutput in the EC2 API reference. */
async function readConsoleText(ec2: Clients['ec2'], InstanceId: string): Promise<string> {
  const { Output = '' } = await ec2.getConsoleOutput({ InstanceId, Latest: true }).catch((thrown) => {
    if (isAwsError(thrown, 'UnsupportedOperation')) return ec2.getConsoleOutput({ InstanceId });
    throw thrown;
  });
  return Buffer.from(Output, 'base64').toString('utf8');
}

const IMAGE_NOT_FOUND = ['InvalidAMIID.NotFound', 'InvalidAMIID.Malformed', 'InvalidAMIID.Unavailable'];

function toMachineImage({ ImageId = '', Name = '', Architecture, State, CreationDate = '' }: Image): MachineImage {
  const createdAtMs = Date.parse(CreationDate);
  return {
    id: ImageId,
    name: Name,
    architecture: Architecture ?? '',
    state: State ?? '',
    createdAtMs: Number.isNaN(createdAtMs) ? undefined : createdAtMs,
  };
}

async function isRefreshing(autoScaling: Clients['autoScaling'], AutoScalingGroupName: string): Promise<boolean> {
  for await (const page of autoScaling.paginateDescribeInstanceRefreshes({ AutoScalingGroupName })) {
    if (page.InstanceRefreshes?.some(({ Status = '' }) => REFRESH_IN_PROGRESS.includes(Status))) return true;
  }
  return false;
}
