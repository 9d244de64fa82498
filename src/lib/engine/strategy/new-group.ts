import { decideAction } from '../../model/decision.js';
import { buildPreviousLaunchSource, isImmutable } from '../../model/launch-source.js';
import { sumDesired } from '../../model/servers.js';
import { buildRecordTags, CLUSTER_TAG } from '../../model/tags.js';
import { countMoving } from '../../model/zones.js';
import { buildSeparateViews } from './group-views.js';
import { protectServers } from './protection.js';
import type { Strategy } from './strategy.js';
import { changeProcesses, findMissingSuspensions } from './suspended-processes.js';

/** The new servers get a group of their own, created like the old one, without servers and with processes suspended. */
export const NEW_GROUP: Strategy = {
  name: 'beside',
  launchesInOldGroup: false,
  defaultSurge: (size) => size,
  createdGroupOf: ({ newGroup }) => newGroup,
  emptiedGroupOf: ({ direction, oldGroup, newGroup }) => (direction === 'rollback' ? newGroup : oldGroup),
  // Only the new group is given the cluster's name for good: after a rollback the old one is as it was.
  buildTags: (intent, side) => ({
    ...buildRecordTags(intent, side),
    ...(side === 'new' && { [CLUSTER_TAG]: intent.cluster }),
  }),
  buildGroupViews: buildSeparateViews,
  hasNewSide: ({ new: group }) => group !== undefined,
  prepareGroup: (input, old, launchSource) => {
    const { observation, intent } = input;
    if (observation.new === undefined) {
      const create = { kind: 'create-group', from: old.name, name: intent.newGroup, launchSource } as const;
      return decideAction(input, 'prepare', create, 'copy-of-old-group');
    }
    const missing = findMissingSuspensions(observation.new, true);
    return (
      // The copy has the protection of the old group, which was set before.
      protectServers(input, 'prepare', observation.new) ??
      changeProcesses(input, 'prepare', 'suspend-processes', observation.new, missing, 'controlled-launches')
    );
  },
  stopLaunches: (input) => {
    const { new: group } = input.observation;
    if (group === undefined) return undefined;
    const missing = findMissingSuspensions(group, false);
    return (
      protectServers(input, 'rollback', group) ??
      changeProcesses(input, 'rollback', 'suspend-processes', group, missing, 'no-more-launches')
    );
  },
  completeGroup: () => undefined,
  findScaling: ({ observation, intent }) => {
    const { new: group } = observation;
    const expected = intent.size + countMoving(observation);
    if (group === undefined || group.desired <= expected) return undefined;
    const desired = sumDesired(observation, group.name);
    return { kind: 'scaled', group: group.name, desired, expected, idle: false };
  },
  // The old group launches nothing.
  listOldLaunchSources: ({ intent: { previousLaunchSource, nextLaunchSource } }, old) =>
    isImmutable(old.launchSource)
      ? undefined
      : [buildPreviousLaunchSource(previousLaunchSource, nextLaunchSource), previousLaunchSource],
  simulateLaunchSource: (after) => after,
};
