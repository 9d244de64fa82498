import type { Decision, DecisionInput, Phase, SafetyInput, StepReason } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { Knowledge } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { Server, Side } from '../../model/server.js';
import { buildWait, decideAction, decideTimeout, waitOrElse } from './decisions.js';
import { isReady } from './gates.js';
import { transferLeadership } from './leadership.js';
import { askToLeave, findAgentsStillUp, removeServer } from './leave.js';
import { terminateDeadServer } from './orphan-peers.js';
import {
  findQuorumMargin,
  findQuorumMarginWithout,
  isInService,
  listActiveServers,
  listBalancersOf,
  listRaftMembers,
} from './servers.js';

/**
 * At most this many servers may be out of Raft and not yet terminated while the next one leaves: a leave takes
 * 5 s until Raft has let go and another 10 s until the agent is down (measured on 1.8.7), and these overlap.
 */
const MAX_AGENTS_STILL_UP = 1;

/** The next step of taking one side's servers out, one at a time; undefined when none is left, or none may go yet. */
export function drain(input: DecisionInput, side: Side): Decision | undefined {
  const { intent } = input;
  const phase: Phase = intent.direction === 'rollback' ? 'rollback' : 'drain';
  const gone = findAgentsStillUp(input, side);
  const [departing] = sortForDrain(input, side);
  const nextMayGo = departing !== undefined && (side === 'new' || hasReplacement(input));
  const [first] = gone;
  if (first !== undefined && (!nextMayGo || gone.length > MAX_AGENTS_STILL_UP)) {
    return lowerMinimum(input, phase, side) ?? removeServer(input, phase, first);
  }
  if (!nextMayGo) return undefined;
  return lowerMinimum(input, phase, side) ?? removeServerSafely(input, departing, phase);
}

/**
 * True while, without one more old server, as many would be left in service as the cluster has to have
 * (invariant 4). On the way back nothing replaces a new server: there the voter budget alone decides.
 */
export function hasReplacement(input: SafetyInput): boolean {
  const { observation, intent } = input;
  const replacements = listActiveServers(observation, 'new').filter(
    (server) => isReady(input, server) && isInService(server),
  );
  return replacements.length + listRaftMembers(observation, 'old').length - 1 >= intent.size;
}

/** One server's way out: safe to lose, out of the load balancers, not leading, out of Raft. */
function removeServerSafely(input: DecisionInput, departing: Server, phase: Phase): Decision {
  const { observation } = input;
  return (
    terminateDeadServer(input, phase, departing) ??
    awaitQuorumMargin(input, departing, phase) ??
    deregisterFirst(input, departing, phase) ??
    transferLeadership(input, departing, phase) ??
    askToLeave(input, phase, departing, findLeaveReason(observation, departing))
  );
}

function findLeaveReason(observation: Observation, { peer, side }: Server): StepReason {
  if (peer?.leader === true) return { kind: 'leader-last' };
  return { kind: 'drained', side, remaining: listRaftMembers(observation, side).length };
}

/** Auto Scaling refuses to terminate below a group's minimum. */
function lowerMinimum(input: DecisionInput, phase: Phase, side: Side): Decision | undefined {
  const { observation } = input;
  const group: Group | undefined = observation[side];
  if (group === undefined || group.minSize === 0) return undefined;
  const lower = { kind: 'set-min-size', group: group.name } as const;
  return decideAction(input, phase, lower, { kind: 'scale-in-needs-min-size' });
}

/** True while the cluster would outlive the loss of any one server. */
function hasQuorumMargin(observation: Observation): boolean {
  return (findQuorumMargin(observation)?.margin ?? 0) >= 1;
}

/** Waits until the voters can spare this one; a cluster that cannot even spare a dead one is a person's. */
function awaitQuorumMargin(input: DecisionInput, departing: Server, phase: Phase): Decision | undefined {
  const { observation, limits } = input;
  const after = findQuorumMarginWithout(observation, departing.peer?.id ?? '');
  if (after === undefined || after.margin >= 1) return undefined;
  const wait = buildWait(input, phase, { kind: 'healthy', budget: after }, limits.healthTimeoutMs);
  return waitOrElse(input, wait, () =>
    decideTimeout(wait, hasQuorumMargin(observation) ? 'stopped' : 'quorum-at-risk'),
  );
}

function deregisterFirst(input: DecisionInput, departing: Server, phase: Phase): Decision | undefined {
  const { instanceId } = departing;
  const listing = listBalancersOf(departing);
  const registered = listing.filter((name) => departing.balancers[name] !== 'draining');
  if (registered.length > 0) {
    const deregister = { kind: 'deregister', instanceId, balancers: registered } as const;
    return decideAction(input, phase, deregister, { kind: 'draining' });
  }
  return listing.length === 0 ? undefined : awaitDrained(input, phase, departing);
}

/** Waits for a server's connections to end: as long as the load balancers themselves let them drain, and then some. */
export function awaitDrained(input: DecisionInput, phase: Phase, server: Server): Decision {
  const { observation, limits } = input;
  const { instanceId } = server;
  const drainingMs = Math.max(0, ...listBalancersOf(server).map((name) => observation.drainingMs[name] ?? 0));
  const wait = buildWait(input, phase, { kind: 'drained', instanceId }, limits.drainTimeoutMs + drainingMs);
  return waitOrElse(input, wait);
}

/**
 * Members of a side in the order they leave: first the dead, who only cost the others their majority, and one that is
 * on its way already (out of a load balancer, or draining); then non-voters before voters, unhealthy before healthy,
 * oldest first, and the leader after all others.
 */
export function sortForDrain({ observation }: Knowledge, side: Side): readonly Server[] {
  return [...listRaftMembers(observation, side)].sort(
    (a, b) => compare(rankServer(a), rankServer(b)) || a.launchedAtMs - b.launchedAtMs || byId(a, b),
  );
}

/** Smaller leaves earlier; compared position by position. */
function rankServer(server: Server): readonly number[] {
  const { peer } = server;
  const onItsWay = Object.values(server.balancers).some((state) => state === 'absent' || state === 'draining');
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
