import type {
  CreateOrUpdateTagsType,
  DeleteTagsType,
  DescribeTagsType,
  Filter,
  Tag,
  TagDescription,
  TagsType,
} from '@aws-sdk/client-auto-scaling';
import { requireMember, validationFault } from '../fault.js';
import { getPage } from '../paging.js';
import type { GroupRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { toGroupTag } from './create.js';
import { getGroup } from './group.js';

/** A group's tags, as every Describe call gives them: sorted by key. */
export function toTagOutputs(group: GroupRecord): TagDescription[] {
  const entries = [...group.tags].sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([Key, tag]) => ({
    ResourceId: group.name,
    ResourceType: 'auto-scaling-group',
    Key,
    Value: tag.value,
    PropagateAtLaunch: tag.propagate,
  }));
}

/** CreateOrUpdateTags: running instances keep the tags they were launched with. */
export function createOrUpdateTags(state: AwsState, input: CreateOrUpdateTagsType): Record<string, never> {
  const tags = requireMember(input.Tags, 'Tags');
  const groups = tags.map((tag) => taggedGroup(state, tag));
  tags.forEach((tag, index) => {
    groups[index]?.tags.set(requireMember(tag.Key, 'Tags.Key'), toGroupTag(tag));
  });
  return {};
}

/** DeleteTags. */
export function deleteGroupTags(state: AwsState, input: DeleteTagsType): Record<string, never> {
  for (const tag of requireMember(input.Tags, 'Tags'))
    taggedGroup(state, tag).tags.delete(requireMember(tag.Key, 'Tags.Key'));
  return {};
}

function taggedGroup(state: AwsState, tag: Tag): GroupRecord {
  if ((tag.ResourceType ?? 'auto-scaling-group') !== 'auto-scaling-group') {
    throw validationFault(`Unsupported resource type: ${tag.ResourceType}`);
  }
  return getGroup(state, tag.ResourceId);
}

/** DescribeTags: of every group, filtered by group, key, value or propagation, in pages. */
export function describeGroupTags(state: AwsState, input: DescribeTagsType): TagsType {
  const all = [...state.groups.values()].flatMap(toTagOutputs);
  const chosen = all.filter((tag) => (input.Filters ?? []).every((filter) => passes(tag, filter)));
  const page = getPage(chosen, input.NextToken, input.MaxRecords, { defaultSize: 50, maxSize: 100 });
  return { Tags: page.items, NextToken: page.nextToken };
}

function passes(tag: TagDescription, filter: Filter): boolean {
  const values = filter.Values ?? [];
  switch (filter.Name) {
    case 'auto-scaling-group':
      return values.includes(tag.ResourceId ?? '');
    case 'key':
      return values.includes(tag.Key ?? '');
    case 'value':
      return values.includes(tag.Value ?? '');
    case 'propagate-at-launch':
      return values.includes(String(tag.PropagateAtLaunch));
    default:
      throw validationFault(`Invalid filter name: ${filter.Name}`);
  }
}
