import type { LaunchConfiguration, LaunchTemplateSpecification } from '@aws-sdk/client-auto-scaling';
import { findImage } from '../ec2/image.js';
import { buildTemplateSpec, getLaunchTemplateVersion } from '../ec2/launch-template.js';
import { AwsFault, validationFault } from '../fault.js';
import type { GroupFields, LaunchSpec, Member } from '../records.js';
import type { AwsState } from '../state.js';

/** What a group launches from: exactly one of its three ways to say it. */
export type GroupLaunchSource = Pick<
  GroupFields,
  'LaunchConfigurationName' | 'LaunchTemplate' | 'MixedInstancesPolicy'
>;

/** What an instance remembers of where it came from. */
export type Provenance = Pick<Member, 'launchConfigurationName' | 'launchTemplate'>;

/**
 * Checks a launch source when a group is created or changed.
 *
 * @throws AwsFault `ValidationError` for none, for several, or for one that does not exist
 */
export function checkLaunchSource(state: AwsState, source: GroupLaunchSource): void {
  const given = [source.LaunchConfigurationName, source.LaunchTemplate, source.MixedInstancesPolicy];
  if (given.filter((way) => way !== undefined).length !== 1) {
    throw validationFault(
      'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
    );
  }
  const name = source.LaunchConfigurationName;
  if (name !== undefined && !state.launchConfigurations.has(name)) {
    throw validationFault(`Launch configuration name not found - Launch configuration ${name} not found`);
  }
  const template = findLaunchTemplate(source);
  if (template !== undefined) launchTemplate(state, template);
}

/** The source as AWS describes it: a launch template by id and name, with a version. */
export function toLaunchSourceOutput(state: AwsState, source: GroupLaunchSource): Partial<GroupLaunchSource> {
  const template = findLaunchTemplate(source);
  if (template === undefined) return {};
  const { record } = launchTemplate(state, template);
  const named = {
    LaunchTemplateId: record.templateId,
    LaunchTemplateName: record.name,
    Version: template.Version ?? '$Default',
  };
  const policy = source.MixedInstancesPolicy;
  if (policy === undefined) return { LaunchTemplate: named };
  const LaunchTemplate = { ...policy.LaunchTemplate, LaunchTemplateSpecification: named };
  return { MixedInstancesPolicy: { ...policy, LaunchTemplate } };
}

/** The launch template of a group that has one, in its mixed instances policy or by itself. */
export function findLaunchTemplate(source: GroupLaunchSource): LaunchTemplateSpecification | undefined {
  return source.LaunchTemplate ?? source.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
}

/**
 * What the group launches now, and what its instances will remember of it.
 *
 * @throws AwsFault when the image, or anything else named there, does not exist
 */
export function resolveLaunch(state: AwsState, source: GroupLaunchSource): { spec: LaunchSpec; from: Provenance } {
  const name = source.LaunchConfigurationName;
  const configuration = name === undefined ? undefined : state.launchConfigurations.get(name);
  if (configuration !== undefined) {
    return {
      spec: configurationSpec(state, configuration),
      from: { launchConfigurationName: configuration.LaunchConfigurationName, launchTemplate: undefined },
    };
  }
  const template = findLaunchTemplate(source);
  if (template === undefined) throw validationFault('Launch configuration not found');
  const { record, version } = launchTemplate(state, template);
  const overridden = source.MixedInstancesPolicy?.LaunchTemplate?.Overrides?.[0]?.InstanceType;
  return {
    spec: buildTemplateSpec(state, version, overridden),
    from: {
      launchConfigurationName: undefined,
      launchTemplate: {
        LaunchTemplateId: record.templateId,
        LaunchTemplateName: record.name,
        Version: String(version.VersionNumber),
      },
    },
  };
}

function launchTemplate(state: AwsState, wanted: LaunchTemplateSpecification) {
  try {
    return getLaunchTemplateVersion(
      state,
      wanted.LaunchTemplateId,
      wanted.LaunchTemplateName,
      wanted.Version ?? '$Default',
    );
  } catch (error) {
    if (error instanceof AwsFault)
      throw validationFault(`You must use a valid fully-formed launch template. ${error.message}`);
    throw error;
  }
}

function configurationSpec(state: AwsState, configuration: LaunchConfiguration): LaunchSpec {
  const root = configuration.BlockDeviceMappings?.find((mapping) => mapping.Ebs !== undefined)?.Ebs;
  return {
    image: findImage(state, configuration.ImageId),
    instanceType: configuration.InstanceType ?? 'm1.small',
    keyName: configuration.KeyName || undefined,
    securityGroupIds: configuration.SecurityGroups ?? [],
    iamInstanceProfile: configuration.IamInstanceProfile,
    userData: configuration.UserData || undefined,
    ebsOptimized: configuration.EbsOptimized ?? false,
    monitored: configuration.InstanceMonitoring?.Enabled ?? true,
    volume: { sizeGiB: root?.VolumeSize ?? 8, type: root?.VolumeType ?? 'gp2' },
    httpTokens: configuration.MetadataOptions?.HttpTokens ?? 'optional',
    tagsInMetadata: false,
    tags: new Map(),
  };
}
