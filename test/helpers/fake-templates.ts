import type { Group } from '../../src/lib/model/group.js';
import {
  type LaunchFrom,
  launchTemplateOf,
  type SeenTemplate,
  type Template,
  type TemplateUse,
} from '../../src/lib/model/launch-source.js';
import type { SoughtTemplate } from '../../src/lib/ports.js';

/** A made-up launch template; numbers are never given twice. */
export interface FakeTemplate {
  readonly id: string;
  readonly name: string;
  readonly defaultVersion: number;
  readonly last: number;
  readonly versions: readonly { readonly number: number; readonly imageId: string; readonly mark: string }[];
}

/** One that has three versions, the last of them with this image. */
export function templateOfThree(id: string, name: string, imageId: string): FakeTemplate {
  const versions = [1, 2, 3].map((number) => ({ number, imageId, mark: '' }));
  return { id, name, defaultVersion: 2, last: 3, versions };
}

export function withVersion(template: FakeTemplate, imageId: string, mark: string): FakeTemplate {
  if (template.versions.some((version) => version.mark === mark)) return template;
  const number = template.last + 1;
  return { ...template, last: number, versions: [...template.versions, { number, imageId, mark }] };
}

export function withoutVersion(template: FakeTemplate, number: number): FakeTemplate {
  if (number === template.defaultVersion) throw new Error('the default version cannot be deleted');
  return { ...template, versions: template.versions.filter((version) => version.number !== number) };
}

export function seenAs(template: FakeTemplate, sought: SoughtTemplate): SeenTemplate {
  const { id, name, defaultVersion } = template;
  const own = template.versions.find(({ number, mark }) => mark === sought.mark && number > sought.after);
  return { id, name, defaultVersion, latestVersion: numberOf(template, '$Latest') ?? 0, own: own?.number };
}

export function isSought({ id, name }: FakeTemplate, sought: SoughtTemplate): boolean {
  return sought.id === undefined ? name === sought.name : id === sought.id;
}

function numberOf({ versions, defaultVersion }: FakeTemplate, version: string): number | undefined {
  if (version === '$Default') return defaultVersion;
  const wanted = version === '$Latest' ? Math.max(...versions.map(({ number }) => number)) : Number(version);
  return versions.some(({ number }) => number === wanted) ? wanted : undefined;
}

/** The group as it is described now: aliases and images follow the templates. */
export function resolved(group: Group, templates: readonly FakeTemplate[]): Group {
  const use = launchTemplateOf(group.template);
  const known = templates.find(({ id }) => id === use?.id);
  if (use === undefined || known === undefined) return group;
  const number = numberOf(known, use.version);
  const imageId = known.versions.find((version) => version.number === number)?.imageId;
  return { ...group, imageId, template: using(group.template, { ...use, resolved: number }) };
}

/** What a group launches from once it was told to. */
export function told(group: Group, from: LaunchFrom): Template {
  return from.kind === 'launch-configuration'
    ? from
    : using(group.template, { ...from, resolved: undefined });
}

function using(template: Template, use: TemplateUse): Template {
  return template.kind === 'mixed' ? { ...template, launchTemplate: use } : use;
}
