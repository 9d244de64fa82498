import type { CreateLaunchConfigurationCommandInput } from '@aws-sdk/client-auto-scaling';
import type { ResponseLaunchTemplateData } from '@aws-sdk/client-ec2';
import type { ImageChange } from './configuration-as-template.js';
import { mappingFor } from './template-copy.js';
import { withoutEmpty } from './without-empty.js';

type Data = ResponseLaunchTemplateData;
type Said = Partial<CreateLaunchConfigurationCommandInput>;
/** What a launch configuration says in the place of a field; undefined where it cannot say it. */
type Field<Name extends keyof Data> = (value: NonNullable<Data[Name]>) => Said | undefined;

/** No launch configuration can say it, unless it says nothing. */
const cannot = (value: unknown): Said | undefined => (isOff(value) ? {} : undefined);

/**
 * What each field of a launch template is in a launch configuration. A field that the SDK adds one day does not
 * compile until it is decided here.
 */
const FIELDS: { readonly [Name in keyof Required<Data>]: Field<Name> } = {
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
  NetworkInterfaces: ([own, ...others]) => (own && others.length === 0 ? interfaceOf(own) : undefined),
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
  data: Data,
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
export function unsayableInConfiguration(data: Data): string[] {
  const unsaid = fieldsOf(data).flatMap(([name, value]) => (value === undefined ? [name] : []));
  return data.InstanceType === undefined && data.InstanceRequirements === undefined
    ? [...unsaid, 'no InstanceType']
    : unsaid;
}

function fieldsOf(data: Data): [string, Said | undefined][] {
  const names = Object.keys(FIELDS) as (keyof Data)[];
  return names.filter((name) => data[name] !== undefined).map((name) => [name, fieldOf(name, data)]);
}

function fieldOf<Name extends keyof Data>(name: Name, data: Data): Said | undefined {
  const value = data[name];
  return value === undefined || value === null ? {} : FIELDS[name](value);
}

/** `said`, if nothing is left over. */
function only(rest: object, said: Said): Said | undefined {
  return isOff(rest) ? said : undefined;
}

function interfaceOf({
  DeviceIndex = 0,
  DeleteOnTermination = true,
  AssociatePublicIpAddress,
  Groups,
  ...rest
}: NonNullable<Data['NetworkInterfaces']>[number]): Said | undefined {
  if (DeviceIndex !== 0 || !DeleteOnTermination) return undefined;
  return only(rest, withoutEmpty({ AssociatePublicIpAddress, SecurityGroups: Groups }));
}

function isPlainDisk({ Ebs = {} }: NonNullable<Data['BlockDeviceMappings']>[number]): boolean {
  return isOff([Ebs.KmsKeyId, Ebs.VolumeInitializationRate, Ebs.EbsCardIndex]);
}

/** What is not set, or switched off, in every part of it. */
function isOff(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  if (value === 'disabled' || value === 'default') return true;
  return typeof value === 'object' && Object.values(value).every(isOff);
}
