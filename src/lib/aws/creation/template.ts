import {
  type _InstanceType,
  CreateLaunchTemplateCommand,
  DescribeLaunchTemplateVersionsCommand,
  type RequestLaunchTemplateData,
  type ResponseLaunchTemplateData,
  VolumeType,
} from '@aws-sdk/client-ec2';
import type { TemplateFields } from '../../model/blueprint.js';
import type { LaunchFrom } from '../../model/template.js';
import type { SeenTemplate } from '../../ports/creation.js';
import type { Clients } from '../clients.js';
import { isAwsError } from '../errors.js';
import { rootVolumeOf } from './configuration.js';

const GONE = [
  'InvalidLaunchTemplateId.NotFound',
  'InvalidLaunchTemplateName.NotFoundException',
  'InvalidLaunchTemplateId.VersionNotFound',
];
const FIRST = '1';

/** A version of a launch template, in the words of a cluster file. */
export async function readTemplate(
  clients: Clients,
  name: string,
  version = '$Default',
): Promise<SeenTemplate | undefined> {
  const command = new DescribeLaunchTemplateVersionsCommand({
    LaunchTemplateName: name,
    Versions: [version],
  });
  try {
    const { LaunchTemplateVersions } = await clients.ec2.send(command);
    const found = LaunchTemplateVersions?.[0];
    if (found?.LaunchTemplateData === undefined) return undefined;
    const number = String(found.VersionNumber ?? version);
    return {
      fields: fieldsOf(found.LaunchTemplateData),
      launch: { kind: 'launch-template', id: found.LaunchTemplateId ?? '', name, version: number },
    };
  } catch (thrown) {
    if (isAwsError(thrown, ...GONE)) return undefined;
    throw thrown;
  }
}

/** A new one, in its first version. */
export async function createTemplate(
  clients: Clients,
  name: string,
  fields: TemplateFields,
): Promise<LaunchFrom> {
  const { LaunchTemplate } = await clients.ec2.send(
    new CreateLaunchTemplateCommand({ LaunchTemplateName: name, LaunchTemplateData: dataFrom(fields) }),
  );
  return { kind: 'launch-template', id: LaunchTemplate?.LaunchTemplateId ?? '', name, version: FIRST };
}

function dataFrom(fields: TemplateFields): RequestLaunchTemplateData {
  const { rootVolume, publicAddress } = fields;
  const groups = [...fields.securityGroups];
  return {
    ImageId: fields.image,
    ...(isInstanceType(fields.instanceType) && { InstanceType: fields.instanceType }),
    IamInstanceProfile: fields.instanceProfile.startsWith('arn:')
      ? { Arn: fields.instanceProfile }
      : { Name: fields.instanceProfile },
    KeyName: fields.keyName,
    // EC2 takes the security groups in one of two places, and a public address in one of them only.
    ...(publicAddress === undefined
      ? { SecurityGroupIds: groups }
      : {
          NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: publicAddress, Groups: groups }],
        }),
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

/** EC2 has types that the SDK did not know when it was built, and refuses what is none. */
function isInstanceType(text: string): text is _InstanceType {
  return text !== '';
}

function fieldsOf(data: ResponseLaunchTemplateData): TemplateFields {
  const card = data.NetworkInterfaces?.[0];
  return {
    image: data.ImageId ?? '',
    instanceType: data.InstanceType ?? '',
    securityGroups: [...(card?.Groups ?? data.SecurityGroupIds ?? [])].sort(),
    instanceProfile: data.IamInstanceProfile?.Arn ?? data.IamInstanceProfile?.Name ?? '',
    keyName: data.KeyName,
    publicAddress: card?.AssociatePublicIpAddress,
    rootVolume: rootVolumeOf(data.BlockDeviceMappings ?? []),
    metadataTokens: data.MetadataOptions?.HttpTokens ?? 'optional',
    metadataHops: data.MetadataOptions?.HttpPutResponseHopLimit ?? 1,
    userData: data.UserData ?? '',
  };
}
