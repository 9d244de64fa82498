import type { Decision, DecisionInput, Phase, StepReason } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace } from '../../model/intent.js';
import { buildPreviousLaunchSource, type LaunchSource, launchesFrom } from '../../model/launch-source.js';
import type { Observation } from '../../model/observation.js';
import type { Side } from '../../model/server.js';
import { decideAction } from '../decide/decisions.js';
import { getOtherSide } from '../decide/servers.js';
import { findNewLaunchSource } from '../launch-source/launch-source.js';

/*
 * A roll in place keeps the group and its name: the group gets the new template, grows by the surge, and old servers
 * leave by name. Both sides of the survey are views of it (survey/sides.ts), so that all else is decided as it is for
 * two groups; here is what differs.
 */

/** What its group is to want, so that one side has this many servers: where both sides share it, the other's too. */
export function computeGroupSize(observation: Observation, side: Side, servers: number): number {
  const [own, other] = [observation[side], observation[getOtherSide(side)]];
  return servers + (own !== undefined && own.name === other?.name ? other.desired : 0);
}

/** How many servers the group of this name wants, on whatever side. */
export function sumDesired(observation: Observation, name: string): number {
  const views = [observation.old, observation.new].flatMap((view) =>
    view?.name === name ? [view.desired] : [],
  );
  return views.reduce((sum, desired) => sum + desired, 0);
}

/**
 * How the group was scaled by hand, where it wants more than a roll ever does. It launches all the while, so what it
 * wants beyond that it soon has; a way back takes that out again (`retargetBack`).
 */
export function findManualScaling(observation: Observation, intent: Intent): string | undefined {
  if (!isInPlace(intent) || intent.direction === 'rollback' || observation.old === undefined)
    return undefined;
  const most = intent.size + intent.surge;
  const wanted = sumDesired(observation, observation.old.name);
  if (wanted <= most) return undefined;
  return `group ${observation.old.name} was scaled to ${wanted}, and this roll wants ${most} of it at the most`;
}

/** The group itself is made the new one: room for the surge, then the new template. */
export function decideInPlaceForward(input: DecisionInput, old: Group): Decision | undefined {
  const { observation, intent } = input;
  const most = intent.size + intent.surge;
  if (old.maxSize < most) {
    const raise = { kind: 'set-max-size', group: old.name, to: most } as const;
    return decideAction(input, 'prepare', raise, { kind: 'room-for-surge' });
  }
  const template = findNewLaunchSource(observation, intent);
  if (template === undefined) return undefined;
  return setLaunchSource(input, 'prepare', old, template, { kind: 'launches-image', image: 'new' });
}

/**
 * Turned back, the group launches nothing while it still has the new template; it wants no more than it has, or it
 * would launch an old server in the stead of each new one that did not come; then it gets its own template back.
 */
export function decideInPlaceRollback(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const { old } = observation;
  const made = findNewLaunchSource(observation, intent);
  if (old === undefined || made === undefined || !launchesFrom(old.launchSource, made)) return undefined;
  if (!old.suspendedProcesses.includes('Launch')) {
    const freeze = { kind: 'suspend-processes', group: old.name, processes: ['Launch'] } as const;
    return decideAction(input, 'rollback', freeze, { kind: 'no-more-launches' });
  }
  const standing = observation.servers.filter(
    ({ lifecycle }) => !/^(Terminat|Detach)/.test(lifecycle),
  ).length;
  if (sumDesired(observation, old.name) > standing) {
    const trim = { kind: 'lower-desired', group: old.name, to: standing } as const;
    return decideAction(input, 'rollback', trim, { kind: 'unlaunched-servers' });
  }
  const launchSource = buildPreviousLaunchSource(intent.previousLaunchSource, intent.nextLaunchSource);
  return setLaunchSource(input, 'rollback', old, launchSource, { kind: 'launches-image', image: 'old' });
}

/** Only new servers are left in it: from here on the group is the new one. */
export function completeInPlace(input: DecisionInput, old: Group): Decision {
  const handOver = { kind: 'complete-in-place', group: old.name } as const;
  return decideAction(input, 'finish', handOver, { kind: 'only-new-servers' });
}

function setLaunchSource(
  input: DecisionInput,
  phase: Phase,
  group: Group,
  launchSource: LaunchSource,
  reason: StepReason,
): Decision | undefined {
  if (launchesFrom(group.launchSource, launchSource)) return undefined;
  return decideAction(input, phase, { kind: 'set-launch-source', group: group.name, launchSource }, reason);
}
