import {
  type BlockDeviceMapping,
  CreateLaunchConfigurationCommand,
  type LaunchConfiguration,
} from '@aws-sdk/client-auto-scaling';
import {
  type _InstanceType,
  CreateLaunchTemplateCommand,
  DescribeLaunchTemplateVersionsCommand,
  type RequestLaunchTemplateData,
  type ResponseLaunchTemplateData,
  VolumeType,
} from '@aws-sdk/client-ec2';
import type { LaunchSourceSpec, VolumeSpec } from '../../model/cluster-spec.js';
import type { LaunchSource } from '../../model/launch-source.js';
import type { ExistingLaunchSource } from '../../ports.js';
import type { Clients } from '../clients.js';
import { describeLaunchConfigurations } from '../describe.js';
import { isAwsError } from '../errors.js';
import { copyLaunchConfigurationInput } from '../launch-configuration.js';

const NO_IMAGE_DISKS = { newRoot: undefined, oldSnapshots: {} };

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
  await clients.autoScaling.send(new CreateLaunchConfigurationCommand(input));
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
export function findRootVolume(
  mappings: readonly {
    readonly DeviceName?: string | undefined;
    readonly Ebs?:
      | {
          readonly VolumeSize?: number | undefined;
          readonly VolumeType?: string | undefined;
          readonly Encrypted?: boolean | undefined;
        }
      | undefined;
  }[],
): VolumeSpec | undefined {
  const root = mappings.find(({ Ebs }) => Ebs !== undefined);
  if (root?.Ebs === undefined) return undefined;
  const { VolumeSize = 0, VolumeType = '', Encrypted = false } = root.Ebs;
  return { device: root.DeviceName ?? '', sizeGiB: VolumeSize, type: VolumeType, encrypted: Encrypted };
}

const TEMPLATE_OR_VERSION_NOT_FOUND = [
  'InvalidLaunchTemplateId.NotFound',
  'InvalidLaunchTemplateName.NotFoundException',
  'InvalidLaunchTemplateId.VersionNotFound',
];
const FIRST_VERSION = '1';

/** Reads a version of a launch template as fields of a cluster file. */
export async function readTemplateFields(
  clients: Clients,
  name: string,
  version = '$Default',
): Promise<ExistingLaunchSource | undefined> {
  const command = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: name, Versions: [version] });
  try {
    const { LaunchTemplateVersions } = await clients.ec2.send(command);
    const found = LaunchTemplateVersions?.[0];
    if (found?.LaunchTemplateData === undefined) return undefined;
    const number = String(found.VersionNumber ?? version);
    return {
      fields: toTemplateFields(found.LaunchTemplateData),
      launchSource: { kind: 'launch-template', id: found.LaunchTemplateId ?? '', name, version: number },
    };
  } catch (thrown) {
    if (isAwsError(thrown, ...TEMPLATE_OR_VERSION_NOT_FOUND)) return undefined;
    throw thrown;
  }
}

/** Creates a launch template with its first version. */
export async function createLaunchTemplate(
  clients: Clients,
  name: string,
  fields: LaunchSourceSpec,
): Promise<LaunchSource> {
  const { LaunchTemplate } = await clients.ec2.send(
    new CreateLaunchTemplateCommand({ LaunchTemplateName: name, LaunchTemplateData: buildTemplateData(fields) }),
  );
  return { kind: 'launch-template', id: LaunchTemplate?.LaunchTemplateId ?? '', name, version: FIRST_VERSION };
}

function buildTemplateData(fields: LaunchSourceSpec): RequestLaunchTemplateData {
  const { rootVolume, publicAddress } = fields;
  const groups = [...fields.securityGroups];
  return {
    ImageId: fields.image,
    ...(isInstanceType(fields.instanceType) && { InstanceType: fields.instanceType }),
    IamInstanceProfile: fields.instanceProfile.startsWith('arn:')
      ? { Arn: fields.instanceProfile }
      : { Name: fields.instanceProfile },
    KeyName: fields.keyName,
    // Security groups can be set in two places, a public address only on the network interface.
    ...(publicAddress === undefined
      ? { SecurityGroupIds: groups }
      : { NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: publicAddress, Groups: groups }] }),
    BlockDeviceMappings: rootVolume && [
      {
        DeviceName: rootVolume.device,
        Ebs: {
          VolumeSize: rootVolume.sizeGiB,
          VolumeType: Object.values(VolumeType).find((type) => type === rootVolume.type),
          Encrypted: rootVolume.encrypted,
          DeleteOnTermination: true,
        },
      },
    ],
    MetadataOptions: {
      HttpEndpoint: 'enabled',
      HttpTokens: fields.metadataTokens === 'required' ? 'required' : 'optional',
      HttpPutResponseHopLimit: fields.metadataHops,
      InstanceMetadataTags: 'enabled',
    },
    UserData: fields.userData,
  };
}

/** EC2 knows types that the SDK did not when it was built, and refuses invalid ones. */
function isInstanceType(text: string): text is _InstanceType {
  return text !== '';
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
