import type { Decision, DecisionInput, Wait } from '../../model/decision.js';
import { buildFinalSentinel, buildSentinel, type Intent } from '../../model/intent.js';
import {
  buildPreviousLaunchSource,
  formatGroupLaunchSource,
  formatLaunchSource,
  launchesFrom,
} from '../../model/launch-source.js';
import { findLeaderTimeoutMs } from '../../model/limits.js';
import type { Observation } from '../../model/observation.js';
import { measureObservedMs } from '../../model/observed-time.js';
import { determineLeadership, type Leadership } from '../../model/raft.js';
import { parseHost, refusesToken } from '../../model/server.js';
import { isLaunchedInRoll, isTerminating, listServers } from '../../model/servers.js';
import type { ExternalChange, StopReason } from '../../model/stop-reason.js';
import { strategyOf } from '../strategy/strategies.js';
import { completeOwnHooks } from './complete-hooks.js';
import { buildTimeout, buildWait, decideStop, findCurrentPhase, hasChangedAnything, waitOrElse } from './decisions.js';
import { decideForward } from './forward.js';
import { removeFounder } from './founders.js';
import { findImpostor, removeImpostor } from './impostors.js';
import { leaveTogether } from './leave-together.js';
import { removeOrphanPeer } from './orphan-peers.js';
import { rewriteRecord, rewriteTags } from './record.js';
import { decideRollback } from './rollback.js';
import { findScaling, followServers } from './surplus.js';

/**
 * Decides what to do next, from one observation and the intent. Pure: the time is in the observation. `plan` folds it
 * over simulated effects, `upgrade` runs it over real ones.
 */
export function decide(input: DecisionInput): Decision {
  const { observation, intent, memory } = input;
  // Tags that others have written since then tell of no roll.
  if (memory.isOver && observation.raft !== undefined && observation.raft.record === undefined)
    return { kind: 'done', outcome: intent.direction === 'rollback' ? 'rolled-back' : 'rolled' };
  if (!hasChangedAnything(observation) && observation.old !== undefined && intent.direction === 'forward') {
    return isDoneAlready(observation, intent) ? { kind: 'done', outcome: 'nothing-to-do' } : decideForward(input);
  }
  return (
    // Whatever others have changed, it may take the cluster over.
    removeFounder(input) ??
    endDangerous(input) ??
    stopIfChangedExternally(input) ??
    awaitLeader(input) ??
    stopIfStateLost(input) ??
    rewriteRecord(input) ??
    endImpostor(input) ??
    // Who alters tags again and again delays everything that follows.
    rewriteTags(input) ??
    followServers(input) ??
    leaveTogether(input, decideByDirection)
  );
}

/**
 * The decision while only tags tell of the roll: it waits for a leader, who can say what the store has. Nothing is changed.
 */
export function awaitConfirmation(input: DecisionInput): Decision {
  const { rollId } = input.intent;
  return awaitLeader(input) ?? decideStop('stopped', { kind: 'unconfirmed', rollId });
}

/** A founder or an impostor that a lifecycle hook holds runs on, so the hook is not waited for. */
function endDangerous(input: DecisionInput): Decision | undefined {
  const { founder, impostors } = input.memory;
  return founder === undefined && impostors.length === 0 ? undefined : completeOwnHooks(input, 0);
}

/** Voters whose instances are gone are removed before an impostor is terminated: the quorum may need fewer votes then. */
function endImpostor(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  if (findImpostor(observation) === undefined) return undefined;
  return removeOrphanPeer(input, findCurrentPhase(observation, intent)) ?? removeImpostor(input);
}

function decideByDirection(input: DecisionInput): Decision {
  const { intent } = input;
  return intent.direction === 'rollback' ? decideRollback(input) : decideForward(input);
}

/** Only a leader can say that the store has no record of a roll. */
function isDoneAlready(observation: Observation, intent: Intent): boolean {
  const { old, raft } = observation;
  if (raft === undefined) return false;
  const servers = listServers(observation, 'old');
  return old?.imageId === intent.imageId && servers.every((server) => server.imageId === intent.imageId);
}

export function stopIfChangedExternally(input: DecisionInput): Decision | undefined {
  const change = findExternalChange(input);
  return change && decideStop('stopped', { kind: 'changed-externally', change });
}

/**
 * A change from outside after which the roll cannot continue. A rollback removes every new server and restores the size
 * of the old group, so neither the sizes nor the image of the new group stop it. A size stops the run that sees it
 * change; the next one restores it (surplus.ts).
 */
