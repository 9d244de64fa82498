import type { ActionOf } from '../../model/action.js';
import type { SafetyInput } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import {
  asLaunchTemplate,
  buildPreviousLaunchSource,
  findLaunchTemplate,
  isAlias,
  isSameLaunchSource,
  type LaunchSource,
  launchesFromAny,
  withVersion,
} from '../../model/launch-source.js';
import type { Observation } from '../../model/observation.js';
import type { StopReason } from '../../model/stop-reason.js';
import { isRecorded } from '../../model/tags.js';
import { findNewLaunchSource, launchSourceOf, replacedLaunchConfigurationOf } from '../launch-source/launch-sources.js';
import { strategyOf } from '../strategy/strategies.js';

/** only-our-own: what the roll copies is what AWS says that the old group launches from, whatever the record names. */
export function requireSourceOfOldGroup({ observation: { old }, intent }: SafetyInput): StopReason | undefined {
  const { previousLaunchSource: previous } = intent;
  if (old === undefined || launchesFromAny(old.launchSource, previous)) return undefined;
  return { kind: 'not-owned', resource: previous.name };
}

/** own-image-only: a version is created only while the old group is not on an alias, which could resolve to it. */
export function requireNotOnAlias({ observation: { old } }: SafetyInput): StopReason | undefined {
  const launchTemplate = old && findLaunchTemplate(old.launchSource);
  if (old === undefined || launchTemplate === undefined || !isAlias(launchTemplate.version)) return undefined;
  return { kind: 'wrong-version', group: old.name, version: launchTemplate.version };
}

/**
 * own-image-only: the old group launches what it launched before, the new group what this roll created. A group is set
 * to an alias only where the alias resolves to that.
 */
export function requireAllowedLaunchSource(
  { observation, intent }: SafetyInput,
  { group, launchSource }: ActionOf<'set-launch-source'>,
): StopReason | undefined {
  const allowed =
    intent.direction === 'rollback'
      ? listRollbackLaunchSources(observation, intent)
      : listForwardLaunchSources(observation, intent, group);
  if (allowed.some((from) => isSameLaunchSource(from, launchSource))) return undefined;
  const launchTemplate = asLaunchTemplate(launchSource);
  const known = [asLaunchTemplate(intent.previousLaunchSource)?.id, observation.launchTemplate?.id];
  if (launchTemplate === undefined || !known.includes(launchTemplate.id)) {
    return { kind: 'not-owned', resource: launchSource.name };
  }
  return { kind: 'wrong-version', group, version: launchTemplate.version };
}

/**
 * In a rollback, the old group gets its alias back once the version of this roll is deleted: the alias may resolve to
 * it.
 */
function listRollbackLaunchSources(
  observation: Observation,
  { previousLaunchSource, nextLaunchSource }: Intent,
): readonly LaunchSource[] {
  const pinned = buildPreviousLaunchSource(previousLaunchSource, nextLaunchSource);
  const previous = asLaunchTemplate(previousLaunchSource);
  if (previous === undefined || observation.launchTemplate?.rollVersion !== undefined) return [pinned];
  return [pinned, withVersion(previous, previous.version)];
}

/**
 * Rolling forward, the old group is pinned to its version, a group in place is set to the new launch source, and an
 * alias comes back when the roll is over.
 */
function listForwardLaunchSources(observation: Observation, intent: Intent, group: string): readonly LaunchSource[] {
  const { previousLaunchSource, nextLaunchSource, oldGroup, newGroup } = intent;
  const previous = asLaunchTemplate(previousLaunchSource);
  const next = strategyOf(intent).launchesInOldGroup ? findNewLaunchSource(observation, intent) : undefined;
  const nextOnly = next === undefined ? [] : [next];
  if (previous === undefined) return nextOnly;
  const pinned = group === oldGroup ? [buildPreviousLaunchSource(previous, nextLaunchSource)] : [];
  const isOver = group === newGroup && !isRecorded(observation.old);
  const version = observation.launchTemplate?.rollVersion;
  const mayAlias = isOver && version !== undefined && resolveAlias(observation, previous.version) === version;
  return [...nextOnly, ...pinned, ...(mayAlias ? [withVersion(previous, previous.version)] : [])];
}

/** own-image-only: the default becomes the version of this roll when it is over, and otherwise only what it was. */
export function requireAllowedDefaultVersion(
  { observation, intent }: SafetyInput,
  action: ActionOf<'set-default-version'>,
): StopReason | undefined {
  const previous = asLaunchTemplate(intent.previousLaunchSource);
  const { launchTemplate: current } = observation;
  if (previous === undefined || action.id !== previous.id || current === undefined) {
    return { kind: 'not-owned', resource: action.name };
  }
  const mayAdvance =
    intent.direction === 'forward' &&
    previous.version === '$Default' &&
    current.defaultVersion === previous.defaultVersion &&
    !isRecorded(observation.old);
  const to = mayAdvance ? current.rollVersion : previous.defaultVersion;
  return action.version === to ? undefined : { kind: 'not-owned', resource: formatVersion(action) };
}

/**
 * only-our-own: the version was created by this roll, which is being rolled back, and no group of the roll is on it.
 */
export function requireRemovableVersion(
  { observation, intent }: SafetyInput,
  action: ActionOf<'delete-launch-template-version'>,
): StopReason | undefined {
  const { launchTemplate: current, old } = observation;
  const isTemplate = launchSourceOf(intent).deletedBy === action.kind && current?.id === action.id;
  const isOwn = isTemplate && current.rollVersion === action.version && current.defaultVersion !== action.version;
  if (!isOwn || intent.direction !== 'rollback') return { kind: 'not-owned', resource: formatVersion(action) };
  return requireGroupGone(observation.new) ?? (old && requireNotOnVersion(old, action.version));
}

/**
 * only-our-own: the launch template was created by this roll, which is being rolled back, and its new group is deleted.
 */
export function requireRemovableLaunchTemplate(
  { observation, intent }: SafetyInput,
  action: ActionOf<'delete-launch-template'>,
): StopReason | undefined {
  const { launchTemplate: current } = observation;
  const isTemplate = launchSourceOf(intent).deletedBy === action.kind && current?.id === action.id;
  const isOwn = isTemplate && current.rollVersion !== undefined && intent.direction === 'rollback';
  return isOwn ? requireGroupGone(observation.new) : { kind: 'not-owned', resource: action.name };
}

/** only-our-own: rolling forward deletes that of the old group, a rollback that of this roll. */
export function requireRemovableLaunchConfiguration(
  { intent }: SafetyInput,
  { name }: ActionOf<'delete-launch-configuration'>,
): StopReason | undefined {
  return replacedLaunchConfigurationOf(intent) === name ? undefined : { kind: 'not-owned', resource: name };
}

function requireGroupGone(group: Group | undefined): StopReason | undefined {
  const { name, instanceIds } = group ?? {};
  if (name === undefined) return undefined;
  return { kind: 'group-not-empty', group: name, instances: instanceIds?.length ?? 0, peers: 0 };
}

function requireNotOnVersion(group: Group, version: number): StopReason | undefined {
  const launchTemplate = findLaunchTemplate(group.launchSource);
  if (launchTemplate === undefined || launchTemplate.version !== String(version)) return undefined;
  return { kind: 'wrong-version', group: group.name, version: launchTemplate.version };
}

function resolveAlias({ launchTemplate: current }: Observation, version: string): number | undefined {
  return version === '$Latest' ? current?.latestVersion : current?.defaultVersion;
}

function formatVersion({ name, version }: { readonly name: string; readonly version: number }): string {
  return `version ${version} of launch template ${name}`;
}
