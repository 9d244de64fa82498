import type {
  CreateOrUpdateTagsType,
  DeleteTagsType,
  DescribeTagsType,
  Filter,
  Tag,
  TagDescription,
  TagsType,
} from '@aws-sdk/client-auto-scaling';
import { required, validationError } from '../fault.js';
import { pageOf } from '../paging.js';
import type { WorldState } from '../state.js';
import { groupTag } from './create.js';
import { type GroupRecord, groupNamed } from './group.js';

/** A group's tags, as every Describe call gives them: sorted by key. */
export function describedTags(group: GroupRecord): TagDescription[] {
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
export function createOrUpdateTags(state: WorldState, input: CreateOrUpdateTagsType): Record<string, never> {
  const tags = required(input.Tags, 'Tags');
  const groups = tags.map((tag) => taggedGroup(state, tag));
  tags.forEach((tag, index) => {
    groups[index]?.tags.set(required(tag.Key, 'Tags.Key'), groupTag(tag));
  });
  return {};
}

/** DeleteTags. */
export function deleteGroupTags(state: WorldState, input: DeleteTagsType): Record<string, never> {
  for (const tag of required(input.Tags, 'Tags'))
    taggedGroup(state, tag).tags.delete(required(tag.Key, 'Tags.Key'));
  return {};
}

function taggedGroup(state: WorldState, tag: Tag): GroupRecord {
  if ((tag.ResourceType ?? 'auto-scaling-group') !== 'auto-scaling-group') {
    throw validationError(`Unsupported resource type: ${tag.ResourceType}`);
  }
  return groupNamed(state, tag.ResourceId);
}

/** DescribeTags: of every group, filtered by group, key, value or propagation, in pages. */
export function describeGroupTags(state: WorldState, input: DescribeTagsType): TagsType {
  const all = [...state.groups.values()].flatMap(describedTags);
  const chosen = all.filter((tag) => (input.Filters ?? []).every((filter) => passes(tag, filter)));
  const page = pageOf(chosen, input.NextToken, input.MaxRecords, { usual: 50, most: 100 });
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
      throw validationError(`Invalid filter name: ${filter.Name}`);
  }
}
