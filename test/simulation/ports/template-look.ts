import type { LaunchSource } from '../../../src/lib/aws/launch-source.js';
import type { SeenTemplate, TemplateUse } from '../../../src/lib/model/launch-source.js';
import type { SoughtTemplate } from '../../../src/lib/ports.js';
import type { GroupRecord } from '../../../src/sandbox/aws/autoscaling/group.js';
import { templateOf } from '../../../src/sandbox/aws/autoscaling/launch-source.js';
import { latestVersion, versionNumber } from '../../../src/sandbox/aws/ec2/launch-template.js';
import type { WorldState } from '../../../src/sandbox/aws/state.js';

/** What a group launches from, in the words of a roll. */
export function sourceOf(state: WorldState, { fields }: GroupRecord): LaunchSource {
  const named = templateOf(fields);
  if (named === undefined) {
    const name = fields.LaunchConfigurationName ?? '';
    const found = state.launchConfigurations.get(name);
    return {
      template: { kind: 'launch-configuration', name },
      imageId: found?.ImageId,
      instanceType: found?.InstanceType,
    };
  }
  const record = state.templates.get(named.LaunchTemplateId ?? '');
  const version = named.Version ?? '$Default';
  const found = record?.versions.get(versionNumber(record, version));
  const use: TemplateUse = {
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
    template: fields.MixedInstancesPolicy ? { kind: 'mixed', launchTemplate: use, overrides: mixed } : use,
    imageId: found?.LaunchTemplateData?.ImageId,
    instanceType: mixed[0]?.instanceType ?? found?.LaunchTemplateData?.InstanceType,
  };
}

/** The launch template of a roll as it is now. */
export function templateSeen(
  state: WorldState,
  sought: SoughtTemplate | undefined,
): SeenTemplate | undefined {
  if (sought === undefined) return undefined;
  const record =
    sought.id === undefined
      ? [...state.templates.values()].find(({ name }) => name === sought.name)
      : state.templates.get(sought.id);
  if (record === undefined) return undefined;
  const own = [...record.versions.values()].find(
    ({ VersionDescription, VersionNumber = 0 }) =>
      VersionDescription === sought.mark && VersionNumber > sought.after,
  );
  const { templateId: id, name, defaultVersion } = record;
  return { id, name, defaultVersion, latestVersion: latestVersion(record), own: own?.VersionNumber };
}
