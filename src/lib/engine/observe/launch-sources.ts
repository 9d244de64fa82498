import type { Intent } from '../../model/intent.js';
import { markOf } from '../../model/intent.js';
import {
  launchTemplateOf,
  type NewTemplate,
  type OldTemplate,
  type Template,
} from '../../model/launch-source.js';
import type { TemplateChoice } from '../../model/plan.js';
import type { SoughtTemplate } from '../../ports.js';

/** Letters a launch template's name may have. */
const NOT_IN_NAMES = /[^a-zA-Z0-9().\-/_]/g;
const LONGEST_NAME = 128;

/** What a group is launched from, as a roll records it. The default version is known once it was looked at. */
export function oldTemplateOf(template: Template): OldTemplate {
  const use = launchTemplateOf(template);
  if (use === undefined || template.kind === 'launch-configuration') {
    return {
      kind: 'launch-configuration',
      name: template.kind === 'launch-configuration' ? template.name : '',
    };
  }
  const { id, name, version, resolved = 0 } = use;
  return {
    kind: 'launch-template',
    id,
    name,
    version,
    resolved,
    defaultVersion: 0,
    mixed: template.kind === 'mixed',
  };
}

/** What the new group shall be launched from: something of the same kind, unless another is asked for. */
export function newTemplateFor(old: OldTemplate, choice: TemplateChoice, successor: string): NewTemplate {
  const kind = choice === 'auto' ? old.kind : choice;
  if (kind === 'launch-configuration') return { kind, name: successor };
  if (old.kind === 'launch-template') return { kind: 'launch-template-version', id: old.id };
  return { kind, name: successor.replace(NOT_IN_NAMES, '-').slice(-LONGEST_NAME) };
}

/** Launch configurations to look at for a roll. */
export function configurationsOf({ oldTemplate, newTemplate }: Intent): readonly string[] {
  return [oldTemplate, newTemplate].flatMap((one) => (one.kind === 'launch-configuration' ? [one.name] : []));
}

/** The launch template to look at for a roll: the one it adds a version to, or the one it makes. */
export function soughtTemplate(intent: Intent): SoughtTemplate | undefined {
  const { oldTemplate, newTemplate } = intent;
  const mark = markOf(intent);
  if (newTemplate.kind === 'launch-configuration') return undefined;
  if (newTemplate.kind === 'launch-template')
    return { id: undefined, name: newTemplate.name, mark, after: 0 };
  const after = oldTemplate.kind === 'launch-template' ? oldTemplate.resolved : 0;
  return { id: newTemplate.id, name: oldTemplate.name, mark, after };
}
