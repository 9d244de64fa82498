import { createHash } from 'node:crypto';
import {
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  ModifyLaunchTemplateCommand,
  type ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import { RollError } from '../errors.js';
import { EXIT } from '../outcomes.js';
import type { Cloud } from '../ports.js';
import type { Clients } from './clients.js';
import { isAwsError } from './errors.js';
import { readImageDisks } from './image-disks.js';
import { readOwnVersion, readVersion } from './launch-template.js';
import { mappingFor } from './template-copy.js';

const GONE = ['InvalidLaunchTemplateId.NotFound', 'InvalidLaunchTemplateName.NotFoundException'];
const NO_SUCH_VERSION = 'launchTemplateVersionDoesNotExist';

/** What makes and removes versions of launch templates. */
export function createTemplateVersions(
  clients: Clients,
): Pick<Cloud, 'createVersion' | 'setDefaultVersion' | 'deleteVersion' | 'deleteLaunchTemplate'> {
  return {
    createVersion: (source, mark, imageId) => createVersion(clients, source, mark, imageId),
    async setDefaultVersion(LaunchTemplateId, version) {
      const DefaultVersion = String(version);
      await clients.ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion }));
    },
    deleteVersion: (id, version) => deleteVersion(clients, id, version),
    async deleteLaunchTemplate(LaunchTemplateId) {
      try {
        await clients.ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }));
      } catch (thrown) {
        if (!isAwsError(thrown, ...GONE)) throw thrown;
      }
    },
  };
}

/** One that is described so may not show yet; the token has EC2 answer with it all the same. */
async function createVersion(
  clients: Clients,
  { id, version }: { readonly id: string; readonly version: number },
  mark: string,
  imageId: string,
): Promise<void> {
  const [source, own] = await Promise.all([
    readVersion(clients, { LaunchTemplateId: id, Version: String(version) }),
    readOwnVersion(clients, { id, name: '', mark, after: version }),
  ]);
  if (own !== undefined) return;
  if (source === undefined) throw missing(id, version);
  await clients.ec2.send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateId: id,
      SourceVersion: String(version),
      VersionDescription: mark,
      ClientToken: tokenOf(id, mark),
      LaunchTemplateData: {
        ImageId: imageId,
        ...(await disksFor(clients, source.LaunchTemplateData, imageId)),
      },
    }),
  );
}

/**
 * A version takes over everything from its source but the snapshots of its disks, so these are named anew: all but
 * those of the old image.
 */
async function disksFor(
  clients: Clients,
  data: ResponseLaunchTemplateData | undefined,
  imageId: string,
): Promise<{ BlockDeviceMappings?: NonNullable<ResponseLaunchTemplateData['BlockDeviceMappings']> }> {
  const mappings = data?.BlockDeviceMappings ?? [];
  if (!mappings.some((mapping) => mapping.Ebs?.SnapshotId)) return {};
  const disks = await readImageDisks(clients, data?.ImageId, imageId);
  return { BlockDeviceMappings: mappings.map((mapping) => mappingFor(mapping, disks)) };
}

/** At most 128 characters of ASCII. */
function tokenOf(id: string, mark: string): string {
  return createHash('sha256').update(`${id} ${mark}`).digest('hex');
}

async function deleteVersion(clients: Clients, id: string, version: number): Promise<void> {
  try {
    const { UnsuccessfullyDeletedLaunchTemplateVersions: kept = [] } = await clients.ec2.send(
      new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId: id, Versions: [String(version)] }),
    );
    const refusal = kept.find(({ ResponseError }) => ResponseError?.Code !== NO_SUCH_VERSION);
    if (refusal !== undefined) throw keptError(id, version, refusal.ResponseError?.Message ?? '');
  } catch (thrown) {
    if (!isAwsError(thrown, ...GONE)) throw thrown;
  }
}

function keptError(id: string, version: number, message: string): RollError {
  return new RollError({
    code: 'version-kept',
    message: `Version ${version} of the launch template ${id} was not deleted: ${message}`,
    exitCode: EXIT.refused,
    state: 'The launch template was left as it is.',
    next: `See what is on it: aws ec2 describe-launch-template-versions --launch-template-id ${id}`,
  });
}

function missing(id: string, version: number): RollError {
  return new RollError({
    code: 'template-not-found',
    message: `Version ${version} of the launch template ${id} does not exist, so it cannot be copied.`,
    exitCode: EXIT.refused,
    state: 'No version was created.',
    next: 'Put the group on a version that exists.',
  });
}
