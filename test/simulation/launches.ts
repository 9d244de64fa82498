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

/** How the cluster's group refers to its launch template; undefined for a launch configuration. */
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

/** Moves the cluster's group onto a launch template with two versions, made from its launch configuration. */
export function useLaunchTemplate(
  aws: SandboxAws,
  cluster: SeededCluster,
  { version, mixed }: LaunchTemplateUse,
): void {
  const { launchConfigurationName: name, groupName } = cluster;
  const original = aws.inside.launchConfigurations.get(name);
  if (original === undefined) throw new Error('the cluster has a launch configuration');
  const change = { imageId: original.ImageId ?? '', disks: NO_IMAGE_DISKS };
  const LaunchTemplateData = convertToTemplateData(original, change);
  aws.call('ec2', 'CreateLaunchTemplate', { LaunchTemplateName: name, LaunchTemplateData });
  const again = { LaunchTemplateName: name, SourceVersion: '1', LaunchTemplateData: {} };
  aws.call('ec2', 'CreateLaunchTemplateVersion', again);
  const LaunchTemplate = { LaunchTemplateName: name, Version: version };
  const Overrides = [{ InstanceType: original.InstanceType }];
  const policy = { LaunchTemplate: { LaunchTemplateSpecification: LaunchTemplate, Overrides } };
  aws.call('autoscaling', 'UpdateAutoScalingGroup', {
    AutoScalingGroupName: groupName,
    ...(mixed ? { MixedInstancesPolicy: policy } : { LaunchTemplate }),
  });
  aws.call('autoscaling', 'DeleteLaunchConfiguration', { LaunchConfigurationName: name });
}

/** The image that a group launches now; undefined if it launches none. */
export function findLaunchedImage(state: AwsState, { fields }: GroupRecord): string | undefined {
  const named = findLaunchTemplate(fields);
  if (named === undefined) return state.launchConfigurations.get(fields.LaunchConfigurationName ?? '')?.ImageId;
  const record = state.launchTemplates.get(named.LaunchTemplateId ?? '');
  return record?.versions.get(resolveVersionNumber(record, named.Version ?? '$Default'))?.LaunchTemplateData?.ImageId;
}

/**
 * What a group launches from and the definition of that, each as a text for comparison. Versions are given by their
 * position in the list: EC2 never reuses a number.
 *
 * @param rolledTo image id: describes both as they must be after a roll onto that image
 */
export function formatLaunchSource(
  state: AwsState,
  { fields }: GroupRecord,
  rolledTo?: string,
): { readonly usage: string; readonly definition: string | undefined } {
  const named = findLaunchTemplate(fields);
  const record = state.launchTemplates.get(named?.LaunchTemplateId ?? '');
  if (named === undefined || record === undefined) {
    const found = state.launchConfigurations.get(fields.LaunchConfigurationName ?? '');
    return { usage: 'a launch configuration', definition: found && formatLaunchConfiguration(found, rolledTo) };
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
    usage: JSON.stringify([record.name, wanted, fields.MixedInstancesPolicy !== undefined, rest]),
    definition: JSON.stringify([images, all.indexOf(moved ?? record.defaultVersion), listVersionData(record)]),
  };
}

function listVersionImages({ versions }: LaunchTemplateRecord): (string | undefined)[] {
  return [...versions.values()].map(({ LaunchTemplateData }) => LaunchTemplateData?.ImageId);
}

/** The settings of every version except the image; equal ones are listed once. */
function listVersionData({ versions }: LaunchTemplateRecord): string[] {
  const texts = [...versions.values()].map(({ LaunchTemplateData }) =>
    formatFields({ ...LaunchTemplateData, ImageId: '' }),
  );
  return [...new Set(texts)];
}

function formatLaunchConfiguration(original: LaunchConfiguration, rolledTo: string | undefined): string {
  const { LaunchConfigurationName: _name, LaunchConfigurationARN: _arn, CreatedTime: _time, ...rest } = original;
  return formatFields({ ...rest, ImageId: rolledTo ?? original.ImageId });
}
