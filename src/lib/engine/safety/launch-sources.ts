import type { ActionOf } from '../../model/action.js';
import type { SafetyInput } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace } from '../../model/intent.js';
import {
  buildPreviousLaunchSource,
  findLaunchTemplate,
  isAlias,
  type LaunchSource,
  type PinnedLaunchTemplate,
  type PreviousLaunchSource,
} from '../../model/launch-source.js';
import type { Observation } from '../../model/observation.js';
import type { StopReason } from '../../model/stop-reason.js';
import { isRecorded } from '../../model/tags.js';
import { findNewLaunchSource } from '../launch-source/launch-source.js';

/** A version is created only while the old group would not launch it: `$Latest` would. */
export function requireNotOnAlias({ observation: { old } }: SafetyInput): StopReason | undefined {
  const launchTemplate = old && findLaunchTemplate(old.launchSource);
  if (old === undefined || launchTemplate === undefined || !isAlias(launchTemplate.version)) return undefined;
  return { kind: 'wrong-version', group: old.name, version: launchTemplate.version };
}

/**
 * The old group launches only what it launched before, the new group only what this roll created. A group is set to an
 * alias only where the alias resolves to that.
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
  const was = intent.previousLaunchSource;
  const known =
    launchSource.kind === 'launch-template' &&
    [findTemplateId(was), observation.launchTemplate?.id].includes(launchSource.id);
  if (!known) return { kind: 'not-owned', resource: launchSource.name };
  return { kind: 'wrong-version', group, version: launchSource.version };
}

/** On the way back the old group gets its alias once the version of this roll, which it may resolve to, is deleted. */
function listRollbackLaunchSources(
  observation: Observation,
  { previousLaunchSource: was, nextLaunchSource }: Intent,
): readonly LaunchSource[] {
  const pinned = buildPreviousLaunchSource(was, nextLaunchSource);
  if (was.kind === 'launch-configuration' || observation.launchTemplate?.rollVersion !== undefined)
    return [pinned];
  return [pinned, withVersion(was, was.version)];
}

/** On the way forward the old group is pinned, a group in place is set to the new launch source, and an alias comes last. */
function listForwardLaunchSources(
  observation: Observation,
  intent: Intent,
  group: string,
): readonly LaunchSource[] {
  const { previousLaunchSource: was, nextLaunchSource, oldGroup, newGroup } = intent;
  const own = isInPlace(intent) ? findNewLaunchSource(observation, intent) : undefined;
  const made = own === undefined ? [] : [own];
  if (was.kind === 'launch-configuration') return made;
  const pinned = group === oldGroup ? [buildPreviousLaunchSource(was, nextLaunchSource)] : [];
  const ended = group === newGroup && !isRecorded(observation.old);
  const version = observation.launchTemplate?.rollVersion;
  const aliased = ended && version !== undefined && resolveAlias(observation, was.version) === version;
  return [...made, ...pinned, ...(aliased ? [withVersion(was, was.version)] : [])];
}

function isSameLaunchSource(one: LaunchSource, other: LaunchSource): boolean {
  if (one.kind === 'launch-configuration') return other.kind === one.kind && other.name === one.name;
  return other.kind === one.kind && other.id === one.id && other.version === one.version;
}

function withVersion({ kind, id, name }: PinnedLaunchTemplate, version: string): LaunchSource {
  return { kind, id, name, version };
}

function findTemplateId(launchSource: PreviousLaunchSource): string | undefined {
  return launchSource.kind === 'launch-template' ? launchSource.id : undefined;
}

/** The default version is set to the version of this roll at the end of it, and otherwise only to what it was. */
export function requireAllowedDefaultVersion(
  { observation, intent }: SafetyInput,
  action: ActionOf<'set-default-version'>,
): StopReason | undefined {
  const { previousLaunchSource: was } = intent;
  const { launchTemplate: current } = observation;
  const isOwn = was.kind === 'launch-template' && action.id === was.id && current !== undefined;
  if (!isOwn) return { kind: 'not-owned', resource: action.name };
  const onwards =
    intent.direction === 'forward' &&
    was.version === '$Default' &&
    current.defaultVersion === was.defaultVersion;
  const to = onwards && !isRecorded(observation.old) ? current.rollVersion : was.defaultVersion;
  return action.version === to ? undefined : { kind: 'not-owned', resource: formatVersion(action) };
}

/** only-our-own: the version was created by this roll, which goes back, and no group of the roll is on it. */
export function requireRemovableVersion(
  { observation, intent }: SafetyInput,
  action: ActionOf<'delete-launch-template-version'>,
): StopReason | undefined {
  const { launchTemplate: current, old } = observation;
  const made = intent.nextLaunchSource.kind === 'launch-template-version' && current?.id === action.id;
  const isOwn = made && current.rollVersion === action.version && current.defaultVersion !== action.version;
  if (!isOwn || intent.direction !== 'rollback')
    return { kind: 'not-owned', resource: formatVersion(action) };
  return requireGroupGone(observation.new) ?? (old && requireNotOnVersion(old, action.version));
}

/** only-our-own: the launch template was created by this roll, which goes back, and its new group is deleted. */
export function requireRemovableLaunchTemplate(
  { observation, intent }: SafetyInput,
  action: ActionOf<'delete-launch-template'>,
): StopReason | undefined {
  const { launchTemplate: current } = observation;
  const made = intent.nextLaunchSource.kind === 'launch-template' && current?.id === action.id;
  const isOwn = made && current.rollVersion !== undefined && intent.direction === 'rollback';
  return isOwn ? requireGroupGone(observation.new) : { kind: 'not-owned', resource: action.name };
}

/** only-our-own: on the way forward the launch configuration of the old group goes, on the way back that of this roll. */
export function requireRemovableLaunchConfiguration(
  { intent: { direction, previousLaunchSource, nextLaunchSource } }: SafetyInput,
  { name }: ActionOf<'delete-launch-configuration'>,
): StopReason | undefined {
  const replaced = direction === 'rollback' ? nextLaunchSource : previousLaunchSource;
  const isReplaced = replaced.kind === 'launch-configuration' && replaced.name === name;
  return isReplaced ? undefined : { kind: 'not-owned', resource: name };
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
