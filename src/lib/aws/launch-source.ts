import type { AutoScalingGroup, LaunchConfiguration } from '@aws-sdk/client-auto-scaling';
import { DescribeLaunchTemplateVersionsCommand, type LaunchTemplateVersion } from '@aws-sdk/client-ec2';
import type { Template } from '../model/group.js';
import type { Clients } from './clients.js';
import { launchConfigurationsNamed } from './describe.js';

/** What a group launches from, and the image and instance type that gives today. */
export interface LaunchSource {
  readonly template: Template;
  readonly imageId: string | undefined;
  readonly instanceType: string | undefined;
}

/** Everything groups can launch from, as read for one look. */
export interface LaunchSources {
  readonly configurations: readonly LaunchConfiguration[];
  /** By `sourceKey` of the group's launch template. */
  readonly versions: ReadonlyMap<string, LaunchTemplateVersion>;
}

/** Reads what these groups launch from, and the launch configurations of `names` with it. */
export async function readLaunchSources(
  clients: Clients,
  groups: readonly AutoScalingGroup[],
  names: readonly string[],
): Promise<LaunchSources> {
  const used = groups.map((group) => group.LaunchConfigurationName).filter((name) => name !== undefined);
  const [configurations, versions] = await Promise.all([
    launchConfigurationsNamed(clients, [...names, ...used]),
    readVersions(clients, groups),
  ]);
  return { configurations, versions };
}

export function launchSourceOf(group: AutoScalingGroup, sources: LaunchSources): LaunchSource {
  if (group.MixedInstancesPolicy) {
    return { template: { kind: 'mixed' }, imageId: undefined, instanceType: undefined };
  }
  if (group.LaunchTemplate) return fromTemplate(group.LaunchTemplate, sources);
  const name = group.LaunchConfigurationName ?? '';
  const found = sources.configurations.find((each) => each.LaunchConfigurationName === name);
  return {
    template: { kind: 'launch-configuration', name },
    imageId: found?.ImageId,
    instanceType: found?.InstanceType,
  };
}

type TemplateSpecification = NonNullable<AutoScalingGroup['LaunchTemplate']>;

/** `$Latest` and `$Default` are answered with the number they stand for today. */
function fromTemplate(named: TemplateSpecification, sources: LaunchSources): LaunchSource {
  const found = sources.versions.get(sourceKey(named));
  const data = found?.LaunchTemplateData;
  const name = named.LaunchTemplateName ?? found?.LaunchTemplateName ?? named.LaunchTemplateId ?? '';
  const version = found?.VersionNumber === undefined ? versionOf(named) : String(found.VersionNumber);
  return {
    template: { kind: 'launch-template', name, version },
    imageId: data?.ImageId,
    instanceType: data?.InstanceType,
  };
}

async function readVersions(
  clients: Clients,
  groups: readonly AutoScalingGroup[],
): Promise<Map<string, LaunchTemplateVersion>> {
  const versions = new Map<string, LaunchTemplateVersion>();
  const named = new Map<string, TemplateSpecification>();
  for (const { LaunchTemplate } of groups) {
    if (LaunchTemplate) named.set(sourceKey(LaunchTemplate), LaunchTemplate);
  }
  await Promise.all(
    [...named].map(async ([key, specification]) => {
      const version = await readVersion(clients, specification);
      if (version) versions.set(key, version);
    }),
  );
  return versions;
}

async function readVersion(
  clients: Clients,
  named: TemplateSpecification,
): Promise<LaunchTemplateVersion | undefined> {
  const which = named.LaunchTemplateId
    ? { LaunchTemplateId: named.LaunchTemplateId }
    : { LaunchTemplateName: named.LaunchTemplateName };
  const answer = await clients.ec2.send(
    // ResolveAlias: an image given as a Systems Manager parameter is answered as the image it stands for.
    new DescribeLaunchTemplateVersionsCommand({ ...which, Versions: [versionOf(named)], ResolveAlias: true }),
  );
  return answer.LaunchTemplateVersions?.[0];
}

function sourceKey(named: TemplateSpecification): string {
  return `${named.LaunchTemplateId ?? named.LaunchTemplateName} ${versionOf(named)}`;
}

function versionOf(named: TemplateSpecification): string {
  return named.Version ?? '$Default';
}
