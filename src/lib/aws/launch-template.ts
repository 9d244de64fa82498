import { createHash } from 'node:crypto';
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type LaunchTemplate,
  type LaunchTemplateVersion,
  ModifyLaunchTemplateCommand,
  paginateDescribeLaunchTemplateVersions,
  type ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import { RollError } from '../model/errors.js';
import type { LaunchTemplateState } from '../model/launch-source.js';
import type { Cloud, LaunchTemplateQuery } from '../ports.js';
import type { Clients } from './clients.js';
import { isAwsError } from './errors.js';
import { readImageDisks, replaceRootSnapshot } from './image-disks.js';

export type LaunchTemplateSpecification = NonNullable<AutoScalingGroup['LaunchTemplate']>;

const LAUNCH_TEMPLATE_NOT_FOUND = ['InvalidLaunchTemplateId.NotFound', 'InvalidLaunchTemplateName.NotFoundException'];
const VERSION_NOT_FOUND = 'InvalidLaunchTemplateId.VersionNotFound';

/** The versions that groups name, by `formatVersionKey`; one that no longer exists is left out. */
export async function readTemplateVersions(
  clients: Clients,
  named: readonly LaunchTemplateSpecification[],
): Promise<Map<string, LaunchTemplateVersion>> {
  const distinct = new Map(named.map((each) => [formatVersionKey(each), each]));
  const found = await Promise.all(
    [...distinct].map(async ([key, each]) => ({ key, version: await readTemplateVersion(clients, each) })),
  );
  return new Map(found.flatMap(({ key, version }) => (version === undefined ? [] : [[key, version]])));
}

/**
 * One version. An image given as a parameter is returned as that parameter: its value today may differ from its value
 * when a server was launched.
 */
export async function readTemplateVersion(
  clients: Clients,
  named: LaunchTemplateSpecification,
): Promise<LaunchTemplateVersion | undefined> {
  const which = named.LaunchTemplateId
    ? { LaunchTemplateId: named.LaunchTemplateId }
    : { LaunchTemplateName: named.LaunchTemplateName };
  const command = new DescribeLaunchTemplateVersionsCommand({ ...which, Versions: [getVersion(named)] });
  const answer = await undefinedIfNotFound(clients.ec2.send(command));
  return answer?.LaunchTemplateVersions?.[0];
}

export function formatVersionKey(named: LaunchTemplateSpecification): string {
  return `${named.LaunchTemplateId ?? named.LaunchTemplateName} ${getVersion(named)}`;
}

/** Auto Scaling uses `$Default` where no version is named. */
export function getVersion(named: LaunchTemplateSpecification): string {
  return named.Version ?? '$Default';
}

/** The launch template of a roll as it is now, with the version the roll made. */
export async function readLaunchTemplateState(
  clients: Clients,
  query: LaunchTemplateQuery,
): Promise<LaunchTemplateState | undefined> {
  const [template, own] = await Promise.all([readLaunchTemplate(clients, query), findOwnVersion(clients, query)]);
  if (template?.LaunchTemplateId === undefined) return undefined;
  return {
    id: template.LaunchTemplateId,
    name: template.LaunchTemplateName ?? '',
    defaultVersion: template.DefaultVersionNumber ?? 0,
    latestVersion: template.LatestVersionNumber ?? 0,
    rollVersion: own,
  };
}

async function readLaunchTemplate(
  clients: Clients,
  { id, name }: LaunchTemplateQuery,
): Promise<LaunchTemplate | undefined> {
  const which = id === undefined ? { LaunchTemplateNames: [name] } : { LaunchTemplateIds: [id] };
  const answer = await undefinedIfNotFound(clients.ec2.send(new DescribeLaunchTemplatesCommand(which)));
  return answer?.LaunchTemplates?.[0];
}

/** The first version whose description is the roll's. */
export async function findOwnVersion(
  clients: Clients,
  { id, name, description, afterVersion: after }: LaunchTemplateQuery,
): Promise<number | undefined> {
  const which = id === undefined ? { LaunchTemplateName: name } : { LaunchTemplateId: id };
  const pages = paginateDescribeLaunchTemplateVersions(
    { client: clients.ec2 },
    { ...which, MinVersion: String(after + 1) },
  );
  const numbers: number[] = [];
  const read = async () => {
    for await (const page of pages) {
      for (const { VersionDescription, VersionNumber } of page.LaunchTemplateVersions ?? []) {
        if (VersionDescription === description && VersionNumber !== undefined) numbers.push(VersionNumber);
      }
    }
  };
  await undefinedIfNotFound(read());
  return numbers.length === 0 ? undefined : Math.min(...numbers);
}

