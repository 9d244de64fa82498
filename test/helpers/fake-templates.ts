import type { Group } from '../../src/lib/model/group.js';
import {
  findLaunchTemplate,
  type GroupLaunchSource,
  type LaunchSource,
  type LaunchTemplateRef,
  type LaunchTemplateState,
} from '../../src/lib/model/launch-source.js';
import type { LaunchTemplateQuery } from '../../src/lib/ports.js';

/** A made-up launch template; numbers are never given twice. */
export interface FakeLaunchTemplate {
  readonly id: string;
  readonly name: string;
  readonly defaultVersion: number;
  readonly last: number;
  readonly versions: readonly { readonly number: number; readonly imageId: string; readonly mark: string }[];
}

/** One that has three versions, the last of them with this image. */
export function createThreeVersionTemplate(id: string, name: string, imageId: string): FakeLaunchTemplate {
  const versions = [1, 2, 3].map((number) => ({ number, imageId, mark: '' }));
  return { id, name, defaultVersion: 2, last: 3, versions };
}

export function addVersion(template: FakeLaunchTemplate, imageId: string, mark: string): FakeLaunchTemplate {
  if (template.versions.some((version) => version.mark === mark)) return template;
  const number = template.last + 1;
  return { ...template, last: number, versions: [...template.versions, { number, imageId, mark }] };
}

export function removeVersion(template: FakeLaunchTemplate, number: number): FakeLaunchTemplate {
  if (number === template.defaultVersion) throw new Error('the default version cannot be deleted');
  return { ...template, versions: template.versions.filter((version) => version.number !== number) };
}

export function toLaunchTemplateState(template: FakeLaunchTemplate, query: LaunchTemplateQuery): LaunchTemplateState {
  const { id, name, defaultVersion } = template;
  const own = template.versions.find(({ number, mark }) => mark === query.description && number > query.afterVersion);
  return {
    id,
    name,
    defaultVersion,
    latestVersion: resolveVersion(template, '$Latest') ?? 0,
    rollVersion: own?.number,
  };
}

export function matchesQuery({ id, name }: FakeLaunchTemplate, query: LaunchTemplateQuery): boolean {
  return query.id === undefined ? name === query.name : id === query.id;
}

function resolveVersion({ versions, defaultVersion }: FakeLaunchTemplate, version: string): number | undefined {
  if (version === '$Default') return defaultVersion;
  const wanted = version === '$Latest' ? Math.max(...versions.map(({ number }) => number)) : Number(version);
  return versions.some(({ number }) => number === wanted) ? wanted : undefined;
}

/** The group as it is described now: aliases and images follow the templates. */
export function resolveLaunchSource(group: Group, templates: readonly FakeLaunchTemplate[]): Group {
  const launchTemplate = findLaunchTemplate(group.launchSource);
  const known = templates.find(({ id }) => id === launchTemplate?.id);
  if (launchTemplate === undefined || known === undefined) return group;
  const number = resolveVersion(known, launchTemplate.version);
  const imageId = known.versions.find((version) => version.number === number)?.imageId;
  return {
    ...group,
    imageId,
    launchSource: applyTemplateUse(group.launchSource, { ...launchTemplate, resolved: number }),
  };
}

/** What a group launches from once it was told to. */
export function setGroupLaunchSource(group: Group, from: LaunchSource): GroupLaunchSource {
  return from.kind === 'launch-configuration'
    ? from
    : applyTemplateUse(group.launchSource, { ...from, resolved: undefined });
}

function applyTemplateUse(launchSource: GroupLaunchSource, launchTemplate: LaunchTemplateRef): GroupLaunchSource {
  return launchSource.kind === 'mixed' ? { ...launchSource, launchTemplate: launchTemplate } : launchTemplate;
}
