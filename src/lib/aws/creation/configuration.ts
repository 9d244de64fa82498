import {
  type BlockDeviceMapping,
  CreateLaunchConfigurationCommand,
  type LaunchConfiguration,
} from '@aws-sdk/client-auto-scaling';
import type { TemplateFields, VolumeFields } from '../../model/blueprint.js';
import type { LaunchFrom } from '../../model/template.js';
import type { SeenTemplate } from '../../ports/creation.js';
import type { Clients } from '../clients.js';
import { launchConfigurationsNamed } from '../describe.js';
import { templateLike } from '../template-copy.js';

const NO_DISKS = { newRoot: undefined, oldSnapshots: {} };

/** A launch configuration, in the words of a cluster file. */
export async function readConfiguration(clients: Clients, name: string): Promise<SeenTemplate | undefined> {
  const [described] = await launchConfigurationsNamed(clients, [name]);
  if (described === undefined) return undefined;
  return { fields: fieldsOf(described), launch: { kind: 'launch-configuration', name } };
}

/** Made by the same request as the copy of one in a roll. */
export async function createConfiguration(
  clients: Clients,
  name: string,
  fields: TemplateFields,
): Promise<LaunchFrom> {
  const input = templateLike(describedFrom(name, fields), { name, imageId: fields.image, disks: NO_DISKS });
  await clients.autoScaling.send(new CreateLaunchConfigurationCommand(input));
  return { kind: 'launch-configuration', name };
}

/** As AWS would describe one with these fields. */
function describedFrom(name: string, fields: TemplateFields): LaunchConfiguration {
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
    BlockDeviceMappings: rootVolume === undefined ? undefined : [diskFrom(rootVolume)],
    MetadataOptions: {
      HttpEndpoint: 'enabled',
      HttpTokens: fields.metadataTokens === 'required' ? 'required' : 'optional',
      HttpPutResponseHopLimit: fields.metadataHops,
    },
    UserData: fields.userData,
  };
}

function diskFrom({ device, sizeGiB, type, encrypted }: VolumeFields): BlockDeviceMapping {
  return {
    DeviceName: device,
    Ebs: { VolumeSize: sizeGiB, VolumeType: type, Encrypted: encrypted, DeleteOnTermination: true },
  };
}

function fieldsOf(described: LaunchConfiguration): TemplateFields {
  const { MetadataOptions } = described;
  return {
    image: described.ImageId ?? '',
    instanceType: described.InstanceType ?? '',
    securityGroups: [...(described.SecurityGroups ?? [])].sort(),
    instanceProfile: described.IamInstanceProfile ?? '',
    keyName: described.KeyName || undefined,
    publicAddress: described.AssociatePublicIpAddress,
    rootVolume: rootVolumeOf(described.BlockDeviceMappings ?? []),
    metadataTokens: MetadataOptions?.HttpTokens ?? 'optional',
    metadataHops: MetadataOptions?.HttpPutResponseHopLimit ?? 1,
    userData: described.UserData ?? '',
  };
}

/** The one disk that a cluster file can speak of. */
export function rootVolumeOf(
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
): VolumeFields | undefined {
  const root = mappings.find(({ Ebs }) => Ebs !== undefined);
  if (root?.Ebs === undefined) return undefined;
  const { VolumeSize = 0, VolumeType = '', Encrypted = false } = root.Ebs;
  return { device: root.DeviceName ?? '', sizeGiB: VolumeSize, type: VolumeType, encrypted: Encrypted };
}
