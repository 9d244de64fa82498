import type { LaunchConfiguration } from '@aws-sdk/client-auto-scaling';
import { templateDataLike } from '../../src/lib/aws/convert-launch-source.js';
import type { GroupRecord } from '../../src/sandbox/aws/autoscaling/group.js';
import { templateOf } from '../../src/sandbox/aws/autoscaling/launch-source.js';
import { type TemplateRecord, versionNumber } from '../../src/sandbox/aws/ec2/launch-template.js';
import type { Cluster } from '../../src/sandbox/aws/seed-cluster.js';
import type { WorldState } from '../../src/sandbox/aws/state.js';
import type { World } from '../../src/sandbox/aws/world.js';
import type { Chance } from './chance.js';
import { textOfFields } from './text.js';

/** How the cluster's group says what it launches; undefined for a launch configuration. */
export interface Launches {
  readonly version: '2' | '$Latest' | '$Default';
  /** In a mixed instances policy. */
  readonly mixed: boolean;
}

export function launchesOf(chance: Chance): Launches | undefined {
  if (chance.happens(0.6)) return undefined;
  return { version: chance.pick(['2', '$Latest', '$Default']), mixed: chance.happens(0.25) };
}

const DISKS = { newRoot: undefined, oldSnapshots: {} };

/** Puts the cluster's group on a launch template of two versions that says what its launch configuration said. */
export function putOnTemplate(world: World, cluster: Cluster, { version, mixed }: Launches): void {
  const { launchConfigurationName: name, groupName } = cluster;
  const original = world.inside.launchConfigurations.get(name);
  if (original === undefined) throw new Error('the cluster has a launch configuration');
  const change = { imageId: original.ImageId ?? '', disks: DISKS };
  const LaunchTemplateData = templateDataLike(original, change);
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
export function imageLaunched(state: WorldState, { fields }: GroupRecord): string | undefined {
  const named = templateOf(fields);
  if (named === undefined)
    return state.launchConfigurations.get(fields.LaunchConfigurationName ?? '')?.ImageId;
  const record = state.templates.get(named.LaunchTemplateId ?? '');
  return record?.versions.get(versionNumber(record, named.Version ?? '$Default'))?.LaunchTemplateData
    ?.ImageId;
}

/**
 * What a group says it launches, and the template it says it of, each as a text that is equal when they are. Numbers
 * of versions are told as the how-manieth they are: EC2 never gives one twice.
 *
 * @param rolledTo for how they shall be after a roll onto that image
 */
export function launchTexts(
  state: WorldState,
  { fields }: GroupRecord,
  rolledTo?: string,
): { readonly says: string; readonly template: string | undefined } {
  const named = templateOf(fields);
  const record = state.templates.get(named?.LaunchTemplateId ?? '');
  if (named === undefined || record === undefined) {
    const found = state.launchConfigurations.get(fields.LaunchConfigurationName ?? '');
    return { says: 'a launch configuration', template: found && textOfConfiguration(found, rolledTo) };
  }
  const version = named.Version ?? '$Default';
  const numbers = [...record.versions.keys()];
  const added = rolledTo === undefined ? [] : [Math.max(...numbers) + 1];
  const all = [...numbers, ...added];
  const wanted = version.startsWith('$') ? version : `#${all.indexOf(added[0] ?? Number(version))}`;
  const moved = version === '$Default' ? added[0] : undefined;
  const images = [...imagesOf(record), ...(rolledTo === undefined ? [] : [rolledTo])];
  const { LaunchTemplateSpecification: _, ...rest } = fields.MixedInstancesPolicy?.LaunchTemplate ?? {};
  return {
    says: JSON.stringify([record.name, wanted, fields.MixedInstancesPolicy !== undefined, rest]),
    template: JSON.stringify([images, all.indexOf(moved ?? record.defaultVersion), bareDataOf(record)]),
  };
}

function imagesOf({ versions }: TemplateRecord): (string | undefined)[] {
  return [...versions.values()].map(({ LaunchTemplateData }) => LaunchTemplateData?.ImageId);
}

/** What every version says but for the image, once where they say the same. */
function bareDataOf({ versions }: TemplateRecord): string[] {
  const texts = [...versions.values()].map(({ LaunchTemplateData }) =>
    textOfFields({ ...LaunchTemplateData, ImageId: '' }),
  );
  return [...new Set(texts)];
}

function textOfConfiguration(template: LaunchConfiguration, rolledTo: string | undefined): string {
  const {
    LaunchConfigurationName: _name,
    LaunchConfigurationARN: _arn,
    CreatedTime: _time,
    ...rest
  } = template;
  return textOfFields({ ...rest, ImageId: rolledTo ?? template.ImageId });
}
