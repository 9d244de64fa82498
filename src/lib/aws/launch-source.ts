import {
  type AutoScalingGroup,
  type CreateAutoScalingGroupCommandInput,
  type LaunchConfiguration,
  type MixedInstancesPolicy,
  paginateDescribeAutoScalingGroups,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import type { LaunchTemplateVersion } from '@aws-sdk/client-ec2';
import { RollError } from '../model/errors.js';
import type { LaunchFrom, Override, Template, TemplateUse } from '../model/launch-source.js';
import type { Sharer } from '../model/observation.js';
import { EXIT } from '../model/outcome.js';
import type { Clients } from './clients.js';
import { groupsNamed, launchConfigurationsNamed } from './cluster-reader.js';
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

/** The three ways a request can say what a group launches; exactly one is given. */
export type LaunchFields = Pick<
  CreateAutoScalingGroupCommandInput,
  'LaunchConfigurationName' | 'LaunchTemplate' | 'MixedInstancesPolicy'
>;

/** What makes a group, or a copy of it, launch from something else; a mixed instances policy stays one. */
export function launchFieldsLike(from: AutoScalingGroup, template: LaunchFrom): LaunchFields {
  if (template.kind === 'launch-configuration') return { LaunchConfigurationName: template.name };
  // AWS describes a template by id and name, and accepts only one of the two.
  const LaunchTemplate = { LaunchTemplateId: template.id, Version: template.version };
  const policy = from.MixedInstancesPolicy;
  return policy ? { MixedInstancesPolicy: policyLike(policy, LaunchTemplate) } : { LaunchTemplate };
}

function policyLike(
  policy: MixedInstancesPolicy,
  LaunchTemplateSpecification: LaunchFields['LaunchTemplate'],
): MixedInstancesPolicy {
  return { ...policy, LaunchTemplate: { ...policy.LaunchTemplate, LaunchTemplateSpecification } };
}

/** See `Cloud.setTemplate`. The whole of a policy is written, so that nothing depends on what AWS keeps of it. */
export async function setTemplate(clients: Clients, name: string, template: LaunchFrom): Promise<void> {
  const [group] = await groupsNamed(clients, [name]);
  if (group === undefined) throw missing(name);
  await clients.autoScaling.send(
    new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, ...launchFieldsLike(group, template) }),
  );
}

function missing(name: string): RollError {
  return new RollError({
    code: 'group-not-found',
    message: `The group ${name} does not exist, so it cannot be told what to launch.`,
    exitCode: EXIT.refused,
    next: 'Check the name with: aws autoscaling describe-auto-scaling-groups',
  });
}

const PAGE_SIZE = 100;

/** See `Cloud.sharers`. No filter of the API finds them, so every group of the account is looked at. */
export async function readSharers(clients: Clients, launchTemplateId: string): Promise<Sharer[]> {
  const sharers: Sharer[] = [];
  const pages = paginateDescribeAutoScalingGroups(
    { client: clients.autoScaling, pageSize: PAGE_SIZE },
    { IncludeInstances: false },
  );
  for await (const page of pages) {
    for (const group of page.AutoScalingGroups ?? []) {
      const overrides = group.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? [];
      const named: readonly (TemplateSpecification | undefined)[] = [
        specificationOf(group),
        ...overrides.map((override) => override.LaunchTemplateSpecification),
      ];
      const own = named.filter((each) => each?.LaunchTemplateId === launchTemplateId);
      for (const each of own) {
        if (each) sharers.push({ group: group.AutoScalingGroupName ?? '', version: versionOf(each) });
      }
    }
  }
  return sharers;
}
