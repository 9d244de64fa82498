import type { Decision, Wait } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace, type Limits } from '../../model/intent.js';
import { launchesFrom, nameOfTemplate, oldLaunchFrom } from '../../model/launch-source.js';
import type { Survey } from '../../model/observation.js';
import { leadershipOf } from '../../model/raft.js';
import { hostOf } from '../../model/server.js';
import type { Refusal } from '../../model/stop-reason.js';
import { newLaunchFrom } from '../launch-source/launch-source.js';
import { scaledInPlace, wantedOf } from '../strategy/in-place.js';
import { stop, waitFor, waitOr } from './decisions.js';
import { forward } from './forward.js';
import { hasBegun, phaseNow } from './phase.js';
import { recordAnew } from './record.js';
import { back } from './rollback.js';
import { serversOf } from './servers.js';

/**
 * The one decision: what to do next, from what one look saw and what the roll wants. Pure: time is in the
 * survey. `plan` folds it over predicted effects, `upgrade` over real ones.
 */
export function decide(survey: Survey, intent: Intent, limits: Limits): Decision {
  if (!hasBegun(survey) && survey.old !== undefined && intent.direction === 'forward') {
    return isDoneAlready(survey, intent)
      ? { kind: 'done', outcome: 'nothing-to-do' }
      : forward(survey, intent, limits);
  }
  const changed = changedByHand(survey, intent);
  if (changed !== undefined) return stop('stopped', { kind: 'changed-by-hand', what: changed });
  return awaitLeader(survey, intent, limits) ?? recordAnew(survey, intent) ?? follow(survey, intent, limits);
}

function follow(survey: Survey, intent: Intent, limits: Limits): Decision {
  return intent.direction === 'back' ? back(survey, intent, limits) : forward(survey, intent, limits);
}

function isDoneAlready(survey: Survey, intent: Intent): boolean {
  const { old } = survey;
  const servers = serversOf(survey, 'old');
  return old?.imageId === intent.imageId && servers.every((server) => server.imageId === intent.imageId);
}

/** What somebody else did to the roll's own things, that it cannot carry on from. */
function changedByHand(survey: Survey, intent: Intent): string | undefined {
  const { old, new: group } = survey;
  if (group !== undefined && group.imageId !== undefined && group.imageId !== intent.imageId) {
    return `${group.name} launches ${group.imageId}, and the roll is onto ${intent.imageId}`;
  }
  if (old === undefined && group === undefined)
    return `neither ${intent.oldGroup} nor ${intent.newGroup} exists`;
  const stranger = old && strangeTemplate(survey, old, intent);
  if (old !== undefined && stranger !== undefined) {
    return `${old.name} launches from ${stranger}, which is not of this roll`;
  }
  if (old !== undefined && old.desired > intent.was.desired) {
    return `group ${old.name} was scaled to ${old.desired}, and had ${intent.was.desired} when the roll began`;
  }
  const scaled = scaledInPlace(survey, intent);
  if (scaled !== undefined) return scaled;
  if (group === undefined || group.desired <= intent.size) return undefined;
  // The way back takes new servers out one by one, however many a group rolled in place has launched.
  if (isInPlace(intent) && intent.direction === 'back') return undefined;
  const wanted = wantedOf(survey, group.name);
  return `group ${group.name} was scaled to ${wanted}, and the cluster has ${intent.size}`;
}

/** What the old group launches from, where that is neither what it was nor what this roll puts it on. */
function strangeTemplate(survey: Survey, old: Group, intent: Intent): string | undefined {
  const { oldTemplate, newTemplate } = intent;
  const { template } = old;
  const inPlace = isInPlace(intent);
  // A launch configuration is named once and for all: what else the old group is put on is not launched.
  if (template.kind === 'launch-configuration' && !inPlace) return undefined;
  const made = newTemplate.kind === 'launch-configuration' ? newTemplate : newLaunchFrom(survey, intent);
  // AWS may not show a version yet that the group is on already.
  if (inPlace && made === undefined) return undefined;
  const own = [oldLaunchFrom(oldTemplate, newTemplate), oldTemplate, ...(inPlace ? [made] : [])];
  if (own.some((from) => from && launchesFrom(template, from))) return undefined;
  return nameOfTemplate(template.kind === 'mixed' ? template.launchTemplate : template);
}

/** Without one leader that everybody names nothing is touched; when that lasts, a person is needed. */
function awaitLeader(survey: Survey, intent: Intent, limits: Limits): Decision | undefined {
  const leadership = leadershipOf(survey.servers);
  const agreed = leadership.kind === 'agreed' && survey.raft?.leader === leadership.leader;
  if (agreed) return undefined;
  const wait = waitFor(
    survey,
    phaseNow(survey, intent),
    { kind: 'leadership', towards: undefined },
    limits.leaderTimeoutMs,
  );
  return waitOr(survey, wait, () => stop('quorum-at-risk', leaderless(survey, wait)));
}

function leaderless(survey: Survey, wait: Wait): Refusal {
  const leadership = leadershipOf(survey.servers);
  switch (leadership.kind) {
    case 'none':
      return { kind: 'no-leader', answers: leadership.answers };
    case 'disputed':
      return { kind: 'two-leaders', answers: leadership.answers };
    case 'stranger':
      return { kind: 'unknown-leader', leader: leadership.leader };
    case 'agreed': {
      const detail = `all name ${hostOf(leadership.leader)}, which does not answer as the leader`;
      return { kind: 'timed-out', waitedFor: wait.for, limitMs: wait.limitMs, detail };
    }
  }
}