function findExternalChange(input: DecisionInput): ExternalChange | undefined {
  const { observation, intent } = input;
  const { old, new: group } = observation;
  const isForward = intent.direction === 'forward';
  const imageId = group?.imageId;
  if (isForward && group !== undefined && imageId !== undefined && imageId !== intent.imageId)
    return { kind: 'image', group: group.name, imageId, expected: intent.imageId };
  if (old === undefined && group === undefined)
    return { kind: 'groups-missing', groups: [intent.oldGroup, intent.newGroup] };
  const strategy = strategyOf(intent);
  if (old !== undefined) {
    const own = strategy.listOldLaunchSources(input, old);
    if (own?.every((from) => !launchesFrom(old.launchSource, from))) {
      const launchSource = formatGroupLaunchSource(old.launchSource);
      const expected = formatLaunchSource(
        buildPreviousLaunchSource(intent.previousLaunchSource, intent.nextLaunchSource),
      );
      return { kind: 'launch-source', group: old.name, launchSource, expected };
    }
  }
  return isForward && input.memory.hadExpectedSizes ? findScaling(input) : undefined;
}

/** Changes nothing until a quorum has one leader; if that lasts too long, manual action is required. */
function awaitLeader(input: DecisionInput): Decision | undefined {
  const { observation } = input;
  const leadership = determineLeadership(observation);
  // A founder leads as long as it is being terminated.
  const isFounder =
    leadership.kind === 'agreed' &&
    isLaunchedInRoll(observation, leadership.server) &&
    isTerminating(leadership.server);
  if (leadership.kind === 'agreed' && !isFounder) return undefined;
  const wait = buildLeaderWait(input);
  // A founder that took the cluster over may have overwritten the end of its log.
  const { founder } = input.memory;
  const overwritten = founder !== undefined && founder.followers > 0 ? founder : undefined;
  return waitOrElse(input, wait, () => {
    const cut = observation.servers.filter(
      (one) => !isLaunchedInRoll(observation, one) && one.agent.kind === 'up' && one.agent.isLogCut === true,
    );
    if (cut.length > 0)
      return decideStop('quorum-at-risk', {
        kind: 'log-overwritten',
        instanceIds: cut.map(({ instanceId }) => instanceId),
      });
    if (overwritten !== undefined) return decideStop('quorum-at-risk', overwritten);
    return (
      stopIfOnlyLeaderIsSilent(observation, leadership, wait) ??
      decideStop('quorum-at-risk', explainNoLeader(leadership, wait))
    );
  });
}

/** A quorum that comes and goes delays the end by so many limits. */
const MAX_LEADER_TIMEOUTS = 5;

/**
 * Where a quorum answers again, or names a leader no longer that did not answer, it has all the time that an election may
 * take: it begins only then.
 */
function buildLeaderWait(input: DecisionInput): Wait {
  const { observation, intent, memory } = input;
  const { atMs } = observation;
  const what = { kind: 'leadership', towards: undefined } as const;
  const wait = buildWait(input, findCurrentPhase(observation, intent), what, findLeaderTimeoutMs(input));
  if (memory.leaderless === undefined || atMs - wait.sinceMs > MAX_LEADER_TIMEOUTS * wait.limitMs) return wait;
  const lastedMs = measureObservedMs(memory.gaps, memory.leaderless.sinceMs, atMs);
  return { ...wait, sinceMs: Math.max(wait.sinceMs, atMs - lastedMs) };
}

/** The cluster works, as all servers follow the leader; it only does not say so to this token, or is a new one out of reach. */
function stopIfOnlyLeaderIsSilent(observation: Observation, leadership: Leadership, wait: Wait): Decision | undefined {
  if (leadership.kind !== 'silent') return undefined;
  const host = parseHost(leadership.leader);
  const leader = observation.servers.find(({ address }) => address === host);
  if (leader === undefined) return undefined;
  const { instanceId } = leader;
  if (refusesToken(leader))
    return decideStop('stopped', buildTimeout(wait, [{ kind: 'leader-refuses-token', instanceId }]));
  if (leader.side === 'old') return undefined;
  return decideStop('stopped', buildTimeout(wait, [{ kind: 'silent-leader', leader: host }]));
}

/**
 * Only the roll itself deletes its sentinel key. Where the key is gone, the servers that were restarted or replaced have
 * bootstrapped a cluster without its keys, or the cluster was restored to an earlier state.
 */
export function stopIfStateLost({ observation: { raft }, intent, memory }: DecisionInput): Decision | undefined {
  const sentinels = [buildSentinel(intent), buildFinalSentinel(intent)];
  if (raft === undefined || raft.sentinel !== undefined || !sentinels.includes(memory.seenSentinel ?? ''))
    return undefined;
  const { cluster, rollId } = intent;
  const { founder } = memory;
  return decideStop('quorum-at-risk', {
    kind: 'state-lost',
    leader: raft.leader,
    cluster,
    rollId,
    ...(founder && { founder: founder.instanceId }),
  });
}

function explainNoLeader(leadership: Leadership, wait: Wait): StopReason {
  switch (leadership.kind) {
    case 'agreed':
      return { kind: 'no-leader', answers: [] };
    case 'none':
      return { kind: 'no-leader', answers: leadership.answers };
    case 'disputed':
      return { kind: 'two-leaders', answers: leadership.answers };
    case 'unknown-leader':
      return { kind: 'unknown-leader', leader: leadership.leader };
    case 'silent':
      return buildTimeout(wait, [{ kind: 'silent-leader', leader: parseHost(leadership.leader) }]);
  }
}
