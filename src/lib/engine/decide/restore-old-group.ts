import type { Decision } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { Intent, Limits } from '../../model/intent.js';
import { isServing } from '../../model/load-balancer.js';
import type { Survey } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import { isRecorded } from '../../model/tags.js';
import { sizeFor } from '../strategy/in-place.js';
import { act, stop, waitFor, waitOr } from './decisions.js';
import { isReady, unreadyFor } from './gates.js';
import { clearVanished, dismiss, lingering } from './leave.js';
import { membersOf, standingOf } from './servers.js';
import { missingSuspensions } from './suspended-processes.js';

/**
 * Going back after old servers have left: the old group gets as many as it had, each through every gate, and
 * into the load balancers, before the first new one goes. Undefined when the old side is whole.
 */
export function regrow(survey: Survey, intent: Intent, limits: Limits): Decision | undefined {
  const { old } = survey;
  if (!isRecorded(old) || standingOf(survey, 'new').length === 0) return undefined;
  const members = membersOf(survey, 'old');
  if (members.length >= intent.was.desired && members.every(isSettledInBalancers)) return undefined;
  return (
    clearAway(survey, old, intent, limits) ??
    launch(survey, old, intent) ??
    awaitReady(survey, intent, limits) ??
    register(survey, limits)
  );
}

/**
 * Old servers that have left Raft but still stand make room first: those this process asked to leave, and those
 * another one must have asked, for they are older than the roll; and any whose machine is gone. Younger ones have
 * yet to join.
 */
function clearAway(survey: Survey, old: Group, intent: Intent, limits: Limits): Decision | undefined {
  const gone = lingering(survey, 'old').find(
    ({ instanceId, launchedAtMs }) =>
      survey.history.leaves[instanceId] !== undefined || launchedAtMs < intent.startedAtMs,
  );
  const cleared =
    gone === undefined ? clearVanished(survey, 'back', 'old') : dismiss(survey, 'back', gone, limits);
  if (cleared === undefined || old.minSize === 0) return cleared;
  const lower = { kind: 'lower-minimum', group: old.name } as const;
  return act(survey, 'back', lower, 'or Auto Scaling would refuse to shrink it');
}

/** The group launches again, but stays out of the load balancer until its servers have proved themselves. */
function launch(survey: Survey, old: Group, intent: Intent): Decision | undefined {
  const wantsAll = old.desired >= intent.was.desired;
  const hasAll = standingOf(survey, 'old').length >= intent.was.desired;
  if (wantsAll && (hasAll || !old.suspended.includes('Launch'))) return undefined;
  const processes = missingSuspensions(old, true);
  if (processes.length > 0) {
    return act(survey, 'back', { kind: 'freeze', group: old.name, processes }, 'it is about to grow again');
  }
  if (old.suspended.includes('Launch')) {
    return act(
      survey,
      'back',
      { kind: 'thaw', group: old.name, processes: ['Launch'] },
      'servers of it have left',
    );
  }
  const to = sizeFor(survey, 'old', intent.was.desired);
  if (old.maxSize < to) {
    const raise = { kind: 'raise-maximum', group: old.name, to } as const;
    return act(survey, 'back', raise, 'room for the servers it had beside those that are to go');
  }
  const grow = { kind: 'grow', group: old.name, to } as const;
  return act(survey, 'back', grow, 'as many servers as it had before the roll');
}

function awaitReady(survey: Survey, intent: Intent, limits: Limits): Decision | undefined {
  const standing = standingOf(survey, 'old');
  const unready = standing.filter((server) => !isReady(survey, server));
  if (unready.length === 0 && standing.length >= intent.was.desired) return undefined;
  const instanceIds = unready.map((server) => server.instanceId);
  const expected = intent.was.desired;
  const what = { kind: 'ready', side: 'old', instanceIds, expected } as const;
  const wait = waitFor(survey, 'back', what, limits.healthTimeoutMs);
  return waitOr(survey, wait, () =>
    stop('stopped', unreadyFor(survey, 'old', wait.limitMs, intent.was.desired)),
  );
}

function register(survey: Survey, limits: Limits): Decision {
  const outside = standingOf(survey, 'old').filter((server) => !isSettledInBalancers(server));
  const absent = outside.filter((server) => Object.values(server.balancers).some(isLeavingBalancer));
  if (absent.length > 0) {
    const instanceIds = absent.map((server) => server.instanceId);
    const balancers = [...new Set(absent.flatMap((server) => Object.keys(server.balancers)))];
    return act(survey, 'back', { kind: 'register', instanceIds, balancers }, 'ready, and in traffic again');
  }
  const instanceIds = outside.map((server) => server.instanceId);
  return waitOr(survey, waitFor(survey, 'back', { kind: 'in-service', instanceIds }, limits.healthTimeoutMs));
}

/** Registered, and the load balancer has made up its mind. */
function isSettledInBalancers(server: Server): boolean {
  return Object.values(server.balancers).every((state) => isServing(state) || state === 'out-of-service');
}

function isLeavingBalancer(state: string): boolean {
  return state === 'absent' || state === 'draining';
}
