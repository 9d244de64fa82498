import type { Decision } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import { isAlias, launchTemplateOf, type PinnedTemplate } from '../../model/launch-source.js';
import type { Survey } from '../../model/observation.js';
import { isRecorded } from '../../model/tags.js';
import { act } from '../decide/decisions.js';

/**
 * Groups on `$Latest` or `$Default`. The roll makes a version of their template, and from that moment `$Latest` is
 * the new image; so the old group is pinned to its number before, and gets its alias back only once that version is
 * gone. Its successor is on its own number until nothing is left of the old group, and then gets the alias.
 */

/** The old template, where the roll adds a version to it and the group names it by an alias. */
export function aliasedTemplate({ oldTemplate, newTemplate }: Intent): PinnedTemplate | undefined {
  if (newTemplate.kind !== 'launch-template-version' || oldTemplate.kind !== 'launch-template')
    return undefined;
  return isAlias(oldTemplate.version) ? oldTemplate : undefined;
}

/** Pins the old group to the number its alias stands for; undefined once it is. */
export function pinOld(survey: Survey, old: Group, intent: Intent): Decision | undefined {
  const template = aliasedTemplate(intent);
  if (template === undefined || !isAlias(versionOf(old))) return undefined;
  const version = String(template.resolved);
  const why = `or ${template.version} would be the new image for it too`;
  return putOn(survey, 'prepare', old, template, version, why);
}

/** After a rollback the old group is on its alias again; undefined once it is. */
export function restoreAlias(survey: Survey, intent: Intent): Decision | undefined {
  const { old } = survey;
  const template = aliasedTemplate(intent);
  if (template === undefined || !isRecorded(old) || isAlias(versionOf(old))) return undefined;
  return putOn(survey, 'back', old, template, template.version, 'as it was before');
}

/**
 * Gives the new group the alias its predecessor had. Not where somebody else has made a newer version or moved the
 * default meanwhile: then the alias stands for something this roll never tried, and the group stays on its number.
 */
export function handBack(survey: Survey, intent: Intent): Decision | undefined {
  const { new: group, launchTemplate: seen } = survey;
  const template = aliasedTemplate(intent);
  if (template === undefined || !isRecorded(group) || seen?.own === undefined) return undefined;
  const { id, name, own: version } = seen;
  if (template.version === '$Latest' && seen.latestVersion !== version) return undefined;
  if (template.version === '$Default' && seen.defaultVersion !== version) {
    if (seen.defaultVersion !== template.defaultVersion) return undefined;
    const move = { kind: 'set-default', id, name, version } as const;
    return act(survey, 'finish', move, 'the old one launched $Default, and so shall its successor');
  }
  if (isAlias(versionOf(group))) return undefined;
  return putOn(survey, 'finish', group, template, template.version, 'as the old group was');
}

function putOn(
  survey: Survey,
  phase: 'prepare' | 'finish' | 'back',
  group: Group,
  { id, name }: PinnedTemplate,
  version: string,
  why: string,
): Decision {
  const template = { kind: 'launch-template', id, name, version } as const;
  return act(survey, phase, { kind: 'retarget', group: group.name, template }, why);
}

function versionOf({ template }: Group): string {
  return launchTemplateOf(template)?.version ?? '';
}
