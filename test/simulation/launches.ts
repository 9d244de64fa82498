import type { LaunchConfiguration } from '@aws-sdk/client-auto-scaling';
import { convertToTemplateData } from '../../src/lib/aws/convert-launch-source.js';
import { findLaunchTemplate } from '../../src/sandbox/aws/autoscaling/launch-source.js';
import { resolveVersionNumber } from '../../src/sandbox/aws/ec2/launch-template.js';
import type { GroupRecord, LaunchTemplateRecord } from '../../src/sandbox/aws/records.js';
import type { SandboxAws } from '../../src/sandbox/aws/sandbox-aws.js';
import type { SeededCluster } from '../../src/sandbox/aws/seed-cluster.js';
import type { AwsState } from '../../src/sandbox/aws/state.js';
import type { Chance } from './chance.js';
import { formatFields } from './format-fields.js';

/** How the cluster's group says what it launches; undefined for a launch configuration. */
export interface LaunchTemplateUse {
  readonly version: '2' | '$Latest' | '$Default';
  /** In a mixed instances policy. */
  readonly mixed: boolean;
}

export function drawLaunchTemplateUse(chance: Chance): LaunchTemplateUse | undefined {
  if (chance.happens(0.6)) return undefined;
  return { version: chance.pick(['2', '$Latest', '$Default']), mixed: chance.happens(0.25) };
}

const NO_IMAGE_DISKS = { newRoot: undefined, oldSnapshots: {} };

/** Puts the cluster's group on a launch template of two versions that says what its launch configuration said. */
export function useLaunchTemplate(
  world: SandboxAws,
  cluster: SeededCluster,
  { version, mixed }: LaunchTemplateUse,
): void {
  const { launchConfigurationName: name, groupName } = cluster;
  const original = world.inside.launchConfigurations.get(name);
  if (original === undefined) throw new Error('the cluster has a launch configuration');
  const change = { imageId: original.ImageId ?? '', disks: NO_IMAGE_DISKS };
  const LaunchTemplateData = convertToTemplateData(original, change);
  world.call('ec2', 'CreateLaunchTemplate', { LaunchTemplateName: name, LaunchTemplateData });
  const again = { LaunchTemplateName: name, SourceVersion: '1', LaunchTemplateData: {} };
  world.call('ec2', 'CreateLaunchTemplateVersion', again);
  const LaunchTemplate = { LaunchTemplateName: name, Version: version };
  const Overrides = [{ InstanceType: original.InstanceType }];
  const policy = { LaunchTemplate: { LaunchTemplateSpecification: LaunchTemplate, Overrides } };
  world.call('autoscaling', 'UpdateAutoScalingGroup', {
    AutoScalingGroupName: groupName,
    ...(mixed ? { MixedInstancesPolicy: policy } : { LaunchTemplate }),
  });
  world.call('autoscaling', 'DeleteLaunchConfiguration', { LaunchConfigurationName: name });
}

/** The image that a group launches now; undefined where that is nothing. */
export function findLaunchedImage(state: AwsState, { fields }: GroupRecord): string | undefined {
  const named = findLaunchTemplate(fields);
  if (named === undefined) return state.launchConfigurations.get(fields.LaunchConfigurationName ?? '')?.ImageId;
  const record = state.launchTemplates.get(named.LaunchTemplateId ?? '');
  return record?.versions.get(resolveVersionNumber(record, named.Version ?? '$Default'))?.LaunchTemplateData?.ImageId;
}

/**
 * What a group says it launches, and the template it says it of, each as a text that is equal when they are. Numbers
 * of versions are told as the how-manieth they are: EC2 never gives one twice.
 *
 * @param rolledTo for how they shall be after a roll onto that image
 */
export function formatLaunchSource(
  state: AwsState,
  { fields }: GroupRecord,
  rolledTo?: string,
): { readonly says: string; readonly template: string | undefined } {
  const named = findLaunchTemplate(fields);
  const record = state.launchTemplates.get(named?.LaunchTemplateId ?? '');
  if (named === undefined || record === undefined) {
    const found = state.launchConfigurations.get(fields.LaunchConfigurationName ?? '');
    return { says: 'a launch configuration', template: found && formatLaunchConfiguration(found, rolledTo) };
  }
  const version = named.Version ?? '$Default';
  const numbers = [...record.versions.keys()];
  const added = rolledTo === undefined ? [] : [Math.max(...numbers) + 1];
  const all = [...numbers, ...added];
  const wanted = version.startsWith('$') ? version : `#${all.indexOf(added[0] ?? Number(version))}`;
  const moved = version === '$Default' ? added[0] : undefined;
  const images = [...listVersionImages(record), ...(rolledTo === undefined ? [] : [rolledTo])];
  const { LaunchTemplateSpecification: _, ...rest } = fields.MixedInstancesPolicy?.LaunchTemplate ?? {};
  return {
    says: JSON.stringify([record.name, wanted, fields.MixedInstancesPolicy !== undefined, rest]),
    template: JSON.stringify([images, all.indexOf(moved ?? record.defaultVersion), listVersionData(record)]),
  };
}

function listVersionImages({ versions }: LaunchTemplateRecord): (string | undefined)[] {
  return [...versions.values()].map(({ LaunchTemplateData }) => LaunchTemplateData?.ImageId);
}

/** What every version says but for the image, once where they say the same. */
function listVersionData({ versions }: LaunchTemplateRecord): string[] {
  const texts = [...versions.values()].map(({ LaunchTemplateData }) =>
    formatFields({ ...LaunchTemplateData, ImageId: '' }),
  );
  return [...new Set(texts)];
}

function formatLaunchConfiguration(template: LaunchConfiguration, rolledTo: string | undefined): string {
  const { LaunchConfigurationName: _name, LaunchConfigurationARN: _arn, CreatedTime: _time, ...rest } = template;
  return formatFields({ ...rest, ImageId: rolledTo ?? template.ImageId });
}
