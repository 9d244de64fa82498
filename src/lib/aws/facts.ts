import { DescribeAccountLimitsCommand, paginateDescribeInstanceRefreshes } from '@aws-sdk/client-auto-scaling';
import { DescribeImagesCommand, DescribeInstanceTypesCommand, paginateDescribeSubnets } from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { MachineImage } from '../model/observation.js';
import type { Cloud } from '../ports.js';
import type { Clients } from './clients.js';
import { isAccessDenied, isAwsError } from './errors.js';

type FactReaders = Pick<
  Cloud,
  'readAccountId' | 'findImage' | 'findArchitectures' | 'isRefreshInProgress' | 'countFreeAddresses' | 'readQuota'
>;

/** States of an instance refresh in which it may still replace instances. */
const REFRESH_IN_PROGRESS: readonly string[] = ['Pending', 'InProgress', 'Cancelling', 'RollbackInProgress', 'Baking'];

/** Reads that only preflight needs. */
export function createFactReaders(clients: Clients): FactReaders {
  return {
    async readAccountId() {
      const { Account } = await clients.sts.send(new GetCallerIdentityCommand({}));
      return Account ?? '';
    },
    findImage: (imageId) => readImage(clients, imageId),
    findArchitectures: (instanceType) => readArchitectures(clients, instanceType),
    isRefreshInProgress: (group) => isRefreshing(clients, group),
    countFreeAddresses: (subnets) => readFreeAddresses(clients, subnets),
    readQuota: () => readQuota(clients),
  };
}

async function readImage(clients: Clients, imageId: string): Promise<MachineImage | undefined> {
  try {
    const { Images } = await clients.ec2.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
    const image = Images?.[0];
    if (!image?.ImageId) return undefined;
    return {
      id: image.ImageId,
      name: image.Name ?? '',
      architecture: image.Architecture ?? '',
      state: image.State ?? '',
    };
  } catch (thrown) {
    if (isAwsError(thrown, 'InvalidAMIID.NotFound', 'InvalidAMIID.Malformed', 'InvalidAMIID.Unavailable')) {
      return undefined;
    }
    throw thrown;
  }
}

async function readArchitectures(clients: Clients, instanceType: string): Promise<readonly string[] | undefined> {
  // A filter takes any text; the list of types accepts only those the SDK knew when it was built.
  const command = new DescribeInstanceTypesCommand({ Filters: [{ Name: 'instance-type', Values: [instanceType] }] });
  return undefinedIfDenied(async () => {
    const { InstanceTypes } = await clients.ec2.send(command);
    return InstanceTypes?.[0]?.ProcessorInfo?.SupportedArchitectures;
  });
}

async function isRefreshing(clients: Clients, group: string): Promise<boolean> {
  const pages = paginateDescribeInstanceRefreshes({ client: clients.autoScaling }, { AutoScalingGroupName: group });
  for await (const page of pages) {
    if (page.InstanceRefreshes?.some((each) => REFRESH_IN_PROGRESS.includes(each.Status ?? ''))) return true;
  }
  return false;
}

async function readFreeAddresses(
  clients: Clients,
  subnets: readonly string[],
): Promise<{ id: string; freeAddresses: number }[]> {
  if (subnets.length === 0) return [];
  const found: { id: string; freeAddresses: number }[] = [];
  const pages = paginateDescribeSubnets(
    { client: clients.ec2 },
    { Filters: [{ Name: 'subnet-id', Values: [...subnets] }] },
  );
  for await (const page of pages) {
    for (const subnet of page.Subnets ?? []) {
      found.push({ id: subnet.SubnetId ?? '', freeAddresses: subnet.AvailableIpAddressCount ?? 0 });
    }
  }
  return found;
}

async function readQuota(
  clients: Clients,
): Promise<{ groupsLeft: number; launchConfigurationsLeft: number } | undefined> {
  return undefinedIfDenied(async () => {
    const limits = await clients.autoScaling.send(new DescribeAccountLimitsCommand({}));
    if (!limits.MaxNumberOfAutoScalingGroups || !limits.MaxNumberOfLaunchConfigurations) return undefined;
    return {
      groupsLeft: limits.MaxNumberOfAutoScalingGroups - (limits.NumberOfAutoScalingGroups ?? 0),
      launchConfigurationsLeft: limits.MaxNumberOfLaunchConfigurations - (limits.NumberOfLaunchConfigurations ?? 0),
    };
  });
}

/** Undefined where AWS refuses to say; network failures are thrown. */
async function undefinedIfDenied<Fact>(read: () => Promise<Fact | undefined>): Promise<Fact | undefined> {
  try {
    return await read();
  } catch (thrown) {
    if (isAccessDenied(thrown)) return undefined;
    throw thrown;
  }
}
