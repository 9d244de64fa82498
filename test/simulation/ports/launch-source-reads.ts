import type { ResolvedLaunchSource } from '../../../src/lib/aws/launch-source.js';
import type { LaunchTemplateRef, LaunchTemplateState } from '../../../src/lib/model/launch-source.js';
import type { LaunchTemplateQuery } from '../../../src/lib/ports.js';
import { findLaunchTemplate } from '../../../src/sandbox/aws/autoscaling/launch-source.js';
import { getLatestVersion, resolveVersionNumber } from '../../../src/sandbox/aws/ec2/launch-template.js';
import type { GroupRecord } from '../../../src/sandbox/aws/records.js';
import type { AwsState } from '../../../src/sandbox/aws/state.js';

/** What a group launches from, as the engine's ports describe it. */
export function resolveLaunchSource(state: AwsState, { fields }: GroupRecord): ResolvedLaunchSource {
  const named = findLaunchTemplate(fields);
  if (named === undefined) {
    const name = fields.LaunchConfigurationName ?? '';
    const found = state.launchConfigurations.get(name);
    return {
      launchSource: { kind: 'launch-configuration', name },
      imageId: found?.ImageId,
      instanceType: found?.InstanceType,
    };
  }
  const record = state.launchTemplates.get(named.LaunchTemplateId ?? '');
  const version = named.Version ?? '$Default';
  const found = record?.versions.get(resolveVersionNumber(record, version));
  const launchTemplate: LaunchTemplateRef = {
    kind: 'launch-template',
    id: named.LaunchTemplateId ?? '',
    name: record?.name ?? '',
    version,
    resolved: found?.VersionNumber,
  };
  const overrides = fields.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? [];
  const mixed = overrides.map(({ InstanceType, WeightedCapacity }) => ({
    instanceType: InstanceType,
    weight: WeightedCapacity,
    launches: undefined,
  }));
  return {
    launchSource: fields.MixedInstancesPolicy
      ? { kind: 'mixed', launchTemplate: launchTemplate, overrides: mixed }
      : launchTemplate,
    imageId: found?.LaunchTemplateData?.ImageId,
    instanceType: mixed[0]?.instanceType ?? found?.LaunchTemplateData?.InstanceType,
  };
}

/** The current state of the launch template of a roll. */
export function readLaunchTemplateState(
  state: AwsState,
  query: LaunchTemplateQuery | undefined,
): LaunchTemplateState | undefined {
  if (query === undefined) return undefined;
  const record =
    query.id === undefined
      ? [...state.launchTemplates.values()].find(({ name }) => name === query.name)
      : state.launchTemplates.get(query.id);
  if (record === undefined) return undefined;
  const own = [...record.versions.values()].find(
    ({ VersionDescription, VersionNumber = 0 }) =>
      VersionDescription === query.description && VersionNumber > query.afterVersion,
  );
  const { templateId: id, name, defaultVersion } = record;
  return { id, name, defaultVersion, latestVersion: getLatestVersion(record), rollVersion: own?.VersionNumber };
}
