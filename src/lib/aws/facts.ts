import {
  DescribeAccountLimitsCommand,
  paginateDescribeInstanceRefreshes,
} from '@aws-sdk/client-auto-scaling';
import {
  DescribeImagesCommand,
  DescribeInstanceTypesCommand,
  paginateDescribeSubnets,
} from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Image } from '../model/observation.js';
import type { Cloud } from '../ports.js';
import type { Clients } from './clients.js';
import { isAwsError, isRefusedByAws } from './errors.js';

type Facts = Pick<
  Cloud,
  'account' | 'image' | 'architectures' | 'refreshInProgress' | 'freeAddresses' | 'quota'
>;

/** States of an instance refresh in which it may still replace instances. */
const REFRESHING: readonly string[] = ['Pending', 'InProgress', 'Cancelling', 'RollbackInProgress', 'Baking'];

/** What only a preflight asks of AWS. */
export function createFacts(clients: Clients): Facts {
  return {
    async account() {
      const { Account } = await clients.sts.send(new GetCallerIdentityCommand({}));
      return Account ?? '';
    },
    image: (imageId) => readImage(clients, imageId),
    architectures: (instanceType) => readArchitectures(clients, instanceType),
    refreshInProgress: (group) => isRefreshing(clients, group),
    freeAddresses: (subnets) => readFreeAddresses(clients, subnets),
    quota: () => readQuota(clients),
  };
}

async function readImage(clients: Clients, imageId: string): Promise<Image | undefined> {
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

async function readArchitectures(
  clients: Clients,
  instanceType: string,
): Promise<readonly string[] | undefined> {
  // A filter takes any text, where the list of types would have to be one of the SDK's own at build time.
  const command = new DescribeInstanceTypesCommand({
    Filters: [{ Name: 'instance-type', Values: [instanceType] }],
  });
  return unlessRefused(async () => {
    const { InstanceTypes } = await clients.ec2.send(command);
    return InstanceTypes?.[0]?.ProcessorInfo?.SupportedArchitectures;
  });
}

async function isRefreshing(clients: Clients, group: string): Promise<boolean> {
  const pages = paginateDescribeInstanceRefreshes(
    { client: clients.autoScaling },
    { AutoScalingGroupName: group },
  );
  for await (const page of pages) {
    if (page.InstanceRefreshes?.some((each) => REFRESHING.includes(each.Status ?? ''))) return true;
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
): Promise<{ groupsLeft: number; templatesLeft: number } | undefined> {
  return unlessRefused(async () => {
    const limits = await clients.autoScaling.send(new DescribeAccountLimitsCommand({}));
    if (!limits.MaxNumberOfAutoScalingGroups || !limits.MaxNumberOfLaunchConfigurations) return undefined;
    return {
      groupsLeft: limits.MaxNumberOfAutoScalingGroups - (limits.NumberOfAutoScalingGroups ?? 0),
      templatesLeft: limits.MaxNumberOfLaunchConfigurations - (limits.NumberOfLaunchConfigurations ?? 0),
    };
  });
}

/** Undefined where AWS answers but will not say; a network that fails is no answer and is thrown. */
async function unlessRefused<Fact>(read: () => Promise<Fact | undefined>): Promise<Fact | undefined> {
  try {
    return await read();
  } catch (thrown) {
    if (isRefusedByAws(thrown)) return undefined;
    throw thrown;
  }
}
