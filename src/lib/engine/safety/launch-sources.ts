import type { Action } from '../../model/action.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace } from '../../model/intent.js';
import {
  isAlias,
  type LaunchFrom,
  launchTemplateOf,
  type OldTemplate,
  oldLaunchFrom,
  type PinnedTemplate,
} from '../../model/launch-source.js';
import type { Survey } from '../../model/observation.js';
import type { Refusal } from '../../model/stop-reason.js';
import { isRecorded } from '../../model/tags.js';
import { newLaunchFrom } from '../launch-source/launch-source.js';

type ActionOf<Kind extends Action['kind']> = Extract<Action, { readonly kind: Kind }>;

/** No version is made while the old group would launch it. */
export function addable({ old }: Survey): Refusal | undefined {
  const use = old && launchTemplateOf(old.template);
  if (old === undefined || use === undefined || !isAlias(use.version)) return undefined;
  return { kind: 'wrong-version', group: old.name, version: use.version };
}

/**
 * Each side of a roll launches nothing but what it is to launch: the old group what it launched before, the new one
 * what this roll made. An alias is given only while it stands for that.
 */
export function retargetable(
  survey: Survey,
  intent: Intent,
  { group, template }: ActionOf<'retarget'>,
): Refusal | undefined {
  const allowed = intent.direction === 'back' ? backTo(survey, intent) : onTo(survey, intent, group);
  if (allowed.some((from) => isSame(from, template))) return undefined;
  const was = intent.oldTemplate;
  const known =
    template.kind === 'launch-template' && [idOf(was), survey.launchTemplate?.id].includes(template.id);
  if (!known) return { kind: 'not-ours', resource: template.name };
  return { kind: 'wrong-version', group, version: template.version };
}

/** Turned back, the old group gets its alias only once no version of the roll is there to be what it stands for. */
function backTo(survey: Survey, { oldTemplate: was, newTemplate }: Intent): readonly LaunchFrom[] {
  const pinned = oldLaunchFrom(was, newTemplate);
  if (was.kind === 'launch-configuration' || survey.launchTemplate?.own !== undefined) return [pinned];
  return [pinned, as(was, was.version)];
}

/** On its way, a roll pins the old group, puts one in place onto its own template, and gives an alias at the end. */
function onTo(survey: Survey, intent: Intent, group: string): readonly LaunchFrom[] {
  const { oldTemplate: was, newTemplate, oldGroup, newGroup } = intent;
  const own = isInPlace(intent) ? newLaunchFrom(survey, intent) : undefined;
  const made = own === undefined ? [] : [own];
  if (was.kind === 'launch-configuration') return made;
  const pinned = group === oldGroup ? [oldLaunchFrom(was, newTemplate)] : [];
  const ended = group === newGroup && !isRecorded(survey.old);
  const version = survey.launchTemplate?.own;
  const aliased = ended && version !== undefined && standsFor(survey, was.version) === version;
  return [...made, ...pinned, ...(aliased ? [as(was, was.version)] : [])];
}

function isSame(one: LaunchFrom, other: LaunchFrom): boolean {
  if (one.kind === 'launch-configuration') return other.kind === one.kind && other.name === one.name;
  return other.kind === one.kind && other.id === one.id && other.version === one.version;
}

function as({ kind, id, name }: PinnedTemplate, version: string): LaunchFrom {
  return { kind, id, name, version };
}

function idOf(template: OldTemplate): string | undefined {
  return template.kind === 'launch-template' ? template.id : undefined;
}

/** The default moves to the roll's own version at the very end, and only ever back to where it was. */
export function movable(
  survey: Survey,
  intent: Intent,
  action: ActionOf<'set-default'>,
): Refusal | undefined {
  const { oldTemplate: was } = intent;
  const { launchTemplate: seen } = survey;
  const ours = was.kind === 'launch-template' && action.id === was.id && seen !== undefined;
  if (!ours) return { kind: 'not-ours', resource: action.name };
  const onwards =
    intent.direction === 'forward' &&
    was.version === '$Default' &&
    seen.defaultVersion === was.defaultVersion;
  const to = onwards && !isRecorded(survey.old) ? seen.own : was.defaultVersion;
  return action.version === to ? undefined : { kind: 'not-ours', resource: nameOf(action) };
}

/** Invariant 10: only a version that this roll made, on its way back, that no group of it is on. */
export function removableVersion(
  survey: Survey,
  intent: Intent,
  action: ActionOf<'delete-version'>,
): Refusal | undefined {
  const { launchTemplate: seen, old } = survey;
  const made = intent.newTemplate.kind === 'launch-template-version' && seen?.id === action.id;
  const ours = made && seen.own === action.version && seen.defaultVersion !== action.version;
  if (!ours || intent.direction !== 'back') return { kind: 'not-ours', resource: nameOf(action) };
  return inUse(survey.new) ?? (old && onVersion(old, action.version));
}

/** Invariant 10: only a launch template that this roll made, on its way back, that no group of it is on. */
export function removableTemplate(
  survey: Survey,
  intent: Intent,
  action: ActionOf<'delete-launch-template'>,
): Refusal | undefined {
  const { launchTemplate: seen } = survey;
  const made = intent.newTemplate.kind === 'launch-template' && seen?.id === action.id;
  const ours = made && seen.own !== undefined && intent.direction === 'back';
  return ours ? inUse(survey.new) : { kind: 'not-ours', resource: action.name };
}

function inUse(group: Group | undefined): Refusal | undefined {
  const { name, instanceIds } = group ?? {};
  if (name === undefined) return undefined;
  return { kind: 'group-not-empty', group: name, instances: instanceIds?.length ?? 0, peers: 0 };
}

function onVersion(group: Group, version: number): Refusal | undefined {
  const use = launchTemplateOf(group.template);
  if (use === undefined || use.version !== String(version)) return undefined;
  return { kind: 'wrong-version', group: group.name, version: use.version };
}

function standsFor({ launchTemplate: seen }: Survey, version: string): number | undefined {
  return version === '$Latest' ? seen?.latestVersion : seen?.defaultVersion;
}

function nameOf({ name, version }: { readonly name: string; readonly version: number }): string {
  return `version ${version} of launch template ${name}`;
}
