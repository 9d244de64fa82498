import type { LaunchTemplateVersion, ResponseLaunchTemplateData } from '@aws-sdk/client-ec2';
import { AwsFault, requireParameter } from '../fault.js';
import type { LaunchSpec, LaunchTemplateRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { findImage } from './image.js';

/** The highest number there is. */
export function getLatestVersion({ versions }: LaunchTemplateRecord): number {
  return Math.max(...versions.keys());
}

/**
 * The template of that id or name.
 *
 * @throws AwsFault in EC2's words for one that does not exist
 */
export function getLaunchTemplate(
  state: AwsState,
  id: string | undefined,
  name: string | undefined,
): LaunchTemplateRecord {
  if (id !== undefined) {
    const record = state.launchTemplates.get(id);
    if (record !== undefined) return record;
    throw new AwsFault(
      'InvalidLaunchTemplateId.NotFound',
      `The specified launch template, with template ID ${id}, does not exist.`,
    );
  }
  const wanted = requireParameter(name, 'LaunchTemplateName');
  for (const record of state.launchTemplates.values()) if (record.name === wanted) return record;
  throw new AwsFault(
    'InvalidLaunchTemplateName.NotFoundException',
    `The specified launch template, with template name ${wanted}, does not exist.`,
  );
}

/**
 * One version of a template: a number, `$Default` or `$Latest`.
 *
 * @throws AwsFault `InvalidLaunchTemplateId.VersionNotFound`
 */
export function getLaunchTemplateVersion(
  state: AwsState,
  id: string | undefined,
  name: string | undefined,
  wanted: string,
): { record: LaunchTemplateRecord; version: LaunchTemplateVersion } {
  const record = getLaunchTemplate(state, id, name);
  const version = record.versions.get(resolveVersionNumber(record, wanted));
  if (version !== undefined) return { record, version };
  throw new AwsFault(
    'InvalidLaunchTemplateId.VersionNotFound',
    `Could not find the specified version ${wanted} for the launch template with ID ${record.templateId}.`,
  );
}

/** The number behind `$Default`, `$Latest` or digits. */
export function resolveVersionNumber(record: LaunchTemplateRecord, wanted: string): number {
  if (wanted === '$Default') return record.defaultVersion;
  if (wanted === '$Latest') return getLatestVersion(record);
  return Number(wanted);
}

/**
 * What a version of a launch template launches.
 *
 * @param instanceType what a mixed instances policy puts in the place of the template's own
 */
export function buildTemplateSpec(
  state: AwsState,
  version: LaunchTemplateVersion,
  instanceType: string | undefined,
): LaunchSpec {
  const data: ResponseLaunchTemplateData = version.LaunchTemplateData ?? {};
  const root = data.BlockDeviceMappings?.find((mapping) => mapping.Ebs !== undefined)?.Ebs;
  const tags = data.TagSpecifications?.find((entry) => entry.ResourceType === 'instance')?.Tags ?? [];
  return {
    image: findImage(state, data.ImageId),
    instanceType: instanceType ?? data.InstanceType ?? 'm1.small',
    keyName: data.KeyName,
    securityGroupIds: data.SecurityGroupIds ?? data.NetworkInterfaces?.[0]?.Groups ?? [],
    iamInstanceProfile: data.IamInstanceProfile?.Arn ?? data.IamInstanceProfile?.Name,
    userData: data.UserData,
    ebsOptimized: data.EbsOptimized ?? false,
    monitored: data.Monitoring?.Enabled ?? false,
    volume: { sizeGiB: root?.VolumeSize ?? 8, type: root?.VolumeType ?? 'gp2' },
    httpTokens: data.MetadataOptions?.HttpTokens ?? 'optional',
    tagsInMetadata: data.MetadataOptions?.InstanceMetadataTags === 'enabled',
    tags: new Map(tags.map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
  };
}
