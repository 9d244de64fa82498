import type {
  CreateLaunchTemplateRequest,
  CreateLaunchTemplateResult,
  CreateLaunchTemplateVersionRequest,
  CreateLaunchTemplateVersionResult,
  DeleteLaunchTemplateRequest,
  DeleteLaunchTemplateResult,
  DescribeLaunchTemplatesRequest,
  DescribeLaunchTemplatesResult,
  DescribeLaunchTemplateVersionsRequest,
  DescribeLaunchTemplateVersionsResult,
  LaunchTemplate,
  LaunchTemplateVersion,
  ModifyLaunchTemplateRequest,
  ModifyLaunchTemplateResult,
  ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import { AwsFault, requiredParameter } from '../fault.js';
import { copied, said } from '../members.js';
import { pageOf } from '../paging.js';
import { now, type WorldState } from '../state.js';
import { type FilterTable, filtered } from './filters.js';
import {
  latestVersion,
  type TemplateRecord,
  templateNamed,
  templateVersion,
  versionNumber,
} from './launch-template.js';

const pageLimits = { usual: 200, most: 200 };

/** CreateLaunchTemplate: names are unique; version 1 is the default and the latest. */
export function createLaunchTemplate(
  state: WorldState,
  input: CreateLaunchTemplateRequest,
): CreateLaunchTemplateResult {
  const name = requiredParameter(input.LaunchTemplateName, 'LaunchTemplateName');
  if ([...state.templates.values()].some((record) => record.name === name)) {
    throw new AwsFault(
      'InvalidLaunchTemplateName.AlreadyExistsException',
      'Launch template name already in use.',
    );
  }
  const tags = input.TagSpecifications?.find((entry) => entry.ResourceType === 'launch-template')?.Tags ?? [];
  const record: TemplateRecord = {
    templateId: state.ids.resource('lt'),
    name,
    createdMs: state.nowMs,
    tags: new Map(tags.map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
    defaultVersion: 1,
    lastVersion: 0,
    versions: new Map(),
    tokens: new Map(),
  };
  addVersion(state, record, {}, input);
  state.templates.set(record.templateId, record);
  return { LaunchTemplate: described(state, record) };
}

/** CreateLaunchTemplateVersion: on top of a source version when one is named; asked again with its token, the same one. */
export function createLaunchTemplateVersion(
  state: WorldState,
  input: CreateLaunchTemplateVersionRequest,
): CreateLaunchTemplateVersionResult {
  const record = templateNamed(state, input.LaunchTemplateId, input.LaunchTemplateName);
  const made = record.versions.get(record.tokens.get(input.ClientToken ?? '') ?? 0);
  if (made !== undefined) return { LaunchTemplateVersion: describedVersion(record, made) };
  const source =
    input.SourceVersion === undefined
      ? undefined
      : templateVersion(state, record.templateId, undefined, input.SourceVersion).version;
  const version = addVersion(state, record, inherited(source?.LaunchTemplateData), input);
  if (input.ClientToken !== undefined) record.tokens.set(input.ClientToken, record.lastVersion);
  return { LaunchTemplateVersion: describedVersion(record, version) };
}

/** What a version takes from its source: all but the snapshots of its disks, which must be named anew. */
function inherited(data: ResponseLaunchTemplateData = {}): ResponseLaunchTemplateData {
  const { BlockDeviceMappings: mappings, ...rest } = copied(data);
  if (mappings === undefined) return rest;
  const bare = mappings.map((mapping) =>
    mapping.Ebs === undefined
      ? mapping
      : { ...mapping, Ebs: said({ ...mapping.Ebs, SnapshotId: undefined }) },
  );
  return { ...rest, BlockDeviceMappings: bare };
}

function addVersion(
  state: WorldState,
  record: TemplateRecord,
  base: ResponseLaunchTemplateData,
  input: CreateLaunchTemplateRequest | CreateLaunchTemplateVersionRequest,
): LaunchTemplateVersion {
  const data = said(copied(requiredParameter(input.LaunchTemplateData, 'LaunchTemplateData')));
  record.lastVersion += 1;
  const version: LaunchTemplateVersion = {
    LaunchTemplateId: record.templateId,
    LaunchTemplateName: record.name,
    VersionNumber: record.lastVersion,
    VersionDescription: input.VersionDescription,
    CreateTime: now(state),
    CreatedBy: `arn:aws:iam::${state.accountId}:root`,
    LaunchTemplateData: { ...base, ...data },
  };
  record.versions.set(record.lastVersion, version);
  return version;
}

function described(state: WorldState, record: TemplateRecord): LaunchTemplate {
  return {
    LaunchTemplateId: record.templateId,
    LaunchTemplateName: record.name,
    CreateTime: new Date(record.createdMs),
    CreatedBy: `arn:aws:iam::${state.accountId}:root`,
    DefaultVersionNumber: record.defaultVersion,
    LatestVersionNumber: latestVersion(record),
    Tags: [...record.tags].map(([Key, Value]) => ({ Key, Value })),
  };
}

function describedVersion(record: TemplateRecord, version: LaunchTemplateVersion): LaunchTemplateVersion {
  return { ...version, DefaultVersion: version.VersionNumber === record.defaultVersion };
}

const templateFilters: FilterTable<LaunchTemplate> = {
  'launch-template-name': (template) => [template.LaunchTemplateName],
};

/** DescribeLaunchTemplates: by id, name and filter, in pages. */
export function describeLaunchTemplates(
  state: WorldState,
  input: DescribeLaunchTemplatesRequest,
): DescribeLaunchTemplatesResult {
  const ids = input.LaunchTemplateIds ?? [];
  const names = input.LaunchTemplateNames ?? [];
  const wanted = [
    ...ids.map((id) => templateNamed(state, id, undefined)),
    ...names.map((name) => templateNamed(state, undefined, name)),
  ];
  const records = wanted.length > 0 ? wanted : [...state.templates.values()];
  const templates = filtered(
    records.map((record) => described(state, record)),
    input.Filters,
    templateFilters,
  );
  const page = pageOf(templates, input.NextToken, input.MaxResults, pageLimits);
  return { LaunchTemplates: page.items, NextToken: page.nextToken };
}

/** DescribeLaunchTemplateVersions: of one template, newest first; or the named versions of every template. */
export function describeLaunchTemplateVersions(
  state: WorldState,
  input: DescribeLaunchTemplateVersionsRequest,
): DescribeLaunchTemplateVersionsResult {
  const one = input.LaunchTemplateId !== undefined || input.LaunchTemplateName !== undefined;
  const records = one
    ? [templateNamed(state, input.LaunchTemplateId, input.LaunchTemplateName)]
    : [...state.templates.values()];
  const versions = records.flatMap((record) => versionsOf(state, record, input));
  const page = pageOf(versions, input.NextToken, input.MaxResults, pageLimits);
  return { LaunchTemplateVersions: page.items, NextToken: page.nextToken };
}

function versionsOf(
  state: WorldState,
  record: TemplateRecord,
  input: DescribeLaunchTemplateVersionsRequest,
): LaunchTemplateVersion[] {
  const wanted = input.Versions ?? [];
  const chosen =
    wanted.length > 0
      ? wanted.map((version) => templateVersion(state, record.templateId, undefined, version).version)
      : [...record.versions.values()].reverse();
  const least = Number(input.MinVersion ?? 0);
  const most = Number(input.MaxVersion ?? Number.POSITIVE_INFINITY);
  const within = chosen.filter(({ VersionNumber = 0 }) => VersionNumber >= least && VersionNumber <= most);
  return within.map((version) => describedVersion(record, version));
}

/** ModifyLaunchTemplate: the default version. */
export function modifyLaunchTemplate(
  state: WorldState,
  input: ModifyLaunchTemplateRequest,
): ModifyLaunchTemplateResult {
  const record = templateNamed(state, input.LaunchTemplateId, input.LaunchTemplateName);
  const wanted = requiredParameter(input.DefaultVersion, 'SetDefaultVersion');
  templateVersion(state, record.templateId, undefined, wanted);
  record.defaultVersion = versionNumber(record, wanted);
  return { LaunchTemplate: described(state, record) };
}

/** DeleteLaunchTemplate: with every version; a group that is on it cannot launch any more. */
export function deleteLaunchTemplate(
  state: WorldState,
  input: DeleteLaunchTemplateRequest,
): DeleteLaunchTemplateResult {
  const record = templateNamed(state, input.LaunchTemplateId, input.LaunchTemplateName);
  state.templates.delete(record.templateId);
  return { LaunchTemplate: described(state, record) };
}
