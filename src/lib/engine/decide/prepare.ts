import { type Decision, type DecisionInput, decideAction } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { buildSentinel } from '../../model/intent.js';
import { hasSentinel, isConfirmed, listServers } from '../../model/servers.js';
import { isRecorded } from '../../model/tags.js';
import { runPreflight } from '../checks/checks.js';
import { launchSourceOf } from '../launch-source/launch-sources.js';
import { pinVersion } from '../launch-source/version-alias.js';
import { protectServers } from '../strategy/protection.js';
import { strategyOf } from '../strategy/strategies.js';
import { changeProcesses, findMissingSuspensions } from '../strategy/suspended-processes.js';
import { awaitSentinel, decideStop } from './decisions.js';
import { recordRollback } from './rollback.js';

/**
 * Prepares an empty new group beside the old one. Both have their processes suspended, the new one before its first
 * server, so that it never acts on its own.
 */
export function decidePrepare(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const { old } = observation;
  if (old === undefined) return undefined;
  if (!isRecorded(old)) return observation.new === undefined ? beginRoll(input) : undefined;
  const missing = findMissingSuspensions(old, strategyOf(intent).launchesInOldGroup);
  return (
    protectServers(input, 'prepare', old) ??
    changeProcesses(input, 'prepare', 'suspend-processes', old, missing, 'only-this-roll') ??
    prepareNewServers(input, old)
  );
}

/**
 * The record in the store comes before the tags, and those before any other change. Where AWS denies them, the record is
 * removed again: no roll has begun.
 */
function beginRoll(input: DecisionInput): Decision {
  const { observation, intent, memory } = input;
  const { tagsDenied } = memory;
  if (isConfirmed(observation, intent)) {
    if (tagsDenied !== undefined) return decideAction(input, 'prepare', { kind: 'delete-record' }, 'tags-denied');
    return decideAction(input, 'prepare', { kind: 'write-intent', group: intent.oldGroup }, 'resumable');
  }
  if (tagsDenied !== undefined) return decideStop('refused', tagsDenied);
  const failed = runPreflight(input);
  if (failed.length > 0) return decideStop('refused', { kind: 'preflight', failed });
  if (memory.snapshot === undefined) {
    return decideAction(input, 'snapshot', { kind: 'save-snapshot' }, 'disaster-recovery');
  }
  return decideAction(input, 'prepare', { kind: 'write-record' }, 'confirmed-first');
}

function prepareNewServers(input: DecisionInput, old: Group): Decision | undefined {
  const source = launchSourceOf(input.intent);
  const next = source.find(input.observation);
  const pinned = pinVersion(input, old);
  if (pinned !== undefined) return pinned;
  return next === undefined
    ? (rollBackIfRefused(input) ?? source.create(input))
    : (writeSentinelBeforeLaunch(input) ?? strategyOf(input.intent).prepareGroup(input, old, next));
}

/** AWS will never create the launch source in this account. */
function rollBackIfRefused(input: DecisionInput): Decision | undefined {
  const message = input.memory.launchSourceRefused;
  return message === undefined ? undefined : recordRollback(input, { kind: 'launch-source-refused', message });
}

/**
 * Written once, before a group that could launch a new server. A leader without this key leads another cluster, even if
 * most servers name it.
 */
function writeSentinelBeforeLaunch(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  // At the end the roll deletes it, and others may have put the tags back on the group that is kept.
  const isKeptEmpty = intent.keepOld && observation.old?.desired === 0 && listServers(observation, 'old').length === 0;
  if (hasSentinel(observation, intent) || isKeptEmpty) return undefined;
  if (listServers(observation, 'new').length > 0) return awaitSentinel(input, 'quorum-at-risk');
  return decideAction(input, 'prepare', { kind: 'write-sentinel', value: buildSentinel(intent) }, 'replication-gate');
}
