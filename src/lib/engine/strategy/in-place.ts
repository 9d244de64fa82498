import type { Decision, Phase } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace } from '../../model/intent.js';
import { type LaunchFrom, launchesFrom, oldLaunchFrom } from '../../model/launch-source.js';
import type { Survey } from '../../model/observation.js';
import type { Side } from '../../model/server.js';
import { act } from '../decide/decisions.js';
import { otherSide } from '../decide/servers.js';
import { newLaunchFrom } from '../launch-source/launch-source.js';

/*
 * A roll in place keeps the group and its name: the group gets the new template, grows by the surge, and old servers
 * leave by name. Both sides of the survey are views of it (survey/sides.ts), so that all else is decided as it is for
 * two groups; here is what differs.
 */

/** What its group is to want, so that one side has this many servers: where both sides share it, the other's too. */
export function sizeFor(survey: Survey, side: Side, servers: number): number {
  const [own, other] = [survey[side], survey[otherSide(side)]];
  return servers + (own !== undefined && own.name === other?.name ? other.desired : 0);
}

/** How many servers the group of this name wants, on whatever side. */
export function wantedOf(survey: Survey, name: string): number {
  const views = [survey.old, survey.new].flatMap((view) => (view?.name === name ? [view.desired] : []));
  return views.reduce((sum, desired) => sum + desired, 0);
}

/**
 * How the group was scaled by hand, where it wants more than a roll ever does. It launches all the while, so what it
 * wants beyond that it soon has; a way back takes that out again (`retargetBack`).
 */
export function scaledInPlace(survey: Survey, intent: Intent): string | undefined {
  if (!isInPlace(intent) || intent.direction === 'back' || survey.old === undefined) return undefined;
  const most = intent.size + intent.surge;
  const wanted = wantedOf(survey, survey.old.name);
  if (wanted <= most) return undefined;
  return `group ${survey.old.name} was scaled to ${wanted}, and this roll wants ${most} of it at the most`;
}

/** The group itself is made the new one: room for the surge, then the new template. */
export function retargetForward(survey: Survey, old: Group, intent: Intent): Decision | undefined {
  const most = intent.size + intent.surge;
  if (old.maxSize < most) {
    const raise = { kind: 'raise-maximum', group: old.name, to: most } as const;
    return act(survey, 'prepare', raise, 'room for the servers beyond its size');
  }
  const template = newLaunchFrom(survey, intent);
  if (template === undefined) return undefined;
  return retarget(survey, 'prepare', old, template, 'what it launches from now on has the new image');
}

/**
 * Turned back, the group launches nothing while it still has the new template; it wants no more than it has, or it
 * would launch an old server in the stead of each new one that did not come; then it gets its own template back.
 */
export function retargetBack(survey: Survey, intent: Intent): Decision | undefined {
  const { old } = survey;
  const made = newLaunchFrom(survey, intent);
  if (old === undefined || made === undefined || !launchesFrom(old.template, made)) return undefined;
  if (!old.suspended.includes('Launch')) {
    const freeze = { kind: 'freeze', group: old.name, processes: ['Launch'] } as const;
    return act(survey, 'back', freeze, 'it must not launch another server');
  }
  const standing = survey.servers.filter(({ lifecycle }) => !/^(Terminat|Detach)/.test(lifecycle)).length;
  if (wantedOf(survey, old.name) > standing) {
    const trim = { kind: 'trim', group: old.name, to: standing } as const;
    return act(survey, 'back', trim, 'servers that were not launched are not wanted any more');
  }
  const template = oldLaunchFrom(intent.oldTemplate, intent.newTemplate);
  return retarget(survey, 'back', old, template, 'what it launches from now on has the old image');
}

/** Only new servers are left in it: from here on the group is the new one. */
export function handOverGroup(survey: Survey, old: Group): Decision {
  const handOver = { kind: 'hand-over', group: old.name } as const;
  return act(survey, 'finish', handOver, 'every server of it is new');
}

function retarget(
  survey: Survey,
  phase: Phase,
  group: Group,
  template: LaunchFrom,
  why: string,
): Decision | undefined {
  if (launchesFrom(group.template, template)) return undefined;
  return act(survey, phase, { kind: 'retarget', group: group.name, template }, why);
}
