import type { Decision, Phase } from '../../model/decision.js';
import type { Intent, Limits } from '../../model/intent.js';
import { isServing, spokenBalancer } from '../../model/load-balancer.js';
import type { Survey } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import type { Refusal } from '../../model/stop-reason.js';
import { sizeFor } from '../strategy/in-place.js';
import { act, waitFor, waitOr } from './decisions.js';
import { closedGates, downgradeOf, isReady, unreadyFor } from './gates.js';
import { phaseNow } from './phase.js';
import { isInService, standingOf } from './servers.js';

/** How many servers the group may be told to have now: one canary, then as many as the surge leaves room for. */
export function roomFor(survey: Survey, intent: Intent): number {
  const { new: group } = survey;
  if (group === undefined) return 0;
  if (group.desired === 0) return 1;
  const living = survey.servers.length;
  const spare = intent.size + intent.surge - Math.max(living, group.desired);
  return Math.min(intent.size, group.desired + Math.max(0, spare));
}

/**
 * Gets the new servers there: launches as many as there is room for, waits until each has passed every gate,
 * puts them into the load balancers, and waits until they are in service. Undefined when all that exist are,
 * and there is no room for more.
 */
export function grow(
  survey: Survey,
  intent: Intent,
  limits: Limits,
  late: (reason: Refusal) => Decision,
): Decision | undefined {
  const { new: group } = survey;
  if (group === undefined) return undefined;
  const phase: Phase = group.desired <= 1 ? 'canary' : 'grow';
  const standing = standingOf(survey, 'new');
  const launch = group.desired === 0;
  if (launch) return launchUpTo(survey, intent, 'canary', 1);
  return (
    awaitReady(survey, readyPhase(survey, intent, phase), standing, group.desired, limits, late) ??
    register(survey, phase, standing) ??
    awaitService(survey, phase, standing, limits, late) ??
    launchMore(survey, intent, group.desired)
  );
}

/** Servers that were ready before and are not at this look interrupt whatever is going on; they start no new phase. */
function readyPhase(survey: Survey, intent: Intent, phase: Phase): Phase {
  const unproved = standingOf(survey, 'new').some(
    ({ instanceId }) => !survey.history.proved.includes(instanceId),
  );
  const complete = standingOf(survey, 'new').length >= (survey.new?.desired ?? 0);
  return unproved || !complete ? phase : phaseNow(survey, intent);
}

function launchMore(survey: Survey, intent: Intent, desired: number): Decision | undefined {
  const room = roomFor(survey, intent);
  return room > desired ? launchUpTo(survey, intent, 'grow', room) : undefined;
}

function launchUpTo(survey: Survey, intent: Intent, phase: Phase, to: number): Decision {
  const why =
    phase === 'canary'
      ? 'one server must prove the image before the rest'
      : 'the servers so far passed every gate';
  const wanted = sizeFor(survey, 'new', to);
  return act(survey, phase, { kind: 'grow', group: intent.newGroup, to: wanted }, why);
}

function awaitReady(
  survey: Survey,
  phase: Phase,
  standing: readonly Server[],
  expected: number,
  limits: Limits,
  late: (reason: Refusal) => Decision,
): Decision | undefined {
  const unready = standing.filter((server) => !isReady(survey, server));
  if (unready.length === 0 && standing.length >= expected) return undefined;
  const instanceIds = unready.map((server) => server.instanceId);
  const wait = waitFor(
    survey,
    phase,
    { kind: 'ready', side: 'new', instanceIds, expected },
    limits.healthTimeoutMs,
    firstLaunchMs(survey, unready),
    limits.leaderTimeoutMs,
  );
  const older = unready.map((server) => downgradeOf(survey, server)).find((one) => one !== undefined);
  if (older !== undefined) return late({ kind: 'downgrade', ...older });
  return waitOr(survey, wait, () => late(unreadyFor(survey, 'new', wait.limitMs, expected)));
}

/**
 * When the first of those that never got there was launched; Infinity where there is none. One that was there
 * before, or shows every gate open and is only to be looked at again, is waited for from now on: neither a missed
 * look nor a new process ends the roll. So does no election, which closes every gate for a while.
 */
function firstLaunchMs(survey: Survey, unready: readonly Server[]): number {
  const never = unready.filter(
    (server) => !survey.history.proved.includes(server.instanceId) && closedGates(survey, server).length > 0,
  );
  return Math.min(...never.map((server) => server.launchedAtMs));
}

function register(survey: Survey, phase: Phase, standing: readonly Server[]): Decision | undefined {
  const absent = standing.filter((server) => Object.values(server.balancers).includes('absent'));
  if (absent.length === 0) return undefined;
  const balancers = new Set(absent.flatMap((server) => Object.keys(server.balancers)));
  const instanceIds = absent.map((server) => server.instanceId);
  const why = `passed every gate${absent.length > 1 ? ', each of them' : ''}`;
  return act(survey, phase, { kind: 'register', instanceIds, balancers: [...balancers] }, why);
}

function awaitService(
  survey: Survey,
  phase: Phase,
  standing: readonly Server[],
  limits: Limits,
  late: (reason: Refusal) => Decision,
): Decision | undefined {
  const outside = standing.filter((server) => !isInService(server));
  if (outside.length === 0) return undefined;
  const instanceIds = outside.map((server) => server.instanceId);
  const wait = waitFor(survey, phase, { kind: 'in-service', instanceIds }, limits.healthTimeoutMs);
  const detail = `Consul finds them healthy, but not ${namesNotServing(outside)}: its health check, or a security group`;
  const reason = { kind: 'timed-out', waitedFor: wait.for, limitMs: wait.limitMs, detail } as const;
  return waitOr(survey, wait, () => late(reason));
}

function namesNotServing(outside: readonly Server[]): string {
  const names = outside.flatMap(({ balancers }) =>
    Object.keys(balancers).filter((name) => !isServing(balancers[name] ?? 'absent')),
  );
  return [...new Set(names)].map(spokenBalancer).join(' and ');
}
