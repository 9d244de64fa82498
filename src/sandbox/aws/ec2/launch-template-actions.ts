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
import { AwsFault, requireParameter } from '../fault.js';
import { getPage } from '../paging.js';
import { deepCopy, dropUndefined } from '../plain-data.js';
import type { LaunchTemplateRecord } from '../records.js';
import { type AwsState, currentDate } from '../state.js';
import { applyFilters, type FilterTable } from './filters.js';
import {
  getLatestVersion,
  getLaunchTemplate,
  getLaunchTemplateVersion,
  resolveVersionNumber,
} from './launch-template.js';

const pageLimits = { defaultSize: 200, maxSize: 200 };

/** CreateLaunchTemplate: names are unique; version 1 is the default and the latest. */
export function createLaunchTemplate(state: AwsState, input: CreateLaunchTemplateRequest): CreateLaunchTemplateResult {
  const name = requireParameter(input.LaunchTemplateName, 'LaunchTemplateName');
  if (!/^[a-zA-Z0-9()./_-]{3,128}$/.test(name))
    throw new AwsFault('InvalidLaunchTemplateName.MalformedException', `Invalid launch template name: ${name}`);
  if ([...state.launchTemplates.values()].some((record) => record.name === name)) {
    throw new AwsFault('InvalidLaunchTemplateName.AlreadyExistsException', 'Launch template name already in use.');
  }
  const tags = input.TagSpecifications?.find((entry) => entry.ResourceType === 'launch-template')?.Tags ?? [];
  const record: LaunchTemplateRecord = {
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
  state.launchTemplates.set(record.templateId, record);
  return { LaunchTemplate: described(state, record) };
}

/** CreateLaunchTemplateVersion: on top of a source version when one is named; the same one when repeated with its token. */
export function createLaunchTemplateVersion(
  state: AwsState,
  input: CreateLaunchTemplateVersionRequest,
): CreateLaunchTemplateVersionResult {
  const record = getLaunchTemplate(state, input.LaunchTemplateId, input.LaunchTemplateName);
  const made = record.versions.get(record.tokens.get(input.ClientToken ?? '') ?? 0);
  if (made !== undefined) return { LaunchTemplateVersion: describedVersion(record, made) };
  const source =
    input.SourceVersion === undefined
      ? undefined
      : getLaunchTemplateVersion(state, record.templateId, undefined, input.SourceVersion).version;
  const version = addVersion(state, record, inherited(source?.LaunchTemplateData), input);
  if (input.ClientToken !== undefined) record.tokens.set(input.ClientToken, record.lastVersion);
  return { LaunchTemplateVersion: describedVersion(record, version) };
}

/** What a version takes from its source: all except the snapshots of its disks, which must be given again. */
function inherited(data: ResponseLaunchTemplateData = {}): ResponseLaunchTemplateData {
  const { BlockDeviceMappings: mappings, ...rest } = deepCopy(data);
  if (mappings === undefined) return rest;
  const bare = mappings.map((mapping) =>
    mapping.Ebs === undefined ? mapping : { ...mapping, Ebs: dropUndefined({ ...mapping.Ebs, SnapshotId: undefined }) },
  );
  return { ...rest, BlockDeviceMappings: bare };
}

function addVersion(
  state: AwsState,
  record: LaunchTemplateRecord,
  base: ResponseLaunchTemplateData,
  input: CreateLaunchTemplateRequest | CreateLaunchTemplateVersionRequest,
): LaunchTemplateVersion {
  const data = dropUndefined(deepCopy(requireParameter(input.LaunchTemplateData, 'LaunchTemplateData')));
  record.lastVersion += 1;
  const version: LaunchTemplateVersion = {
    LaunchTemplateId: record.templateId,
    LaunchTemplateName: record.name,
    VersionNumber: record.lastVersion,
    VersionDescription: input.VersionDescription,
    CreateTime: currentDate(state),
    CreatedBy: `arn:aws:iam::${state.accountId}:root`,
    LaunchTemplateData: { ...base, ...data },
  };
  record.versions.set(record.lastVersion, version);
  return version;
}

function described(state: AwsState, record: LaunchTemplateRecord): LaunchTemplate {
  return {
    LaunchTemplateId: record.templateId,
    LaunchTemplateName: record.name,
    CreateTime: new Date(record.createdMs),
    CreatedBy: `arn:aws:iam::${state.accountId}:root`,
    DefaultVersionNumber: record.defaultVersion,
    LatestVersionNumber: getLatestVersion(record),
    Tags: [...record.tags].map(([Key, Value]) => ({ Key, Value })),
  };
}

function describedVersion(record: LaunchTemplateRecord, version: LaunchTemplateVersion): LaunchTemplateVersion {
  return { ...version, DefaultVersion: version.VersionNumber === record.defaultVersion };
}

const templateFilters: FilterTable<LaunchTemplate> = {
  'launch-template-name': (template) => [template.LaunchTemplateName],
};

/** DescribeLaunchTemplates: by id, name and filter, in pages. */
export function describeLaunchTemplates(
  state: AwsState,
  input: DescribeLaunchTemplatesRequest,
): DescribeLaunchTemplatesResult {
  const ids = input.LaunchTemplateIds ?? [];
  const names = input.LaunchTemplateNames ?? [];
  const wanted = [
    ...ids.map((id) => getLaunchTemplate(state, id, undefined)),
    ...names.map((name) => getLaunchTemplate(state, undefined, name)),
  ];
  const records = wanted.length > 0 ? wanted : [...state.launchTemplates.values()];
  const templates = applyFilters(
    records.map((record) => described(state, record)),
    input.Filters,
    templateFilters,
  );
  const page = getPage(templates, input.NextToken, input.MaxResults, pageLimits);
  return { LaunchTemplates: page.items, NextToken: page.nextToken };
}

/** DescribeLaunchTemplateVersions: of one template, newest first; or the named versions of every template. */
export function describeLaunchTemplateVersions(
  state: AwsState,
  input: DescribeLaunchTemplateVersionsRequest,
): DescribeLaunchTemplateVersionsResult {
  const one = input.LaunchTemplateId !== undefined || input.LaunchTemplateName !== undefined;
  const records = one
    ? [getLaunchTemplate(state, input.LaunchTemplateId, input.LaunchTemplateName)]
    : [...state.launchTemplates.values()];
  const versions = records.flatMap((record) => versionsOf(state, record, input));
  const page = getPage(versions, input.NextToken, input.MaxResults, pageLimits);
  return { LaunchTemplateVersions: page.items, NextToken: page.nextToken };
}

function versionsOf(
  state: AwsState,
  record: LaunchTemplateRecord,
  input: DescribeLaunchTemplateVersionsRequest,
): LaunchTemplateVersion[] {
  const wanted = input.Versions ?? [];
  const chosen =
    wanted.length > 0
      ? wanted.map((version) => getLaunchTemplateVersion(state, record.templateId, undefined, version).version)
      : [...record.versions.values()].reverse();
  const least = Number(input.MinVersion ?? 0);
  const most = Number(input.MaxVersion ?? Number.POSITIVE_INFINITY);
  const within = chosen.filter(({ VersionNumber = 0 }) => VersionNumber >= least && VersionNumber <= most);
  return within.map((version) => describedVersion(record, version));
}

/** ModifyLaunchTemplate: the default version. */
export function modifyLaunchTemplate(state: AwsState, input: ModifyLaunchTemplateRequest): ModifyLaunchTemplateResult {
  const record = getLaunchTemplate(state, input.LaunchTemplateId, input.LaunchTemplateName);
  const wanted = requireParameter(input.DefaultVersion, 'SetDefaultVersion');
  getLaunchTemplateVersion(state, record.templateId, undefined, wanted);
  record.defaultVersion = resolveVersionNumber(record, wanted);
  return { LaunchTemplate: described(state, record) };
}

/** DeleteLaunchTemplate: with every version; a group that is on it cannot launch any more. */
export function deleteLaunchTemplate(state: AwsState, input: DeleteLaunchTemplateRequest): DeleteLaunchTemplateResult {
  const record = getLaunchTemplate(state, input.LaunchTemplateId, input.LaunchTemplateName);
  state.launchTemplates.delete(record.templateId);
  return { LaunchTemplate: described(state, record) };
}
