import { type Intent, isInPlace } from '../model/intent.js';
import type { TemplateRemark } from '../model/remark.js';
import type { Survey } from '../model/survey.js';
import { aliasedTemplate } from './alias.js';
import { serversOf } from './servers.js';

/** What stands out about what a group launches from, and about copying it, before a roll. */
export function remarksOnTemplate(survey: Survey, intent: Intent): readonly TemplateRemark[] {
  const { old, facts } = survey;
  if (old === undefined || facts === undefined) return [];
  const { name: group } = old;
  const aliased = aliasedTemplate(intent);
  const others = serversOf(survey, 'old').some((server) => server.imageId !== intent.imageId);
  return [
    ...(aliased === undefined ? [] : [pinned(group, aliased)]),
    ...(old.imageId === intent.imageId && others ? [{ kind: 'launches-it-already', group } as const] : []),
    ...(old.warmPool === 'none' ? [] : [{ kind: 'warm-pool', group } as const]),
    // A group that stays is not copied.
    ...(isInPlace(intent) ? [] : facts.notCopied).map((what) => ({ kind: 'not-copied', what }) as const),
  ];
}

function pinned(
  group: string,
  { name: template, version: alias, resolved: version }: NonNullable<ReturnType<typeof aliasedTemplate>>,
): TemplateRemark {
  return { kind: 'pinned', group, template, alias, version };
}
