import type {
  AutoScalingGroup,
  CreateAutoScalingGroupCommandInput,
  LaunchConfiguration,
  MixedInstancesPolicy,
} from '@aws-sdk/client-auto-scaling';
import type { LaunchTemplateVersion } from '@aws-sdk/client-ec2';
import type {
  GroupLaunchSource,
  InstanceTypeOverride,
  LaunchSource,
  LaunchTemplateRef,
  PreviousLaunchSource,
} from '../model/launch-source.js';
import type { LaunchTemplateUser } from '../model/observation.js';
import type { Clients } from './clients.js';
import { describeEveryGroup, describeGroupsByName, describeLaunchConfigurations } from './describe.js';
import { groupNotFound } from './errors.js';
import {
  formatVersionKey,
  getVersion,
  type LaunchTemplateSpecification,
  readTemplateVersion,
  readTemplateVersions,
} from './launch-template.js';

/** What a group launches from, and the image and instance type it launches today. */
export interface ResolvedLaunchSource {
  readonly launchSource: GroupLaunchSource;
  readonly imageId: string | undefined;
  readonly instanceType: string | undefined;
}

/** The launch sources that were read for one observation. */
interface LaunchSourceDescriptions {
  readonly configurations: readonly LaunchConfiguration[];
  /** By `formatVersionKey` of the group's launch template. */
  readonly versions: ReadonlyMap<string, LaunchTemplateVersion>;
}

/** An image given as a parameter of Systems Manager. */
const SSM_PARAMETER = /^resolve:ssm:/;

/** Reads what these groups launch from, and the launch configurations of `names` with it. */
export async function describeLaunchSources(
  clients: Clients,
  groups: readonly AutoScalingGroup[],
  names: readonly string[],
): Promise<LaunchSourceDescriptions> {
  const used = groups.map((group) => group.LaunchConfigurationName).filter((name) => name !== undefined);
  const [configurations, versions] = await Promise.all([
    describeLaunchConfigurations(clients, [...names, ...used]),
    readTemplateVersions(
      clients,
      groups.flatMap((group) => findTemplateSpecification(group) ?? []),
    ),
  ]);
  return { configurations, versions };
}

/** The launch template a group names, in its mixed instances policy or by itself. */
export function findTemplateSpecification(group: AutoScalingGroup): LaunchTemplateSpecification | undefined {
  return group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification ?? undefined;
}

export function resolveLaunchSource(group: AutoScalingGroup, sources: LaunchSourceDescriptions): ResolvedLaunchSource {
  const named = findTemplateSpecification(group);
  if (named !== undefined) return resolveFromTemplate(group, named, sources);
  const name = group.LaunchConfigurationName ?? '';
  const found = sources.configurations.find((each) => each.LaunchConfigurationName === name);
  return {
    launchSource: { kind: 'launch-configuration', name },
    imageId: found?.ImageId,
    instanceType: found?.InstanceType,
  };
}

function resolveFromTemplate(
  group: AutoScalingGroup,
  named: LaunchTemplateSpecification,
  sources: LaunchSourceDescriptions,
): ResolvedLaunchSource {
  const found = sources.versions.get(formatVersionKey(named));
  const data = found?.LaunchTemplateData;
  const image = data?.ImageId ?? '';
  const launchTemplate: LaunchTemplateRef = {
    kind: 'launch-template',
    id: named.LaunchTemplateId ?? found?.LaunchTemplateId ?? '',
    name: named.LaunchTemplateName ?? found?.LaunchTemplateName ?? named.LaunchTemplateId ?? '',
    version: getVersion(named),
    resolved: found?.VersionNumber,
    ...(SSM_PARAMETER.test(image) && { imageParameter: image }),
  };
  const overrides = listOverrides(group);
  const source = {
    imageId: image === '' || SSM_PARAMETER.test(image) ? undefined : image,
    instanceType: overrides[0]?.instanceType ?? data?.InstanceType,
  };
  if (!group.MixedInstancesPolicy) return { ...source, launchSource: launchTemplate };
  return { ...source, launchSource: { kind: 'mixed', launchTemplate, overrides } };
}

function listOverrides(group: AutoScalingGroup): InstanceTypeOverride[] {
  const overrides = group.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? [];
  return overrides.map(({ InstanceType, WeightedCapacity, LaunchTemplateSpecification: own, ImageId }) => ({
    instanceType: InstanceType,
    weight: WeightedCapacity,
    launches: own?.LaunchTemplateName ?? own?.LaunchTemplateId ?? ImageId,
  }));
}

/** The three fields that can name a group's launch source; exactly one is set. */
type LaunchSourceFields = Pick<
  CreateAutoScalingGroupCommandInput,
  'LaunchConfigurationName' | 'LaunchTemplate' | 'MixedInstancesPolicy'
>;

/** The fields that set a new launch source on a group or its copy; a mixed instances policy stays one. */
export function buildLaunchSourceFields(from: AutoScalingGroup, launchSource: LaunchSource): LaunchSourceFields {
  if (launchSource.kind === 'launch-configuration') return { LaunchConfigurationName: launchSource.name };
  // AWS describes a launch template by id and name, and accepts only one of the two.
  const LaunchTemplate = { LaunchTemplateId: launchSource.id, Version: launchSource.version };
  const policy = from.MixedInstancesPolicy;
  return policy ? { MixedInstancesPolicy: buildMixedInstancesPolicy(policy, LaunchTemplate) } : { LaunchTemplate };
}

function buildMixedInstancesPolicy(
  policy: MixedInstancesPolicy,
  LaunchTemplateSpecification: LaunchSourceFields['LaunchTemplate'],
): MixedInstancesPolicy {
  return { ...policy, LaunchTemplate: { ...policy.LaunchTemplate, LaunchTemplateSpecification } };
}

/** See `Cloud.setLaunchSource`. Writes the whole mixed instances policy, so that nothing depends on what AWS would keep. */
export async function setLaunchSource(clients: Clients, name: string, launchSource: LaunchSource): Promise<void> {
  const [group] = await describeGroupsByName(clients, [name]);
  if (group === undefined) throw groupNotFound(name, 'its launch source cannot be set');
  await clients.autoScaling.updateAutoScalingGroup({
    AutoScalingGroupName: name,
    ...buildLaunchSourceFields(group, launchSource),
  });
}

/** See `Cloud.readUserData`. */
export async function readUserData(clients: Clients, from: PreviousLaunchSource): Promise<string | undefined> {
  if (from.kind === 'launch-configuration') {
    const [found] = await describeLaunchConfigurations(clients, [from.name]);
    return found?.UserData;
  }
  const version = { LaunchTemplateId: from.id, Version: String(from.resolved) };
  return (await readTemplateVersion(clients, version))?.LaunchTemplateData?.UserData;
}

/** See `Cloud.listLaunchTemplateUsers`. The API has no filter for them, so this reads every group of the account. */
export async function readLaunchTemplateUsers(
  clients: Clients,
  launchTemplateId: string,
): Promise<LaunchTemplateUser[]> {
  const groups = await describeEveryGroup(clients);
  return groups.flatMap((group) => {
    const overrides = group.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? [];
    return [findTemplateSpecification(group), ...overrides.map((override) => override.LaunchTemplateSpecification)]
      .filter((named) => named?.LaunchTemplateId === launchTemplateId)
      .flatMap((named) => (named ? { group: group.AutoScalingGroupName ?? '', version: getVersion(named) } : []));
  });
}
