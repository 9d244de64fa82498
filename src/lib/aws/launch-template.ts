import { createHash } from 'node:crypto';
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import type {
  LaunchTemplate,
  LaunchTemplateVersion,
  ResponseLaunchTemplateData,
  TagSpecification,
} from '@aws-sdk/client-ec2';
import { formatFlag, RollError } from '../model/errors.js';
import type { LaunchTemplateState } from '../model/launch-source.js';
import { LAUNCH_TEMPLATE_NAME_TAG } from '../model/tags.js';
import type { LaunchTemplateQuery } from '../ports.js';
import type { Clients } from './clients.js';
import { collectPages } from './describe.js';
import { isAwsError } from './errors.js';
import { readImageDisks, replaceRootSnapshot } from './image-disks.js';

export type LaunchTemplateSpecification = NonNullable<AutoScalingGroup['LaunchTemplate']>;

const NOT_FOUND = [
  'InvalidLaunchTemplateId.NotFound',
  'InvalidLaunchTemplateName.NotFound',
  'InvalidLaunchTemplateId.VersionNotFound',
];

/** The tags of a launch template of ours, by which a policy tells it from those of others. */
export function buildTemplateTags(name: string): TagSpecification[] {
  return [{ ResourceType: 'launch-template', Tags: [{ Key: LAUNCH_TEMPLATE_NAME_TAG, Value: name }] }];
}

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
  const asked = clients.ec2.describeLaunchTemplateVersions({ ...which, Versions: [getVersion(named)] });
  const answer = await undefinedIfNotFound(asked);
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
  const answer = await undefinedIfNotFound(clients.ec2.describeLaunchTemplates(which));
  return answer?.LaunchTemplates?.[0];
}

/** The first version whose description is the roll's. */
export async function findOwnVersion(
  clients: Clients,
  { id, name, description, afterVersion: after }: LaunchTemplateQuery,
): Promise<number | undefined> {
  const which = id === undefined ? { LaunchTemplateName: name } : { LaunchTemplateId: id };
  const pages = clients.ec2.paginateDescribeLaunchTemplateVersions({ ...which, MinVersion: String(after + 1) });
  const found = await undefinedIfNotFound(collectPages(pages, (page) => page.LaunchTemplateVersions));
  const own = found?.filter(({ VersionDescription }) => VersionDescription === description) ?? [];
  const numbers = own.flatMap(({ VersionNumber = [] }) => VersionNumber);
  return numbers.length === 0 ? undefined : Math.min(...numbers);
}

/** Undefined where the template or the version does not exist. */
async function undefinedIfNotFound<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (isAwsError(thrown, ...NOT_FOUND)) return undefined;
    throw thrown;
  }
}

const VERSION_DOES_NOT_EXIST = 'launchTemplateVersionDoesNotExist';

export async function setDefaultLaunchTemplateVersion(clients: Clients, id: string, version: number): Promise<void> {
  await clients.ec2.modifyLaunchTemplate({ LaunchTemplateId: id, DefaultVersion: String(version) });
}

export async function deleteLaunchTemplate(clients: Clients, id: string): Promise<void> {
  await undefinedIfNotFound(clients.ec2.deleteLaunchTemplate({ LaunchTemplateId: id }));
}

/** The roll's version may not be listed yet; the client token makes EC2 return the same version. */
export async function createLaunchTemplateVersion(
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
  await clients.ec2.createLaunchTemplateVersion({
    LaunchTemplateId: id,
    SourceVersion: String(version),
    VersionDescription: description,
    ClientToken: buildClientToken(id, description),
    LaunchTemplateData: { ImageId: imageId, ...(await buildVersionDisks(clients, source.LaunchTemplateData, imageId)) },
  });
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

export async function deleteLaunchTemplateVersion(clients: Clients, id: string, version: number): Promise<void> {
  const named = { LaunchTemplateId: id, Versions: [String(version)] };
  const answer = await undefinedIfNotFound(clients.ec2.deleteLaunchTemplateVersions(named));
  const kept = answer?.UnsuccessfullyDeletedLaunchTemplateVersions ?? [];
  const reason = kept.find(({ ResponseError }) => ResponseError?.Code !== VERSION_DOES_NOT_EXIST);
  if (reason !== undefined) throw versionNotDeletedError(id, version, reason.ResponseError?.Message ?? '');
}

function versionNotDeletedError(id: string, version: number, message: string): RollError {
  return new RollError({
    code: 'version-kept',
    message: `Version ${version} of the launch template ${id} was not deleted: ${message}`,
    kind: 'refused',
    state: 'The launch template was left as it is.',
    next: `see what is on it: aws ec2 describe-launch-template-versions ${formatFlag('launch-template-id', id)}`,
  });
}

function versionNotFound(id: string, version: number): RollError {
  return new RollError({
    code: 'launch-source-not-found',
    message: `Version ${version} of the launch template ${id} does not exist, so it cannot be copied.`,
    kind: 'refused',
    state: 'No version was created.',
    next: 'put the group on a version that exists',
  });
}
