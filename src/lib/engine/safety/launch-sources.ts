import type { Action } from '../../model/action.js';
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

type ActionOf<Kind extends Action['kind']> = Extract<Action, { readonly kind: Kind }>;

/** No version is made while the old group would launch it. */
export function requireNotOnAlias({ old }: Observation): StopReason | undefined {
  const launchTemplate = old && findLaunchTemplate(old.launchSource);
  if (old === undefined || launchTemplate === undefined || !isAlias(launchTemplate.version)) return undefined;
  return { kind: 'wrong-version', group: old.name, version: launchTemplate.version };
}

/**
 * Each side of a roll launches nothing but what it is to launch: the old group what it launched before, the new one
 * what this roll made. An alias is given only while it stands for that.
 */
export function requireAllowedLaunchSource(
  observation: Observation,
  intent: Intent,
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

/** Turned back, the old group gets its alias only once no version of the roll is there to be what it stands for. */
function listRollbackLaunchSources(
  observation: Observation,
  { previousLaunchSource: was, nextLaunchSource }: Intent,
): readonly LaunchSource[] {
  const pinned = buildPreviousLaunchSource(was, nextLaunchSource);
  if (was.kind === 'launch-configuration' || observation.launchTemplate?.rollVersion !== undefined)
    return [pinned];
  return [pinned, withVersion(was, was.version)];
}

/** On its way, a roll pins the old group, puts one in place onto its own template, and gives an alias at the end. */
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

/** The default moves to the roll's own version at the very end, and only ever back to where it was. */
export function requireAllowedDefaultVersion(
  observation: Observation,
  intent: Intent,
  action: ActionOf<'set-default-version'>,
): StopReason | undefined {
  const { previousLaunchSource: was } = intent;
  const { launchTemplate: seen } = observation;
  const ours = was.kind === 'launch-template' && action.id === was.id && seen !== undefined;
  if (!ours) return { kind: 'not-owned', resource: action.name };
  const onwards =
    intent.direction === 'forward' &&
    was.version === '$Default' &&
    seen.defaultVersion === was.defaultVersion;
  const to = onwards && !isRecorded(observation.old) ? seen.rollVersion : was.defaultVersion;
  return action.version === to ? undefined : { kind: 'not-owned', resource: formatVersion(action) };
}

/** Invariant 10: only a version that this roll made, on its way back, that no group of it is on. */
export function requireRemovableVersion(
  observation: Observation,
  intent: Intent,
  action: ActionOf<'delete-launch-template-version'>,
): StopReason | undefined {
  const { launchTemplate: seen, old } = observation;
  const made = intent.nextLaunchSource.kind === 'launch-template-version' && seen?.id === action.id;
  const ours = made && seen.rollVersion === action.version && seen.defaultVersion !== action.version;
  if (!ours || intent.direction !== 'rollback') return { kind: 'not-owned', resource: formatVersion(action) };
  return requireGroupGone(observation.new) ?? (old && requireNotOnVersion(old, action.version));
}

/** Invariant 10: only a launch template that this roll made, on its way back, that no group of it is on. */
export function requireRemovableLaunchTemplate(
  observation: Observation,
  intent: Intent,
  action: ActionOf<'delete-launch-template'>,
): StopReason | undefined {
  const { launchTemplate: seen } = observation;
  const made = intent.nextLaunchSource.kind === 'launch-template' && seen?.id === action.id;
  const ours = made && seen.rollVersion !== undefined && intent.direction === 'rollback';
  return ours ? requireGroupGone(observation.new) : { kind: 'not-owned', resource: action.name };
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

function resolveAlias({ launchTemplate: seen }: Observation, version: string): number | undefined {
  return version === '$Latest' ? seen?.latestVersion : seen?.defaultVersion;
}

function formatVersion({ name, version }: { readonly name: string; readonly version: number }): string {
  return `version ${version} of launch template ${name}`;
}
