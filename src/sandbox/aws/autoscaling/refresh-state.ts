import type { GroupRecord, RefreshRecord } from '../records.js';
import type { GroupLaunchSource } from './launch-source.js';

/** In these states an instance refresh may still replace instances. */
const ACTIVE: readonly (string | undefined)[] = ['Pending', 'InProgress', 'Cancelling', 'RollbackInProgress'];

/** The instance refresh of the group that has not ended. */
export function findActiveRefresh(group: GroupRecord): RefreshRecord | undefined {
  return group.refreshes.find(({ described }) => ACTIVE.includes(described.Status));
}

/** What the group launches now: what an instance refresh is to bring, while it goes forward. */
export function getLaunchSource(group: GroupRecord): GroupLaunchSource {
  const active = findActiveRefresh(group)?.described;
  const desired = active?.Status === 'RollbackInProgress' ? undefined : active?.DesiredConfiguration;
  return desired === undefined ? group.fields : toLaunchSource(desired);
}

/** The launch source that a desired configuration stands for. */
export function toLaunchSource({ LaunchTemplate, MixedInstancesPolicy }: GroupLaunchSource): GroupLaunchSource {
  return { LaunchConfigurationName: undefined, LaunchTemplate, MixedInstancesPolicy };
}

/** Whether each instance is in service, or taken out of it on purpose, and none is missing. */
export function isGroupSettled(group: GroupRecord): boolean {
  const members = [...group.members.values()];
  const inService = members.filter(({ lifecycle }) => lifecycle === 'InService').length;
  return (
    inService === group.desired &&
    members.every(({ lifecycle }) => lifecycle === 'InService' || lifecycle === 'Standby')
  );
}
