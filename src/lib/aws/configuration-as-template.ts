import type { BlockDeviceMapping, LaunchConfiguration } from '@aws-sdk/client-auto-scaling';
import type { LaunchTemplateBlockDeviceMappingRequest, RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import { type ImageDisks, mappingFor } from './template-copy.js';
import { withoutEmpty } from './without-empty.js';

type Data = RequestLaunchTemplateData;
type Every = {
  readonly [Field in Exclude<keyof LaunchConfiguration, Unsaid>]: (from: LaunchConfiguration) => Data;
};

/** What names or dates a launch configuration, or is said for the roll. */
type Unsaid = 'LaunchConfigurationName' | 'LaunchConfigurationARN' | 'CreatedTime' | 'ImageId' | Retired;
/** EC2-Classic is gone, and launch templates never knew it. */
type Retired = 'ClassicLinkVPCId' | 'ClassicLinkVPCSecurityGroups';

/** How a new image changes what is launched. */
export interface ImageChange {
  readonly imageId: string;
  readonly disks: ImageDisks;
}

/**
 * What each field of a launch configuration is in a launch template. A field that the SDK adds one day does not
 * compile until it is decided here.
 */
const FIELDS: Every = {
  InstanceType: (from) => ({ InstanceType: listed(from.InstanceType) }),
  KeyName: (from) => ({ KeyName: from.KeyName }),
  // Base64 in both.
  UserData: (from) => ({ UserData: from.UserData }),
  KernelId: (from) => ({ KernelId: from.KernelId }),
  RamdiskId: (from) => ({ RamDiskId: from.RamdiskId }),
  SecurityGroups: (from) => (from.AssociatePublicIpAddress === undefined ? groupsOf(from) : {}),
  AssociatePublicIpAddress: (from) =>
    from.AssociatePublicIpAddress === undefined ? {} : { NetworkInterfaces: [interfaceOf(from)] },
  InstanceMonitoring: ({ InstanceMonitoring: own }) => (own ? { Monitoring: { Enabled: own.Enabled } } : {}),
  SpotPrice: ({ SpotPrice: MaxPrice }) => (MaxPrice ? { InstanceMarketOptions: spotAt(MaxPrice) } : {}),
  IamInstanceProfile: ({ IamInstanceProfile: profile }) =>
    profile ? { IamInstanceProfile: profile.startsWith('arn:') ? { Arn: profile } : { Name: profile } } : {},
  EbsOptimized: (from) => ({ EbsOptimized: from.EbsOptimized }),
  PlacementTenancy: ({ PlacementTenancy: own }) => (own ? { Placement: { Tenancy: listed(own) } } : {}),
  MetadataOptions: ({ MetadataOptions: own }) => (own ? { MetadataOptions: own } : {}),
  BlockDeviceMappings: (from) => ({ BlockDeviceMappings: from.BlockDeviceMappings?.map(diskOf) }),
};

/** What a launch template says that launches the same as a launch configuration, but for the image. */
export function templateDataLike(from: LaunchConfiguration, { imageId, disks }: ImageChange): Data {
  const mappings = from.BlockDeviceMappings?.map((mapping) => mappingFor(mapping, disks));
  const original = { ...from, BlockDeviceMappings: mappings };
  const parts = Object.values(FIELDS).map((field) => field(original));
  return withoutEmpty({ ...Object.assign({}, ...parts), ImageId: imageId });
}

/** Fields of a launch configuration that no launch template can say. */
export function unsayableInTemplate(from: LaunchConfiguration): string[] {
  const retired = (['ClassicLinkVPCId', 'ClassicLinkVPCSecurityGroups'] as const).filter(
    (field) => (from[field]?.length ?? 0) > 0,
  );
  const byName = from.AssociatePublicIpAddress !== undefined && (from.SecurityGroups ?? []).some(isName);
  return [...retired, ...(byName ? ['SecurityGroups by name, with AssociatePublicIpAddress'] : [])];
}

function groupsOf({ SecurityGroups = [] }: LaunchConfiguration): Data {
  return {
    SecurityGroupIds: SecurityGroups.filter((group) => !isName(group)),
    SecurityGroups: SecurityGroups.filter(isName),
  };
}

/** Whether there is a public address is said of a network interface, and then its security groups are too. */
function interfaceOf({ AssociatePublicIpAddress, SecurityGroups }: LaunchConfiguration) {
  return withoutEmpty({
    DeviceIndex: 0,
    AssociatePublicIpAddress,
    DeleteOnTermination: true,
    Groups: SecurityGroups,
  });
}

/** Auto Scaling takes one-time requests only. */
function spotAt(MaxPrice: string): NonNullable<Data['InstanceMarketOptions']> {
  return { MarketType: 'spot', SpotOptions: { MaxPrice, SpotInstanceType: 'one-time' } };
}

function diskOf({
  DeviceName,
  VirtualName,
  Ebs,
  NoDevice,
}: BlockDeviceMapping): LaunchTemplateBlockDeviceMappingRequest {
  // Given as empty text, it leaves a device of the image out.
  if (NoDevice) return { DeviceName, NoDevice: '' };
  return withoutEmpty({
    DeviceName,
    VirtualName,
    Ebs: Ebs && { ...Ebs, VolumeType: listed(Ebs.VolumeType) },
  });
}

function isName(group: string): boolean {
  return !group.startsWith('sg-');
}

/** A value the SDK lists as it knew them when it was made; which there are, EC2 decides. */
function listed<Known extends string>(value: string | undefined): Known | undefined {
  return value as Known | undefined;
}
