import type { Decision, DecisionInput, Wait } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace } from '../../model/intent.js';
import { buildPreviousLaunchSource, formatLaunchSource, launchesFrom } from '../../model/launch-source.js';
import type { Observation } from '../../model/observation.js';
import { determineLeadership } from '../../model/raft.js';
import { parseHost } from '../../model/server.js';
import type { StopReason } from '../../model/stop-reason.js';
import { findNewLaunchSource } from '../launch-source/launch-source.js';
import { findManualScaling, sumDesired } from '../strategy/in-place.js';
import { buildWait, decideStop, waitOrElse } from './decisions.js';
import { decideForward } from './forward.js';
import { findCurrentPhase, hasChangedAnything } from './phase.js';
import { rewriteIntent } from './record.js';
import { decideRollback } from './rollback.js';
import { listServers } from './servers.js';

/**
 * The one decision: what to do next, from what one look saw and what the roll wants. Pure: time is in the
 * survey. `plan` folds it over predicted effects, `upgrade` over real ones.
 */
export function decide(input: DecisionInput): Decision {
  const { observation, intent } = input;
  if (!hasChangedAnything(observation) && observation.old !== undefined && intent.direction === 'forward') {
    return isDoneAlready(observation, intent)
      ? { kind: 'done', outcome: 'nothing-to-do' }
      : decideForward(input);
  }
  const changed = findManualChange(observation, intent);
  if (changed !== undefined) return decideStop('stopped', { kind: 'changed-externally', what: changed });
  return awaitLeader(input) ?? rewriteIntent(input) ?? decideByDirection(input);
}

function decideByDirection(input: DecisionInput): Decision {
  const { intent } = input;
  return intent.direction === 'rollback' ? decideRollback(input) : decideForward(input);
}

function isDoneAlready(observation: Observation, intent: Intent): boolean {
  const { old } = observation;
  const servers = listServers(observation, 'old');
  return old?.imageId === intent.imageId && servers.every((server) => server.imageId === intent.imageId);
}

/** What somebody else did to the roll's own things, that it cannot carry on from. */
function findManualChange(observation: Observation, intent: Intent): string | undefined {
  const { old, new: group } = observation;
  if (group !== undefined && group.imageId !== undefined && group.imageId !== intent.imageId) {
    return `${group.name} launches ${group.imageId}, and the roll is onto ${intent.imageId}`;
  }
  if (old === undefined && group === undefined)
    return `neither ${intent.oldGroup} nor ${intent.newGroup} exists`;
  const stranger = old && findForeignLaunchSource(observation, old, intent);
  if (old !== undefined && stranger !== undefined) {
    return `${old.name} launches from ${stranger}, which is not of this roll`;
  }
  if (old !== undefined && old.desired > intent.original.desired) {
    return `group ${old.name} was scaled to ${old.desired}, and had ${intent.original.desired} when the roll began`;
  }
  const scaled = findManualScaling(observation, intent);
  if (scaled !== undefined) return scaled;
  if (group === undefined || group.desired <= intent.size) return undefined;
  // The way back takes new servers out one by one, however many a group rolled in place has launched.
  if (isInPlace(intent) && intent.direction === 'rollback') return undefined;
  const wanted = sumDesired(observation, group.name);
  return `group ${group.name} was scaled to ${wanted}, and the cluster has ${intent.size}`;
}

/** What the old group launches from, where that is neither what it was nor what this roll puts it on. */
function findForeignLaunchSource(observation: Observation, old: Group, intent: Intent): string | undefined {
  const { previousLaunchSource, nextLaunchSource } = intent;
  const { launchSource } = old;
  const inPlace = isInPlace(intent);
  // A launch configuration is named once and for all: what else the old group is put on is not launched.
  if (launchSource.kind === 'launch-configuration' && !inPlace) return undefined;
  const made =
    nextLaunchSource.kind === 'launch-configuration'
      ? nextLaunchSource
      : findNewLaunchSource(observation, intent);
  // AWS may not show a version yet that the group is on already.
  if (inPlace && made === undefined) return undefined;
  const own = [
    buildPreviousLaunchSource(previousLaunchSource, nextLaunchSource),
    previousLaunchSource,
    ...(inPlace ? [made] : []),
  ];
  if (own.some((from) => from && launchesFrom(launchSource, from))) return undefined;
  return formatLaunchSource(launchSource.kind === 'mixed' ? launchSource.launchTemplate : launchSource);
}

/** Without one leader that everybody names nothing is touched; when that lasts, a person is needed. */
function awaitLeader(input: DecisionInput): Decision | undefined {
  const { observation, intent, limits } = input;
  const leadership = determineLeadership(observation.servers);
  const agreed = leadership.kind === 'agreed' && observation.raft?.leader === leadership.leader;
  if (agreed) return undefined;
  const wait = buildWait(
    input,
    findCurrentPhase(observation, intent),
    { kind: 'leadership', towards: undefined },
    limits.leaderTimeoutMs,
  );
  return waitOrElse(input, wait, () => decideStop('quorum-at-risk', explainNoLeader(observation, wait)));
}

function explainNoLeader(observation: Observation, wait: Wait): StopReason {
  const leadership = determineLeadership(observation.servers);
  switch (leadership.kind) {
    case 'none':
      return { kind: 'no-leader', answers: leadership.answers };
    case 'disputed':
      return { kind: 'two-leaders', answers: leadership.answers };
    case 'unknown-leader':
      return { kind: 'unknown-leader', leader: leadership.leader };
    case 'agreed': {
      const detail = `all name ${parseHost(leadership.leader)}, which does not answer as the leader`;
      return { kind: 'timed-out', waitedFor: wait.for, limitMs: wait.limitMs, detail };
    }
  }
}
