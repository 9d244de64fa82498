import type { Action } from '../model/action.js';
import type { Group } from '../model/group.js';
import type { Intent } from '../model/intent.js';
import type { Survey } from '../model/survey.js';
import type { LaunchFrom, SeenTemplate, Template, TemplateUse } from '../model/template.js';

type Converted = Extract<Action, { readonly kind: 'convert-template' }>['to'];

/** Once a version was added: it is the latest, and the roll's own. */
export function withVersion(survey: Survey): Survey {
  const { launchTemplate: seen } = survey;
  const own = (seen?.latestVersion ?? 0) + 1;
  return changed(survey, { own, latestVersion: own });
}

export function withoutVersion(survey: Survey, { oldTemplate }: Intent): Survey {
  const latestVersion = oldTemplate.kind === 'launch-template' ? oldTemplate.resolved : 0;
  return changed(survey, { own: undefined, latestVersion });
}

export function withDefault(survey: Survey, defaultVersion: number): Survey {
  return changed(survey, { defaultVersion });
}

/** EC2 will give the template an id; a plan knows none. */
export function converted(survey: Survey, to: Converted): Survey {
  if (to.kind === 'launch-configuration') return { ...survey, templates: [...survey.templates, to.name] };
  const launchTemplate: SeenTemplate = { id: '', name: to.name, defaultVersion: 1, latestVersion: 1, own: 1 };
  return { ...survey, launchTemplate };
}

/** A group's template once it was told to launch from something else; a mixed instances policy stays one. */
export function launching(group: Group, from: LaunchFrom, seen: SeenTemplate | undefined): Template {
  if (from.kind === 'launch-configuration') return from;
  const use: TemplateUse = { ...from, resolved: numberOf(from.version, seen) };
  return group.template.kind === 'mixed' ? { ...group.template, launchTemplate: use } : use;
}

function numberOf(version: string, seen: SeenTemplate | undefined): number | undefined {
  if (version === '$Latest') return seen?.latestVersion;
  return version === '$Default' ? seen?.defaultVersion : Number(version);
}

function changed(survey: Survey, change: Partial<SeenTemplate>): Survey {
  const { launchTemplate: seen } = survey;
  return { ...survey, launchTemplate: seen && { ...seen, ...change } };
}
