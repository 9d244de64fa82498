import type { AutoScalingGroup, LaunchConfiguration } from '@aws-sdk/client-auto-scaling';
import type { LaunchTemplateVersion } from '@aws-sdk/client-ec2';
import type { Override, Template, TemplateUse } from '../model/template.js';
import type { Clients } from './clients.js';
import { launchConfigurationsNamed } from './describe.js';
import { readVersions, type TemplateSpecification, versionKey, versionOf } from './launch-template.js';

/** What a group launches from, and the image and instance type that gives today. */
export interface LaunchSource {
  readonly template: Template;
  readonly imageId: string | undefined;
  readonly instanceType: string | undefined;
}

/** Everything groups can launch from, as read for one look. */
export interface LaunchSources {
  readonly configurations: readonly LaunchConfiguration[];
  /** By `versionKey` of the group's launch template. */
  readonly versions: ReadonlyMap<string, LaunchTemplateVersion>;
}

/** What an image is given as where it is the value of a parameter. */
const PARAMETER = /^resolve:ssm:/;

/** Reads what these groups launch from, and the launch configurations of `names` with it. */
export async function readLaunchSources(
  clients: Clients,
  groups: readonly AutoScalingGroup[],
  names: readonly string[],
): Promise<LaunchSources> {
  const used = groups.map((group) => group.LaunchConfigurationName).filter((name) => name !== undefined);
  const [configurations, versions] = await Promise.all([
    launchConfigurationsNamed(clients, [...names, ...used]),
    readVersions(
      clients,
      groups.flatMap((group) => specificationOf(group) ?? []),
    ),
  ]);
  return { configurations, versions };
}

/** The launch template a group names, in its mixed instances policy or by itself. */
export function specificationOf(group: AutoScalingGroup): TemplateSpecification | undefined {
  return (
    group.LaunchTemplate ??
    group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification ??
    undefined
  );
}

export function launchSourceOf(group: AutoScalingGroup, sources: LaunchSources): LaunchSource {
  const named = specificationOf(group);
  if (named !== undefined) return fromTemplate(group, named, sources);
  const name = group.LaunchConfigurationName ?? '';
  const found = sources.configurations.find((each) => each.LaunchConfigurationName === name);
  return {
    template: { kind: 'launch-configuration', name },
    imageId: found?.ImageId,
    instanceType: found?.InstanceType,
  };
}

function fromTemplate(
  group: AutoScalingGroup,
  named: TemplateSpecification,
  sources: LaunchSources,
): LaunchSource {
  const found = sources.versions.get(versionKey(named));
  const data = found?.LaunchTemplateData;
  const image = data?.ImageId ?? '';
  const launchTemplate: TemplateUse = {
    kind: 'launch-template',
    id: named.LaunchTemplateId ?? found?.LaunchTemplateId ?? '',
    name: named.LaunchTemplateName ?? found?.LaunchTemplateName ?? named.LaunchTemplateId ?? '',
    version: versionOf(named),
    resolved: found?.VersionNumber,
    ...(PARAMETER.test(image) && { imageParameter: image }),
  };
  const overrides = overridesOf(group);
  const source = {
    imageId: image === '' || PARAMETER.test(image) ? undefined : image,
    instanceType: overrides[0]?.instanceType ?? data?.InstanceType,
  };
  if (!group.MixedInstancesPolicy) return { ...source, template: launchTemplate };
  return { ...source, template: { kind: 'mixed', launchTemplate, overrides } };
}

function overridesOf(group: AutoScalingGroup): Override[] {
  const overrides = group.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? [];
  return overrides.map(({ InstanceType, WeightedCapacity, LaunchTemplateSpecification: own, ImageId }) => ({
    instanceType: InstanceType,
    weight: WeightedCapacity,
    launches: own?.LaunchTemplateName ?? own?.LaunchTemplateId ?? ImageId,
  }));
}
