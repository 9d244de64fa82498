import { asLaunchConfiguration, buildPreviousLaunchSource } from '../../model/launch-source.js';
import { decideAction } from '../decide/decisions.js';
import { sumDesired } from '../decide/servers.js';
import { findMissingSuspensions } from '../decide/suspended-processes.js';
import type { Strategy } from './strategy.js';

/** The new servers get a group of their own, created like the old one, without servers and with processes suspended. */
export const NEW_GROUP: Strategy = {
  name: 'beside',
  prepareGroup: (input, old, launchSource) => {
    const { observation, intent } = input;
    if (observation.new === undefined) {
      const create = { kind: 'create-group', from: old.name, name: intent.newGroup, launchSource } as const;
      return decideAction(input, 'prepare', create, 'copy-of-old-group');
    }
    const processes = findMissingSuspensions(observation.new, true);
    if (processes.length === 0) return undefined;
    const suspend = { kind: 'suspend-processes', group: intent.newGroup, processes } as const;
    return decideAction(input, 'prepare', suspend, 'controlled-launches');
  },
  stopLaunches: (input) => {
    const { new: group } = input.observation;
    const processes = group === undefined ? [] : findMissingSuspensions(group, false);
    if (group === undefined || processes.length === 0) return undefined;
    const suspend = { kind: 'suspend-processes', group: group.name, processes } as const;
    return decideAction(input, 'rollback', suspend, 'no-more-launches');
  },
  completeGroup: () => undefined,
  findScaling: ({ observation, intent }) => {
    const { new: group } = observation;
    if (group === undefined || group.desired <= intent.size) return undefined;
    const desired = sumDesired(observation, group.name);
    return { kind: 'scaled', group: group.name, desired, expected: intent.size };
  },
  // A launch configuration never changes, and the old group launches nothing.
  listOldLaunchSources: ({ intent: { previousLaunchSource, nextLaunchSource } }, old) =>
    asLaunchConfiguration(old.launchSource) === undefined
      ? [buildPreviousLaunchSource(previousLaunchSource, nextLaunchSource), previousLaunchSource]
      : undefined,
  simulateLaunchSource: (after) => after,
};
