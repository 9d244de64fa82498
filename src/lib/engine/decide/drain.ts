import type { Decision, Phase } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { Intent, Limits } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { Server, Side } from '../../model/server.js';
import { act, timedOut, waitFor, waitOr } from './decisions.js';
import { isReady } from './gates.js';
import { handOver } from './leadership.js';
import { askToLeave, dismiss, lingering } from './leave.js';
import { removeDead } from './orphan-peers.js';
import { balancersListing, budgetNow, budgetWithout, isInService, membersOf, standingOf } from './servers.js';

/**
 * At most this many servers may be out of Raft and not yet terminated while the next one leaves: a leave takes
 * 5 s until Raft has let go and another 10 s until the agent is down (measured on 1.8.7), and these overlap.
 */
const MOST_LINGERING = 1;

/** The next step of taking one side's servers out, one at a time; undefined when none is left, or none may go yet. */
export function drain(survey: Survey, intent: Intent, limits: Limits, side: Side): Decision | undefined {
  const phase: Phase = intent.direction === 'back' ? 'back' : 'drain';
  const gone = lingering(survey, side);
  const [victim] = drainOrder(survey, side);
  const nextMayGo = victim !== undefined && (side === 'new' || hasReplacement(survey, intent));
  const [first] = gone;
  if (first !== undefined && (!nextMayGo || gone.length > MOST_LINGERING)) {
    return lowerMinimum(survey, phase, side) ?? dismiss(survey, phase, first, limits);
  }
  if (!nextMayGo) return undefined;
  return lowerMinimum(survey, phase, side) ?? takeOut(survey, intent, limits, victim, phase);
}

/**
 * True while, without one more old server, as many would be left in service as the cluster has to have
 * (invariant 4). On the way back nothing replaces a new server: there the voter budget alone decides.
 */
export function hasReplacement(survey: Survey, intent: Intent): boolean {
  const replacements = standingOf(survey, 'new').filter(
    (server) => isReady(survey, server) && isInService(server),
  );
  return replacements.length + membersOf(survey, 'old').length - 1 >= intent.size;
}

/** One server's way out: safe to lose, out of the load balancers, not leading, out of Raft. */
function takeOut(survey: Survey, intent: Intent, limits: Limits, victim: Server, phase: Phase): Decision {
  return (
    removeDead(survey, phase, victim, limits) ??
    awaitBudget(survey, limits, victim, phase) ??
    leaveBalancers(survey, limits, victim, phase) ??
    handOver(survey, victim, phase) ??
    askToLeave(survey, phase, victim, whyLeave(survey, intent, victim))
  );
}

function whyLeave(survey: Survey, intent: Intent, victim: Server): string {
  if (victim.peer?.leader === true) return 'the leader, last of its side: the others elect a new one';
  const left = membersOf(survey, victim.side).length;
  const side = intent.direction === 'back' ? 'new' : 'old';
  return `${left === 1 ? 'the last' : `one of ${left}`} on the ${side} side, drained of traffic`;
}

/** Auto Scaling refuses to terminate below a group's minimum. */
function lowerMinimum(survey: Survey, phase: Phase, side: Side): Decision | undefined {
  const group: Group | undefined = survey[side];
  if (group === undefined || group.minSize === 0) return undefined;
  const lower = { kind: 'lower-minimum', group: group.name } as const;
  return act(survey, phase, lower, 'or Auto Scaling would refuse to shrink it');
}

/** True while the cluster would outlive the loss of any one server. */
function canSpareOne(survey: Survey): boolean {
  return (budgetNow(survey)?.spare ?? 0) >= 1;
}

/** Waits until the voters can spare this one; a cluster that cannot even spare a dead one is a person's. */
function awaitBudget(survey: Survey, limits: Limits, victim: Server, phase: Phase): Decision | undefined {
  const after = budgetWithout(survey, victim.peer?.id ?? '');
  if (after === undefined || after.spare >= 1) return undefined;
  const wait = waitFor(survey, phase, { kind: 'healthy', budget: after }, limits.healthTimeoutMs);
  return waitOr(survey, wait, () => timedOut(wait, '', canSpareOne(survey) ? 'stopped' : 'quorum-at-risk'));
}

function leaveBalancers(survey: Survey, limits: Limits, victim: Server, phase: Phase): Decision | undefined {
  const { instanceId } = victim;
  const listing = balancersListing(victim);
  const registered = listing.filter((name) => victim.balancers[name] !== 'draining');
  if (registered.length > 0) {
    const deregister = { kind: 'deregister', instanceId, balancers: registered } as const;
    return act(survey, phase, deregister, 'no new request goes to it, and those in flight may end');
  }
  return listing.length === 0 ? undefined : awaitDrained(survey, phase, victim, limits);
}

/** Waits for a server's connections to end: as long as the load balancers themselves let them drain, and then some. */
export function awaitDrained(survey: Survey, phase: Phase, server: Server, limits: Limits): Decision {
  const { instanceId } = server;
  const drainingMs = Math.max(0, ...balancersListing(server).map((name) => survey.drainingMs[name] ?? 0));
  const wait = waitFor(survey, phase, { kind: 'drained', instanceId }, limits.drainTimeoutMs + drainingMs);
  return waitOr(survey, wait);
}

/**
 * Members of a side in the order they leave: first the dead, who only cost the others their majority, and one that is
 * on its way already (out of a load balancer, or draining); then non-voters before voters, unhealthy before healthy,
 * oldest first, and the leader after all others.
 */
export function drainOrder(survey: Survey, side: Side): readonly Server[] {
  return [...membersOf(survey, side)].sort(
    (a, b) => compare(rank(a), rank(b)) || a.launchedAtMs - b.launchedAtMs || byId(a, b),
  );
}

/** Smaller leaves earlier; compared position by position. */
function rank(server: Server): readonly number[] {
  const { peer } = server;
  const onItsWay = Object.values(server.balancers).some(
    (state) => state === 'absent' || state === 'draining',
  );
  const dead = server.agent.kind === 'down' && peer?.healthy !== true;
  return [Number(peer?.leader), Number(!dead), Number(!onItsWay), Number(peer?.voter), Number(peer?.healthy)];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, n) => value !== b[n]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

function byId(a: Server, b: Server): number {
  return a.instanceId.localeCompare(b.instanceId);
}
