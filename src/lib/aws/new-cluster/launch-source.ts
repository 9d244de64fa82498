import type { BlockDeviceMapping, LaunchConfiguration } from '@aws-sdk/client-auto-scaling';
import type { LaunchTemplateBlockDeviceMapping, ResponseLaunchTemplateData } from '@aws-sdk/client-ec2';
import type { LaunchSourceSpec, VolumeSpec } from '../../model/cluster-spec.js';
import type { LaunchSource } from '../../model/launch-source.js';
import type { ExistingLaunchSource } from '../../ports.js';
import type { Clients } from '../clients.js';
import { convertToTemplateData } from '../convert-launch-source.js';
import { describeLaunchConfigurations } from '../describe.js';
import { copyLaunchConfigurationInput, NO_IMAGE_DISKS } from '../launch-configuration.js';
import { buildTemplateTags, readTemplateVersion } from '../launch-template.js';

/** Reads a launch configuration as fields of a cluster file. */
export async function readConfigurationFields(
  clients: Clients,
  name: string,
): Promise<ExistingLaunchSource | undefined> {
  const [described] = await describeLaunchConfigurations(clients, [name]);
  if (described === undefined) return undefined;
  return { fields: toConfigurationFields(described), launchSource: { kind: 'launch-configuration', name } };
}

/** Uses the request of a roll's copy. */
export async function createLaunchConfiguration(
  clients: Clients,
  name: string,
  fields: LaunchSourceSpec,
): Promise<LaunchSource> {
  const input = copyLaunchConfigurationInput(buildLaunchConfiguration(name, fields), {
    name,
    imageId: fields.image,
    disks: NO_IMAGE_DISKS,
  });
  await clients.autoScaling.createLaunchConfiguration(input);
  return { kind: 'launch-configuration', name };
}

/** The launch configuration as AWS would describe it with these fields. */
function buildLaunchConfiguration(name: string, fields: LaunchSourceSpec): LaunchConfiguration {
  const { rootVolume } = fields;
  return {
    LaunchConfigurationName: name,
    CreatedTime: undefined,
    ImageId: fields.image,
    InstanceType: fields.instanceType,
    SecurityGroups: [...fields.securityGroups],
    IamInstanceProfile: fields.instanceProfile,
    KeyName: fields.keyName,
    AssociatePublicIpAddress: fields.publicAddress,
    BlockDeviceMappings: rootVolume === undefined ? undefined : [buildBlockDevice(rootVolume)],
    MetadataOptions: {
      HttpEndpoint: 'enabled',
      HttpTokens: fields.metadataTokens === 'required' ? 'required' : 'optional',
      HttpPutResponseHopLimit: fields.metadataHops,
    },
    UserData: fields.userData,
  };
}

function buildBlockDevice({ device, sizeGiB, type, encrypted }: VolumeSpec): BlockDeviceMapping {
  return {
    DeviceName: device,
    Ebs: { VolumeSize: sizeGiB, VolumeType: type, Encrypted: encrypted, DeleteOnTermination: true },
  };
}

function toConfigurationFields(described: LaunchConfiguration): LaunchSourceSpec {
  const { MetadataOptions } = described;
  return {
    image: described.ImageId ?? '',
    instanceType: described.InstanceType ?? '',
    securityGroups: [...(described.SecurityGroups ?? [])].sort(),
    instanceProfile: described.IamInstanceProfile ?? '',
    keyName: described.KeyName || undefined,
    publicAddress: described.AssociatePublicIpAddress,
    rootVolume: findRootVolume(described.BlockDeviceMappings ?? []),
    metadataTokens: MetadataOptions?.HttpTokens ?? 'optional',
    metadataHops: MetadataOptions?.HttpPutResponseHopLimit ?? 1,
    userData: described.UserData ?? '',
  };
}

/** The only disk that a cluster file can configure. */
function findRootVolume(
  mappings: readonly (BlockDeviceMapping | LaunchTemplateBlockDeviceMapping)[],
): VolumeSpec | undefined {
  const root = mappings.find(({ Ebs }) => Ebs !== undefined);
  if (root?.Ebs === undefined) return undefined;
  const { VolumeSize = 0, VolumeType = '', Encrypted = false } = root.Ebs;
  return { device: root.DeviceName ?? '', sizeGiB: VolumeSize, type: VolumeType, encrypted: Encrypted };
}

const FIRST_VERSION = '1';

/** Reads a version of a launch template as fields of a cluster file. */
export async function readTemplateFields(
  clients: Clients,
  name: string,
  version = '$Default',
): Promise<ExistingLaunchSource | undefined> {
  const found = await readTemplateVersion(clients, { LaunchTemplateName: name, Version: version });
  if (found?.LaunchTemplateData === undefined) return undefined;
  const number = String(found.VersionNumber ?? version);
  return {
    fields: toTemplateFields(found.LaunchTemplateData),
    launchSource: { kind: 'launch-template', id: found.LaunchTemplateId ?? '', name, version: number },
  };
}

/** Creates a launch template with its first version, which launches the same as the launch configuration would. */
export async function createLaunchTemplate(
  clients: Clients,
  name: string,
  fields: LaunchSourceSpec,
): Promise<LaunchSource> {
  const image = { imageId: fields.image, disks: NO_IMAGE_DISKS };
  const data = convertToTemplateData(buildLaunchConfiguration(name, fields), image);
  const { LaunchTemplate } = await clients.ec2.createLaunchTemplate({
    LaunchTemplateName: name,
    // Instances can read their own tags, which a launch configuration cannot allow.
    LaunchTemplateData: { ...data, MetadataOptions: { ...data.MetadataOptions, InstanceMetadataTags: 'enabled' } },
    TagSpecifications: buildTemplateTags(name),
  });
  return { kind: 'launch-template', id: LaunchTemplate?.LaunchTemplateId ?? '', name, version: FIRST_VERSION };
}

function toTemplateFields(data: ResponseLaunchTemplateData): LaunchSourceSpec {
  const card = data.NetworkInterfaces?.[0];
  return {
    image: data.ImageId ?? '',
    instanceType: data.InstanceType ?? '',
    securityGroups: [...(card?.Groups ?? data.SecurityGroupIds ?? [])].sort(),
    instanceProfile: data.IamInstanceProfile?.Arn ?? data.IamInstanceProfile?.Name ?? '',
    keyName: data.KeyName,
    publicAddress: card?.AssociatePublicIpAddress,
    rootVolume: findRootVolume(data.BlockDeviceMappings ?? []),
    metadataTokens: data.MetadataOptions?.HttpTokens ?? 'optional',
    metadataHops: data.MetadataOptions?.HttpPutResponseHopLimit ?? 1,
    userData: data.UserData ?? '',
  };
}
