import type { Decision } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace, type Limits } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import { isRecorded } from '../../model/tags.js';
import { preflight } from '../checks/preflight.js';
import { createTemplate, newLaunchFrom } from '../launch-source/launch-source.js';
import { pinOld } from '../launch-source/version-alias.js';
import { retargetForward } from '../strategy/in-place.js';
import { act, stop, waitFor, waitOr } from './decisions.js';
import { phaseNow } from './phase.js';
import { sentinelOf, showsSentinel } from './record.js';
import { serversOf } from './servers.js';
import { missingSuspensions } from './suspended-processes.js';

/**
 * From nothing to an empty, frozen new group beside the frozen old one. The new group is made at size 0 and
 * frozen before it gets its first server, so that there is no moment in which it could act on its own.
 */
export function prepare(survey: Survey, intent: Intent, limits: Limits): Decision | undefined {
  const { old } = survey;
  if (old === undefined) return undefined;
  if (!isRecorded(old)) return survey.new === undefined ? begin(survey, intent, limits) : undefined;
  const missing = missingSuspensions(old, isInPlace(intent));
  if (missing.length > 0) {
    return act(
      survey,
      'prepare',
      { kind: 'freeze', group: old.name, processes: missing },
      'nothing but this roll may change its servers',
    );
  }
  return createSuccessor(survey, old, intent) ?? writeSentinel(survey, intent, limits);
}

function begin(survey: Survey, intent: Intent, limits: Limits): Decision {
  const failed = preflight(survey, intent, limits);
  if (failed.length > 0) return stop('refused', { kind: 'preflight', failed });
  if (survey.history.snapshot === undefined) {
    return act(
      survey,
      'snapshot',
      { kind: 'save-snapshot' },
      'a way back that needs no server, before the first change',
    );
  }
  return act(
    survey,
    'prepare',
    { kind: 'record-intent', group: intent.oldGroup },
    'so that any machine can carry on from here',
  );
}

function createSuccessor(survey: Survey, old: Group, intent: Intent): Decision | undefined {
  const { oldGroup, newGroup } = intent;
  const template = newLaunchFrom(survey, intent);
  const pinned = pinOld(survey, old, intent);
  if (pinned !== undefined) return pinned;
  if (template === undefined) return createTemplate(survey, intent);
  if (isInPlace(intent)) return retargetForward(survey, old, intent);
  if (survey.new === undefined) {
    const create = { kind: 'create-group', from: oldGroup, name: newGroup, template } as const;
    return act(survey, 'prepare', create, 'the old group copied whole, with no server yet');
  }
  const missing = missingSuspensions(survey.new, true);
  if (missing.length === 0) return undefined;
  const freeze = { kind: 'freeze', group: newGroup, processes: missing } as const;
  return act(survey, 'prepare', freeze, 'it grows when told to, and only proved servers take traffic');
}

/**
 * Written before the first new server, and never again: from then on a leader without it is not the one this roll
 * began with, however many servers name it.
 */
function writeSentinel(survey: Survey, intent: Intent, limits: Limits): Decision | undefined {
  if (showsSentinel(survey, intent)) return undefined;
  if (serversOf(survey, 'new').length > 0) return awaitSentinel(survey, intent, limits);
  const write = { kind: 'write-sentinel', value: sentinelOf(intent) } as const;
  return act(survey, 'prepare', write, 'every new server must show it before it counts');
}

function awaitSentinel(survey: Survey, intent: Intent, limits: Limits): Decision {
  const phase = phaseNow(survey, intent);
  const wait = waitFor(survey, phase, { kind: 'sentinel' }, limits.leaderTimeoutMs);
  const what = `the sentinel of the roll, which the leader ${survey.raft?.leader ?? ''} does not have,`;
  return waitOr(survey, wait, () => stop('quorum-at-risk', { kind: 'changed-by-hand', what }));
}
