import type {
  BlockDeviceMapping,
  CreateLaunchConfigurationCommandInput,
  LaunchConfiguration,
} from '@aws-sdk/client-auto-scaling';
import type {
  LaunchTemplateBlockDeviceMappingRequest,
  RequestLaunchTemplateData,
  ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import type { PreviousLaunchSource } from '../model/launch-source.js';
import type { Cloud } from '../ports.js';
import type { Clients } from './clients.js';
import { isAwsError } from './errors.js';
import { removeEmptyFields } from './fields.js';
import { type ImageDisks, readImageDisks, replaceRootSnapshot } from './image-disks.js';
import {
  ensureLaunchConfiguration,
  launchConfigurationNotFound,
  readLaunchConfiguration,
  redactUserData,
} from './launch-configuration.js';
import { buildTemplateTags, findOwnVersion, readTemplateVersion } from './launch-template.js';

/** What turns a launch configuration into a launch template, and back. */
export function createLaunchSourceConverter(
  clients: Clients,
): Pick<Cloud, 'convertLaunchSource' | 'findUnsupportedSettings'> {
  return {
    async convertLaunchSource(from, to, mark, imageId) {
      if (to.kind === 'launch-template') await convertToLaunchTemplate(clients, from, to.name, mark, imageId);
      else await convertToLaunchConfiguration(clients, from, to.name, imageId);
    },
    async findUnsupportedSettings(from, to) {
      if (from.kind === to) return [];
      if (from.kind === 'launch-configuration') {
        return listFieldsUnsupportedInTemplate(await readLaunchConfiguration(clients, from.name));
      }
      const mixed = from.mixed ? ['MixedInstancesPolicy'] : [];
      return [...mixed, ...listFieldsUnsupportedInConfiguration(await readLaunchTemplateData(clients, from))];
    },
  };
}

async function convertToLaunchTemplate(
  clients: Clients,
  from: PreviousLaunchSource,
  name: string,
  mark: string,
  imageId: string,
): Promise<void> {
  const original = await readLaunchConfiguration(clients, from.name);
  const disks = await readImageDisks(clients, original.ImageId, imageId);
  const input = {
    LaunchTemplateName: name,
    VersionDescription: mark,
    LaunchTemplateData: convertToTemplateData(original, { imageId, disks }),
    TagSpecifications: buildTemplateTags(name),
  };
  try {
    await clients.ec2.createLaunchTemplate(input);
  } catch (thrown) {
    const taken = isAwsError(thrown, 'InvalidLaunchTemplateName.AlreadyExists');
    const own = taken && (await findOwnVersion(clients, { id: undefined, name, description: mark, afterVersion: 0 }));
    if (!own) throw redactUserData(thrown, original.UserData);
  }
}

async function convertToLaunchConfiguration(
  clients: Clients,
  from: PreviousLaunchSource,
  name: string,
  imageId: string,
): Promise<void> {
  const data = await readLaunchTemplateData(clients, from);
  const disks = await readImageDisks(clients, data.ImageId, imageId);
  await ensureLaunchConfiguration(clients, convertToConfigurationInput(data, name, { imageId, disks }));
}

async function readLaunchTemplateData(
  clients: Clients,
  from: PreviousLaunchSource,
): Promise<ResponseLaunchTemplateData> {
  if (from.kind === 'launch-configuration') throw launchConfigurationNotFound(from.name);
  const found = await readTemplateVersion(clients, { LaunchTemplateId: from.id, Version: String(from.resolved) });
  if (found?.LaunchTemplateData === undefined) throw launchConfigurationNotFound(from.name);
  return found.LaunchTemplateData;
}

type TemplateRequestData = RequestLaunchTemplateData;
type FieldConverters = {
  readonly [Field in Exclude<keyof LaunchConfiguration, OmittedField>]: (
    from: LaunchConfiguration,
  ) => TemplateRequestData;
};

/** Fields that name or date a launch configuration, or that the roll sets. */
type OmittedField = 'LaunchConfigurationName' | 'LaunchConfigurationARN' | 'CreatedTime' | 'ImageId' | RetiredField;
/** EC2-Classic no longer exists, and launch templates never supported it. */
type RetiredField = 'ClassicLinkVPCId' | 'ClassicLinkVPCSecurityGroups';

/** How a new image changes what is launched. */
interface ImageChange {
  readonly imageId: string;
  readonly disks: ImageDisks;
}

/**
 * What each field of a launch configuration is in a launch template. A field that the SDK adds
 * later does not compile until it is decided here.
 */
const CONFIGURATION_FIELDS: FieldConverters = {
  InstanceType: (from) => ({ InstanceType: toKnownValue(from.InstanceType) }),
  KeyName: (from) => ({ KeyName: from.KeyName }),
  // Base64 in both.
  UserData: (from) => ({ UserData: from.UserData }),
  KernelId: (from) => ({ KernelId: from.KernelId }),
  RamdiskId: (from) => ({ RamDiskId: from.RamdiskId }),
  SecurityGroups: (from) => (from.AssociatePublicIpAddress === undefined ? buildSecurityGroups(from) : {}),
  AssociatePublicIpAddress: (from) =>
    from.AssociatePublicIpAddress === undefined ? {} : { NetworkInterfaces: [buildNetworkInterfaceRequest(from)] },
  InstanceMonitoring: ({ InstanceMonitoring: own }) => (own ? { Monitoring: { Enabled: own.Enabled } } : {}),
  SpotPrice: ({ SpotPrice: MaxPrice }) => (MaxPrice ? { InstanceMarketOptions: buildSpotOptions(MaxPrice) } : {}),
  IamInstanceProfile: ({ IamInstanceProfile: profile }) =>
    profile ? { IamInstanceProfile: profile.startsWith('arn:') ? { Arn: profile } : { Name: profile } } : {},
  EbsOptimized: (from) => ({ EbsOptimized: from.EbsOptimized }),
  PlacementTenancy: ({ PlacementTenancy: own }) => (own ? { Placement: { Tenancy: toKnownValue(own) } } : {}),
  MetadataOptions: ({ MetadataOptions: own }) => (own ? { MetadataOptions: own } : {}),
  BlockDeviceMappings: (from) => ({ BlockDeviceMappings: from.BlockDeviceMappings?.map(buildDiskRequest) }),
};

/** The launch template data that launches the same as a launch configuration, apart from the image. */
export function convertToTemplateData(from: LaunchConfiguration, { imageId, disks }: ImageChange): TemplateRequestData {
  const mappings = from.BlockDeviceMappings?.map((mapping) => replaceRootSnapshot(mapping, disks));
  const original = { ...from, BlockDeviceMappings: mappings };
  const parts = Object.values(CONFIGURATION_FIELDS).map((field) => field(original));
  return removeEmptyFields({ ...Object.assign({}, ...parts), ImageId: imageId });
}

/** Fields of a launch configuration that a launch template cannot express. */
export function listFieldsUnsupportedInTemplate(from: LaunchConfiguration): string[] {
  const retired = (['ClassicLinkVPCId', 'ClassicLinkVPCSecurityGroups'] as const).filter(
    (field) => (from[field]?.length ?? 0) > 0,
  );
  const byName = from.AssociatePublicIpAddress !== undefined && (from.SecurityGroups ?? []).some(isSecurityGroupName);
  return [...retired, ...(byName ? ['SecurityGroups by name, with AssociatePublicIpAddress'] : [])];
}

function buildSecurityGroups({ SecurityGroups = [] }: LaunchConfiguration): TemplateRequestData {
  return {
    SecurityGroupIds: SecurityGroups.filter((group) => !isSecurityGroupName(group)),
    SecurityGroups: SecurityGroups.filter(isSecurityGroupName),
  };
}

/** A public address is a setting of the network interface; the security groups must then be set there too. */
function buildNetworkInterfaceRequest({ AssociatePublicIpAddress, SecurityGroups }: LaunchConfiguration) {
  return removeEmptyFields({
    DeviceIndex: 0,
    AssociatePublicIpAddress,
    DeleteOnTermination: true,
    Groups: SecurityGroups,
  });
}

/** Auto Scaling takes one-time requests only. */
function buildSpotOptions(MaxPrice: string): NonNullable<TemplateRequestData['InstanceMarketOptions']> {
  return { MarketType: 'spot', SpotOptions: { MaxPrice, SpotInstanceType: 'one-time' } };
}

function buildDiskRequest({
  DeviceName,
  VirtualName,
  Ebs,
  NoDevice,
}: BlockDeviceMapping): LaunchTemplateBlockDeviceMappingRequest {
  // Given as empty text, it leaves a device of the image out.
  if (NoDevice) return { DeviceName, NoDevice: '' };
  return removeEmptyFields({
    DeviceName,
    VirtualName,
    Ebs: Ebs && { ...Ebs, VolumeType: toKnownValue(Ebs.VolumeType) },
  });
}

function isSecurityGroupName(group: string): boolean {
  return !group.startsWith('sg-');
}

/** The SDK lists the values known when it was built; EC2 may know more. */
function toKnownValue<Known extends string>(value: string | undefined): Known | undefined {
  return value as Known | undefined;
}

type TemplateResponseData = ResponseLaunchTemplateData;
type ConfigurationInput = Partial<CreateLaunchConfigurationCommandInput>;
/** The launch configuration fields for a launch template field; undefined where it cannot express it. */
type FieldConverter<Name extends keyof TemplateResponseData> = (
  value: NonNullable<TemplateResponseData[Name]>,
) => ConfigurationInput | undefined;

/** A launch configuration cannot express the field, unless the field is empty. */
const requireOff = (value: unknown): ConfigurationInput | undefined => (isOff(value) ? {} : undefined);

/**
 * What each field of a launch template is in a launch configuration. A field that the SDK adds
 * later does not compile until it is decided here.
 */
const TEMPLATE_FIELDS: { readonly [Name in keyof Required<TemplateResponseData>]: FieldConverter<Name> } = {
  // Set by the roll.
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
  Monitoring: ({ Enabled, ...rest }) => unlessRest(rest, { InstanceMonitoring: { Enabled } }),
  Placement: ({ Tenancy, ...rest }) => unlessRest(rest, { PlacementTenancy: Tenancy }),
  MetadataOptions: ({ HttpTokens, HttpPutResponseHopLimit, HttpEndpoint, State: _, ...rest }) =>
    unlessRest(rest, { MetadataOptions: removeEmptyFields({ HttpTokens, HttpPutResponseHopLimit, HttpEndpoint }) }),
  BlockDeviceMappings: (mappings) => (mappings.every(isConvertibleDisk) ? {} : undefined),
  NetworkInterfaces: ([own, ...others]) => (own && others.length === 0 ? convertNetworkInterface(own) : undefined),
  InstanceMarketOptions: ({ MarketType, SpotOptions: { MaxPrice, SpotInstanceType: type, ...rest } = {} }) => {
    const once = MarketType === 'spot' && (type ?? 'one-time') === 'one-time';
    return once && MaxPrice ? unlessRest(rest, { SpotPrice: MaxPrice }) : undefined;
  },
  DisableApiTermination: requireOff,
  DisableApiStop: requireOff,
  InstanceInitiatedShutdownBehavior: (behaviour) => (behaviour === 'stop' ? {} : undefined),
  TagSpecifications: requireOff,
  ElasticGpuSpecifications: requireOff,
  ElasticInferenceAccelerators: requireOff,
  CreditSpecification: requireOff,
  CpuOptions: requireOff,
  CapacityReservationSpecification: (own) =>
    own.CapacityReservationPreference === 'open' && own.CapacityReservationTarget === undefined ? {} : undefined,
  LicenseSpecifications: requireOff,
  HibernationOptions: requireOff,
  EnclaveOptions: requireOff,
  InstanceRequirements: requireOff,
  PrivateDnsNameOptions: requireOff,
  MaintenanceOptions: requireOff,
  Operator: requireOff,
  NetworkPerformanceOptions: requireOff,
  SecondaryInterfaces: requireOff,
};

/** The request for a launch configuration that launches the same as a version of a launch template, apart from the image. */
export function convertToConfigurationInput(
  data: TemplateResponseData,
  name: string,
  { imageId, disks }: ImageChange,
): CreateLaunchConfigurationCommandInput {
  const converted = convertFields(data).map(([, value]) => value ?? {});
  const BlockDeviceMappings = data.BlockDeviceMappings?.map((mapping) => {
    const { DeviceName, VirtualName, Ebs, NoDevice } = replaceRootSnapshot(mapping, disks);
    return removeEmptyFields({ DeviceName, VirtualName, Ebs, NoDevice: NoDevice === undefined ? undefined : true });
  });
  const SecurityGroups = converted.flatMap((part) => part.SecurityGroups ?? []);
  return removeEmptyFields({
    ...Object.assign({}, ...converted),
    LaunchConfigurationName: name,
    ImageId: imageId,
    BlockDeviceMappings,
    SecurityGroups,
  });
}

/** Fields of a launch template that a launch configuration cannot express. */
export function listFieldsUnsupportedInConfiguration(data: TemplateResponseData): string[] {
  const unsaid = convertFields(data).flatMap(([name, value]) => (value === undefined ? [name] : []));
  return data.InstanceType === undefined && data.InstanceRequirements === undefined
    ? [...unsaid, 'no InstanceType']
    : unsaid;
}

function convertFields(data: TemplateResponseData): [string, ConfigurationInput | undefined][] {
  const names = Object.keys(TEMPLATE_FIELDS) as (keyof TemplateResponseData)[];
  return names.filter((name) => data[name] !== undefined).map((name) => [name, convertField(name, data)]);
}

function convertField<Name extends keyof TemplateResponseData>(
  name: Name,
  data: TemplateResponseData,
): ConfigurationInput | undefined {
  const value = data[name];
  return value === undefined || value === null ? {} : TEMPLATE_FIELDS[name](value);
}

/** `fields`, if nothing is left over. */
function unlessRest(rest: object, fields: ConfigurationInput): ConfigurationInput | undefined {
  return isOff(rest) ? fields : undefined;
}

function convertNetworkInterface({
  DeviceIndex = 0,
  DeleteOnTermination = true,
  AssociatePublicIpAddress,
  Groups,
  ...rest
}: NonNullable<TemplateResponseData['NetworkInterfaces']>[number]): ConfigurationInput | undefined {
  if (DeviceIndex !== 0 || !DeleteOnTermination) return undefined;
  return unlessRest(rest, removeEmptyFields({ AssociatePublicIpAddress, SecurityGroups: Groups }));
}

function isConvertibleDisk({ Ebs = {} }: NonNullable<TemplateResponseData['BlockDeviceMappings']>[number]): boolean {
  return isOff([Ebs.KmsKeyId, Ebs.VolumeInitializationRate, Ebs.EbsCardIndex]);
}

/** What is not set, or switched off, in every part of it. */
function isOff(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  if (value === 'disabled' || value === 'default') return true;
  return typeof value === 'object' && Object.values(value).every(isOff);
}
