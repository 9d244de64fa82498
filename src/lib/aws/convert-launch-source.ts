import {
  type BlockDeviceMapping,
  CreateLaunchConfigurationCommand,
  type CreateLaunchConfigurationCommandInput,
  type LaunchConfiguration,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateCommand,
  type LaunchTemplateBlockDeviceMappingRequest,
  type RequestLaunchTemplateData,
  type ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import type { OldTemplate } from '../model/launch-source.js';
import type { Cloud } from '../ports.js';
import type { Clients } from './clients.js';
import { launchConfigurationsNamed } from './cluster-reader.js';
import { isAwsError } from './errors.js';
import { withoutEmpty } from './group-copy.js';
import { assertEqual, missing, readImageDisks, withoutUserData } from './launch-configuration.js';
import { type ImageDisks, mappingFor, readOwnVersion, readVersion } from './launch-template.js';

/** What turns a launch configuration into a launch template, and back. */
export function createConversions(clients: Clients): Pick<Cloud, 'convertTemplate' | 'inexpressible'> {
  return {
    async convertTemplate(from, to, mark, imageId) {
      if (to.kind === 'launch-template') await toTemplate(clients, from, to.name, mark, imageId);
      else await toConfiguration(clients, from, to.name, imageId);
    },
    async inexpressible(from, to) {
      if (from.kind === to) return [];
      if (from.kind === 'launch-configuration') {
        return unsayableInTemplate(await configurationNamed(clients, from.name));
      }
      const mixed = from.mixed ? ['MixedInstancesPolicy'] : [];
      return [...mixed, ...unsayableInConfiguration(await dataOf(clients, from))];
    },
  };
}

async function toTemplate(
  clients: Clients,
  from: OldTemplate,
  name: string,
  mark: string,
  imageId: string,
): Promise<void> {
  const original = await configurationNamed(clients, from.name);
  const disks = await readImageDisks(clients, original.ImageId, imageId);
  const input = {
    LaunchTemplateName: name,
    VersionDescription: mark,
    LaunchTemplateData: templateDataLike(original, { imageId, disks }),
  };
  try {
    await clients.ec2.send(new CreateLaunchTemplateCommand(input));
  } catch (thrown) {
    const taken = isAwsError(thrown, 'InvalidLaunchTemplateName.AlreadyExistsException');
    const own = taken && (await readOwnVersion(clients, { id: undefined, name, mark, after: 0 }));
    if (!own) throw withoutUserData(thrown, original.UserData);
  }
}

async function toConfiguration(
  clients: Clients,
  from: OldTemplate,
  name: string,
  imageId: string,
): Promise<void> {
  const data = await dataOf(clients, from);
  const disks = await readImageDisks(clients, data.ImageId, imageId);
  const wanted = configurationLike(data, name, { imageId, disks });
  try {
    await clients.autoScaling.send(new CreateLaunchConfigurationCommand(wanted));
  } catch (thrown) {
    if (!isAwsError(thrown, 'AlreadyExists', 'AlreadyExistsFault'))
      throw withoutUserData(thrown, data.UserData);
    const [made] = await launchConfigurationsNamed(clients, [name]);
    if (made) assertEqual(made, wanted);
  }
}

async function configurationNamed(clients: Clients, name: string): Promise<LaunchConfiguration> {
  const [found] = await launchConfigurationsNamed(clients, [name]);
  if (found === undefined) throw missing(name);
  return found;
}

async function dataOf(clients: Clients, from: OldTemplate): Promise<ResponseLaunchTemplateData> {
  if (from.kind === 'launch-configuration') throw missing(from.name);
  const found = await readVersion(clients, { LaunchTemplateId: from.id, Version: String(from.resolved) });
  if (found?.LaunchTemplateData === undefined) throw missing(from.name);
  return found.LaunchTemplateData;
}

type TemplateData = RequestLaunchTemplateData;
type Every = {
  readonly [Field in Exclude<keyof LaunchConfiguration, Unsaid>]: (from: LaunchConfiguration) => TemplateData;
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
const LAUNCH_CONFIGURATION_FIELDS: Every = {
  InstanceType: (from) => ({ InstanceType: listed(from.InstanceType) }),
  KeyName: (from) => ({ KeyName: from.KeyName }),
  // Base64 in both.
  UserData: (from) => ({ UserData: from.UserData }),
  KernelId: (from) => ({ KernelId: from.KernelId }),
  RamdiskId: (from) => ({ RamDiskId: from.RamdiskId }),
  SecurityGroups: (from) => (from.AssociatePublicIpAddress === undefined ? groupsOf(from) : {}),
  AssociatePublicIpAddress: (from) =>
    from.AssociatePublicIpAddress === undefined ? {} : { NetworkInterfaces: [buildNetworkInterface(from)] },
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
export function templateDataLike(from: LaunchConfiguration, { imageId, disks }: ImageChange): TemplateData {
  const mappings = from.BlockDeviceMappings?.map((mapping) => mappingFor(mapping, disks));
  const original = { ...from, BlockDeviceMappings: mappings };
  const parts = Object.values(LAUNCH_CONFIGURATION_FIELDS).map((field) => field(original));
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

function groupsOf({ SecurityGroups = [] }: LaunchConfiguration): TemplateData {
  return {
    SecurityGroupIds: SecurityGroups.filter((group) => !isName(group)),
    SecurityGroups: SecurityGroups.filter(isName),
  };
}

/** Whether there is a public address is said of a network interface, and then its security groups are too. */
function buildNetworkInterface({ AssociatePublicIpAddress, SecurityGroups }: LaunchConfiguration) {
  return withoutEmpty({
    DeviceIndex: 0,
    AssociatePublicIpAddress,
    DeleteOnTermination: true,
    Groups: SecurityGroups,
  });
}

/** Auto Scaling takes one-time requests only. */
function spotAt(MaxPrice: string): NonNullable<TemplateData['InstanceMarketOptions']> {
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

type LaunchTemplateData = ResponseLaunchTemplateData;
type Said = Partial<CreateLaunchConfigurationCommandInput>;
/** What a launch configuration says in the place of a field; undefined where it cannot say it. */
type Field<Name extends keyof LaunchTemplateData> = (
  value: NonNullable<LaunchTemplateData[Name]>,
) => Said | undefined;

/** No launch configuration can say it, unless it says nothing. */
const cannot = (value: unknown): Said | undefined => (isOff(value) ? {} : undefined);

/**
 * What each field of a launch template is in a launch configuration. A field that the SDK adds one day does not
 * compile until it is decided here.
 */
const LAUNCH_TEMPLATE_FIELDS: { readonly [Name in keyof Required<LaunchTemplateData>]: Field<Name> } = {
  // Said for the roll.
  ImageId: () => ({}),
  InstanceType: (InstanceType) => ({ InstanceType }),
  KeyName: (KeyName) => ({ KeyName }),
  UserData: (UserData) => ({ UserData }),
  KernelId: (KernelId) => ({ KernelId }),
  RamDiskId: (RamdiskId) => ({ RamdiskId }),
  EbsOptimized: (EbsOptimized) => ({ EbsOptimized }),
  SecurityGroupIds: (SecurityGroups) => ({ SecurityGroups }),
  SecurityGroups: (SecurityGroups) => ({ SecurityGroups }),
  IamInstanceProfile: ({ Arn, Name }) => ({ IamInstanceProfile: Arn ?? Name }),
  Monitoring: ({ Enabled, ...rest }) => only(rest, { InstanceMonitoring: { Enabled } }),
  Placement: ({ Tenancy, ...rest }) => only(rest, { PlacementTenancy: Tenancy }),
  MetadataOptions: ({ HttpTokens, HttpPutResponseHopLimit, HttpEndpoint, State: _, ...rest }) =>
    only(rest, { MetadataOptions: withoutEmpty({ HttpTokens, HttpPutResponseHopLimit, HttpEndpoint }) }),
  BlockDeviceMappings: (mappings) => (mappings.every(isPlainDisk) ? {} : undefined),
  NetworkInterfaces: ([own, ...others]) =>
    own && others.length === 0 ? soleNetworkInterface(own) : undefined,
  InstanceMarketOptions: ({
    MarketType,
    SpotOptions: { MaxPrice, SpotInstanceType: type, ...rest } = {},
  }) => {
    const once = MarketType === 'spot' && (type ?? 'one-time') === 'one-time';
    return once && MaxPrice ? only(rest, { SpotPrice: MaxPrice }) : undefined;
  },
  DisableApiTermination: cannot,
  DisableApiStop: cannot,
  InstanceInitiatedShutdownBehavior: (behaviour) => (behaviour === 'stop' ? {} : undefined),
  TagSpecifications: cannot,
  ElasticGpuSpecifications: cannot,
  ElasticInferenceAccelerators: cannot,
  CreditSpecification: cannot,
  CpuOptions: cannot,
  CapacityReservationSpecification: (own) =>
    own.CapacityReservationPreference === 'open' && own.CapacityReservationTarget === undefined
      ? {}
      : undefined,
  LicenseSpecifications: cannot,
  HibernationOptions: cannot,
  EnclaveOptions: cannot,
  InstanceRequirements: cannot,
  PrivateDnsNameOptions: cannot,
  MaintenanceOptions: cannot,
  Operator: cannot,
  NetworkPerformanceOptions: cannot,
  SecondaryInterfaces: cannot,
};

/** The request for a launch configuration that launches the same as a version of a launch template, but for the image. */
export function configurationLike(
  data: LaunchTemplateData,
  name: string,
  { imageId, disks }: ImageChange,
): CreateLaunchConfigurationCommandInput {
  const said = fieldsOf(data).map(([, value]) => value ?? {});
  const BlockDeviceMappings = data.BlockDeviceMappings?.map((mapping) => {
    const { DeviceName, VirtualName, Ebs, NoDevice } = mappingFor(mapping, disks);
    return withoutEmpty({
      DeviceName,
      VirtualName,
      Ebs,
      NoDevice: NoDevice === undefined ? undefined : true,
    });
  });
  const SecurityGroups = said.flatMap((part) => part.SecurityGroups ?? []);
  return withoutEmpty({
    ...Object.assign({}, ...said),
    LaunchConfigurationName: name,
    ImageId: imageId,
    BlockDeviceMappings,
    SecurityGroups,
  });
}

/** Fields of a launch template that no launch configuration can say. */
export function unsayableInConfiguration(data: LaunchTemplateData): string[] {
  const unsaid = fieldsOf(data).flatMap(([name, value]) => (value === undefined ? [name] : []));
  return data.InstanceType === undefined && data.InstanceRequirements === undefined
    ? [...unsaid, 'no InstanceType']
    : unsaid;
}

function fieldsOf(data: LaunchTemplateData): [string, Said | undefined][] {
  const names = Object.keys(LAUNCH_TEMPLATE_FIELDS) as (keyof LaunchTemplateData)[];
  return names.filter((name) => data[name] !== undefined).map((name) => [name, fieldOf(name, data)]);
}

function fieldOf<Name extends keyof LaunchTemplateData>(
  name: Name,
  data: LaunchTemplateData,
): Said | undefined {
  const value = data[name];
  return value === undefined || value === null ? {} : LAUNCH_TEMPLATE_FIELDS[name](value);
}

/** `said`, if nothing is left over. */
function only(rest: object, said: Said): Said | undefined {
  return isOff(rest) ? said : undefined;
}

function soleNetworkInterface({
  DeviceIndex = 0,
  DeleteOnTermination = true,
  AssociatePublicIpAddress,
  Groups,
  ...rest
}: NonNullable<LaunchTemplateData['NetworkInterfaces']>[number]): Said | undefined {
  if (DeviceIndex !== 0 || !DeleteOnTermination) return undefined;
  return only(rest, withoutEmpty({ AssociatePublicIpAddress, SecurityGroups: Groups }));
}

function isPlainDisk({ Ebs = {} }: NonNullable<LaunchTemplateData['BlockDeviceMappings']>[number]): boolean {
  return isOff([Ebs.KmsKeyId, Ebs.VolumeInitializationRate, Ebs.EbsCardIndex]);
}

/** What is not set, or switched off, in every part of it. */
function isOff(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  if (value === 'disabled' || value === 'default') return true;
  return typeof value === 'object' && Object.values(value).every(isOff);
}
