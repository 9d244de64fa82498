import {
  type Decision,
  type DecisionInput,
  decideAction,
  type Phase,
  type PlainStepReason,
  type StepReason,
} from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import {
  asLaunchConfiguration,
  buildPreviousLaunchSource,
  type LaunchSource,
  launchesFrom,
} from '../../model/launch-source.js';
import { isTerminating, sumDesired } from '../../model/servers.js';
import { buildRecordTags } from '../../model/tags.js';
import { countMoving } from '../../model/zones.js';
import { findNewLaunchSource } from '../launch-source/launch-sources.js';
import { buildSharedViews } from './group-views.js';
import type { Strategy } from './strategy.js';
import { changeProcesses, lowerDesired } from './suspended-processes.js';

/**
 * The old group keeps its name: it gets the new launch source, grows by the surge, and its old servers leave by name.
 * Both sides of an observation are views of it (group-views.ts).
 */
export const IN_PLACE: Strategy = {
  name: 'in-place',
  launchesInOldGroup: true,
  defaultSurge: () => 1,
  createdGroupOf: () => undefined,
  emptiedGroupOf: () => undefined,
  buildTags: buildRecordTags,
  buildGroupViews: buildSharedViews,
  // New servers count as old ones if the group has its own launch source again and no record tells them apart.
  hasNewSide: ({ servers }, intent) => servers.some(({ imageId }) => imageId === intent.imageId),
  prepareGroup: (input, old, launchSource) => {
    const { size, surge } = input.intent;
    if (old.maxSize < size + surge) {
      const raise = { kind: 'set-max-size', group: old.name, to: size + surge } as const;
      return decideAction(input, 'prepare', raise, 'room-for-surge');
    }
    return setLaunchSource(input, 'prepare', old, launchSource, { kind: 'launches-image', image: 'new' });
  },
  stopLaunches,
  completeGroup: (input, old) => {
    return decideAction(input, 'finish', { kind: 'complete-in-place', group: old.name }, 'only-new-servers');
  },
  findScaling: ({ observation, intent: { size, surge } }) => {
    const { old, new: group } = observation;
    if (old !== undefined) {
      const desired = sumDesired(observation, old.name);
      if (desired > size + surge)
        return { kind: 'scaled', group: old.name, desired, expected: size + surge, idle: false };
    }
    const expected = size + countMoving(observation);
    if (group === undefined || group.desired <= expected) return undefined;
    return { kind: 'scaled', group: group.name, desired: sumDesired(observation, group.name), expected, idle: false };
  },
  listOldLaunchSources: ({ observation, intent }) => {
    const { previousLaunchSource, nextLaunchSource } = intent;
    const next = asLaunchConfiguration(nextLaunchSource) ?? findNewLaunchSource(observation, intent);
    // AWS may not show a version yet that the group is on already.
    if (next === undefined) return undefined;
    return [buildPreviousLaunchSource(previousLaunchSource, nextLaunchSource), previousLaunchSource, next];
  },
  // There is a new side as soon as the group launches the new image, and as long as it has new servers.
  simulateLaunchSource: (after, { observation, intent }, group) => {
    const next = findNewLaunchSource(observation, intent);
    const launchSource = after.old?.launchSource;
    if (next === undefined || launchSource === undefined) return after;
    const newSide = after.new ?? { ...group, launchSource, desired: 0, instanceIds: [] };
    const launchesNew = launchesFrom(launchSource, next);
    const imageId = launchesNew ? intent.imageId : undefined;
    const isKept = launchesNew || newSide.instanceIds.length > 0;
    return { ...after, new: isKept ? { ...newSide, imageId } : undefined };
  },
};

/**
 * The group launches nothing while it still has the new launch source. Its desired capacity is lowered to the servers
 * it has, or it would launch an old server for each new one that did not come. Then it gets its launch source back.
 */
function stopLaunches(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const { old } = observation;
  const next = findNewLaunchSource(observation, intent);
  if (old === undefined || next === undefined || !launchesFrom(old.launchSource, next)) return undefined;
  if (!old.suspendedProcesses.includes('Launch')) {
    return changeProcesses(input, 'rollback', 'suspend-processes', old, ['Launch'], 'no-more-launches');
  }
  const to = observation.servers.filter((server) => !isTerminating(server)).length;
  if (sumDesired(observation, old.name) > to) {
    return lowerDesired(input, 'rollback', old, to, 'unlaunched-servers');
  }
  const previous = buildPreviousLaunchSource(intent.previousLaunchSource, intent.nextLaunchSource);
  return setLaunchSource(input, 'rollback', old, previous, { kind: 'launches-image', image: 'old' });
}

function setLaunchSource(
  input: DecisionInput,
  phase: Phase,
  group: Group,
  launchSource: LaunchSource,
  reason: StepReason | PlainStepReason,
): Decision | undefined {
  if (launchesFrom(group.launchSource, launchSource)) return undefined;
  return decideAction(input, phase, { kind: 'set-launch-source', group: group.name, launchSource }, reason);
}
