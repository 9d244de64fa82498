import type { Decision } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace, type Limits } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import { isRecorded } from '../../model/tags.js';
import { runPreflight } from '../checks/checks.js';
import { createNextLaunchSource, findNewLaunchSource } from '../launch-source/launch-source.js';
import { pinVersion } from '../launch-source/version-alias.js';
import { decideInPlaceForward } from '../strategy/in-place.js';
import { buildWait, decideAction, decideStop, waitOrElse } from './decisions.js';
import { findCurrentPhase } from './phase.js';
import { buildSentinel, hasSentinel } from './record.js';
import { listServers } from './servers.js';
import { findMissingSuspensions } from './suspended-processes.js';

/**
 * From nothing to an empty, frozen new group beside the frozen old one. The new group is made at size 0 and
 * frozen before it gets its first server, so that there is no moment in which it could act on its own.
 */
export function decidePrepare(
  observation: Observation,
  intent: Intent,
  limits: Limits,
): Decision | undefined {
  const { old } = observation;
  if (old === undefined) return undefined;
  if (!isRecorded(old))
    return observation.new === undefined ? beginRoll(observation, intent, limits) : undefined;
  const missing = findMissingSuspensions(old, isInPlace(intent));
  if (missing.length > 0) {
    return decideAction(
      observation,
      'prepare',
      { kind: 'suspend-processes', group: old.name, processes: missing },
      'nothing but this roll may change its servers',
    );
  }
  return createSuccessor(observation, old, intent) ?? writeSentinel(observation, intent, limits);
}

function beginRoll(observation: Observation, intent: Intent, limits: Limits): Decision {
  const failed = runPreflight({ observation, intent, limits });
  if (failed.length > 0) return decideStop('refused', { kind: 'preflight', failed });
  if (observation.memory.snapshot === undefined) {
    return decideAction(
      observation,
      'snapshot',
      { kind: 'save-snapshot' },
      'a way back that needs no server, before the first change',
    );
  }
  return decideAction(
    observation,
    'prepare',
    { kind: 'write-intent', group: intent.oldGroup },
    'so that any machine can carry on from here',
  );
}

function createSuccessor(observation: Observation, old: Group, intent: Intent): Decision | undefined {
  const { oldGroup, newGroup } = intent;
  const template = findNewLaunchSource(observation, intent);
  const pinned = pinVersion(observation, old, intent);
  if (pinned !== undefined) return pinned;
  if (template === undefined) return createNextLaunchSource(observation, intent);
  if (isInPlace(intent)) return decideInPlaceForward(observation, old, intent);
  if (observation.new === undefined) {
    const create = { kind: 'create-group', from: oldGroup, name: newGroup, launchSource: template } as const;
    return decideAction(observation, 'prepare', create, 'the old group copied whole, with no server yet');
  }
  const missing = findMissingSuspensions(observation.new, true);
  if (missing.length === 0) return undefined;
  const freeze = { kind: 'suspend-processes', group: newGroup, processes: missing } as const;
  return decideAction(
    observation,
    'prepare',
    freeze,
    'it grows when told to, and only proved servers take traffic',
  );
}

/**
 * Written before the first new server, and never again: from then on a leader without it is not the one this roll
 * began with, however many servers name it.
 */
function writeSentinel(observation: Observation, intent: Intent, limits: Limits): Decision | undefined {
  if (hasSentinel(observation, intent)) return undefined;
  if (listServers(observation, 'new').length > 0) return awaitSentinel(observation, intent, limits);
  const write = { kind: 'write-sentinel', value: buildSentinel(intent) } as const;
  return decideAction(observation, 'prepare', write, 'every new server must show it before it counts');
}

function awaitSentinel(observation: Observation, intent: Intent, limits: Limits): Decision {
  const phase = findCurrentPhase(observation, intent);
  const wait = buildWait(observation, phase, { kind: 'sentinel' }, limits.leaderTimeoutMs);
  const what = `the sentinel of the roll, which the leader ${observation.raft?.leader ?? ''} does not have,`;
  return waitOrElse(observation, wait, () =>
    decideStop('quorum-at-risk', { kind: 'changed-externally', what }),
  );
}