/** Undefined where the template or the version does not exist. */
async function undefinedIfNotFound<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (isAwsError(thrown, VERSION_NOT_FOUND, ...LAUNCH_TEMPLATE_NOT_FOUND)) return undefined;
    throw thrown;
  }
}

const VERSION_DOES_NOT_EXIST = 'launchTemplateVersionDoesNotExist';

/** Creates and removes versions of launch templates. */
export function createLaunchTemplateAdapter(
  clients: Clients,
): Pick<
  Cloud,
  | 'createLaunchTemplateVersion'
  | 'setDefaultLaunchTemplateVersion'
  | 'deleteLaunchTemplateVersion'
  | 'deleteLaunchTemplate'
> {
  return {
    createLaunchTemplateVersion: (source, description, imageId) =>
      createLaunchTemplateVersion(clients, source, description, imageId),
    async setDefaultLaunchTemplateVersion(LaunchTemplateId, version) {
      const DefaultVersion = String(version);
      await clients.ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion }));
    },
    deleteLaunchTemplateVersion: (id, version) => deleteLaunchTemplateVersion(clients, id, version),
    async deleteLaunchTemplate(LaunchTemplateId) {
      try {
        await clients.ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }));
      } catch (thrown) {
        if (!isAwsError(thrown, ...LAUNCH_TEMPLATE_NOT_FOUND)) throw thrown;
      }
    },
  };
}

/** The roll's version may not be listed yet; the client token makes EC2 return the same version. */
async function createLaunchTemplateVersion(
  clients: Clients,
  { id, version }: { readonly id: string; readonly version: number },
  description: string,
  imageId: string,
): Promise<void> {
  const [source, own] = await Promise.all([
    readTemplateVersion(clients, { LaunchTemplateId: id, Version: String(version) }),
    findOwnVersion(clients, { id, name: '', description, afterVersion: version }),
  ]);
  if (own !== undefined) return;
  if (source === undefined) throw versionNotFound(id, version);
  await clients.ec2.send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateId: id,
      SourceVersion: String(version),
      VersionDescription: description,
      ClientToken: buildClientToken(id, description),
      LaunchTemplateData: {
        ImageId: imageId,
        ...(await buildVersionDisks(clients, source.LaunchTemplateData, imageId)),
      },
    }),
  );
}

/**
 * A version inherits everything from its source except the snapshots of its disks, so they are given again, without
 * those of the old image.
 */
async function buildVersionDisks(
  clients: Clients,
  data: ResponseLaunchTemplateData | undefined,
  imageId: string,
): Promise<{ BlockDeviceMappings?: NonNullable<ResponseLaunchTemplateData['BlockDeviceMappings']> }> {
  const mappings = data?.BlockDeviceMappings ?? [];
  if (!mappings.some((mapping) => mapping.Ebs?.SnapshotId)) return {};
  const disks = await readImageDisks(clients, data?.ImageId, imageId);
  return { BlockDeviceMappings: mappings.map((mapping) => replaceRootSnapshot(mapping, disks)) };
}

/** At most 128 characters of ASCII. */
function buildClientToken(id: string, description: string): string {
  return createHash('sha256').update(`${id} ${description}`).digest('hex');
}

async function deleteLaunchTemplateVersion(clients: Clients, id: string, version: number): Promise<void> {
  try {
    const { UnsuccessfullyDeletedLaunchTemplateVersions: kept = [] } = await clients.ec2.send(
      new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId: id, Versions: [String(version)] }),
    );
    const reason = kept.find(({ ResponseError }) => ResponseError?.Code !== VERSION_DOES_NOT_EXIST);
    if (reason !== undefined) throw versionNotDeletedError(id, version, reason.ResponseError?.Message ?? '');
  } catch (thrown) {
    if (!isAwsError(thrown, ...LAUNCH_TEMPLATE_NOT_FOUND)) throw thrown;
  }
}

function versionNotDeletedError(id: string, version: number, message: string): RollError {
  return new RollError({
    code: 'version-kept',
    message: `Version ${version} of the launch template ${id} was not deleted: ${message}`,
    kind: 'refused',
    state: 'The launch template was left as it is.',
    next: `See what is on it: aws ec2 describe-launch-template-versions --launch-template-id ${id}`,
  });
}

function versionNotFound(id: string, version: number): RollError {
  return new RollError({
    code: 'launch-source-not-found',
    message: `Version ${version} of the launch template ${id} does not exist, so it cannot be copied.`,
    kind: 'refused',
    state: 'No version was created.',
    next: 'Put the group on a version that exists.',
  });
}
