import {
  type Decision,
  type DecisionInput,
  decideAction,
  type PlainStepReason,
  type StepReason,
} from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import {
  asLaunchTemplate,
  findLaunchTemplate,
  isAlias,
  type PinnedLaunchTemplate,
  withVersion,
} from '../../model/launch-source.js';
import { isRecorded } from '../../model/tags.js';

/**
 * Groups on `$Latest` or `$Default`. A version that the roll creates becomes `$Latest` at once. So the old group is
 * pinned to its version number before, and gets its alias back only after that version is deleted. The new group is on
 * its own version number until the old group is gone, and gets the alias then.
 */

/** The launch template of the old group, if the roll adds a version to it. */
export function findExtendedTemplate({
  previousLaunchSource,
  nextLaunchSource,
}: Intent): PinnedLaunchTemplate | undefined {
  return nextLaunchSource.kind === 'launch-template-version' ? asLaunchTemplate(previousLaunchSource) : undefined;
}

/** The same, if the old group was on an alias of it. */
export function findAliasedTemplate(intent: Intent): PinnedLaunchTemplate | undefined {
  const extended = findExtendedTemplate(intent);
  return extended !== undefined && isAlias(extended.version) ? extended : undefined;
}

/** Pins the old group to the number that its alias resolves to; undefined once it is pinned. */
export function pinVersion(input: DecisionInput, old: Group): Decision | undefined {
  const { intent } = input;
  const template = findAliasedTemplate(intent);
  if (template === undefined || !isAlias(readVersion(old))) return undefined;
  const version = String(template.resolved);
  return setLaunchSource(input, 'prepare', old, template, version, { kind: 'alias-pinned', alias: template.version });
}

/** In a rollback, sets the old group to its alias again; undefined once it is. */
export function restoreOldAlias(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const { old } = observation;
  const template = findAliasedTemplate(intent);
  if (template === undefined || !isRecorded(old) || isAlias(readVersion(old))) return undefined;
  return setLaunchSource(input, 'rollback', old, template, template.version, 'as-before');
}

/**
 * Gives the new group the alias of the old group. Not if another process has created a newer version or changed the
 * default meanwhile: the alias would resolve to a version that this roll has not tried, so the group keeps its number.
 */
export function restoreAlias(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const { new: group, launchTemplate: seen } = observation;
  const template = findAliasedTemplate(intent);
  if (template === undefined || !isRecorded(group) || seen?.rollVersion === undefined) return undefined;
  const { id, name, rollVersion: version } = seen;
  if (template.version === '$Latest' && seen.latestVersion !== version) return undefined;
  if (template.version === '$Default' && seen.defaultVersion !== version) {
    if (seen.defaultVersion !== template.defaultVersion) return undefined;
    return decideAction(input, 'finish', { kind: 'set-default-version', id, name, version }, 'default-version-moved');
  }
  if (isAlias(readVersion(group))) return undefined;
  return setLaunchSource(input, 'finish', group, template, template.version, 'same-as-old-group');
}

function setLaunchSource(
  input: DecisionInput,
  phase: 'prepare' | 'finish' | 'rollback',
  group: Group,
  template: PinnedLaunchTemplate,
  version: string,
  reason: StepReason | PlainStepReason,
): Decision {
  const launchSource = withVersion(template, version);
  return decideAction(input, phase, { kind: 'set-launch-source', group: group.name, launchSource }, reason);
}

function readVersion({ launchSource }: Group): string {
  return findLaunchTemplate(launchSource)?.version ?? '';
}
