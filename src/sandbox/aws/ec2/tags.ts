import type {
  CreateTagsRequest,
  DeleteTagsRequest,
  DescribeTagsRequest,
  DescribeTagsResult,
  ResourceType,
  TagDescription,
} from '@aws-sdk/client-ec2';
import { AwsFault, invalidParameterFault, requireParameter } from '../fault.js';
import { getPage } from '../paging.js';
import type { AwsState } from '../state.js';
import { applyFilters, type FilterTable } from './filters.js';

/** What carries tags that can be changed: instances and launch templates. */
interface Tagged {
  readonly resourceId: string;
  readonly type: ResourceType;
  readonly tags: Map<string, string>;
}

function tagged(state: AwsState, resourceId: string): Tagged {
  const instance = state.instances.get(resourceId);
  if (instance !== undefined) return { resourceId, type: 'instance', tags: instance.tags };
  const template = state.launchTemplates.get(resourceId);
  if (template !== undefined) return { resourceId, type: 'launch-template', tags: template.tags };
  throw new AwsFault('InvalidID', `The ID '${resourceId}' is not valid`);
}

/** CreateTags: on instances and launch templates. */
export function createTags(state: AwsState, input: CreateTagsRequest): Record<string, never> {
  const targets = requireParameter(input.Resources, 'ResourceId').map((resourceId) => tagged(state, resourceId));
  const tags = requireParameter(input.Tags, 'Tag');
  const reserved = tags.find((tag) => tag.Key?.startsWith('aws:'));
  if (reserved !== undefined)
    throw invalidParameterFault("Tag keys starting with 'aws:' are reserved for internal use");
  for (const target of targets) {
    for (const tag of tags) target.tags.set(requireParameter(tag.Key, 'Tag.Key'), tag.Value ?? '');
  }
  return {};
}

/** DeleteTags: by key, and only where the value is that one when a value is given. */
export function deleteTags(state: AwsState, input: DeleteTagsRequest): Record<string, never> {
  const targets = requireParameter(input.Resources, 'ResourceId').map((resourceId) => tagged(state, resourceId));
  for (const { tags } of targets) {
    for (const [key, value] of [...tags]) {
      const named = input.Tags?.some((tag) => tag.Key === key && (tag.Value ?? value) === value) ?? true;
      if (named && !key.startsWith('aws:')) tags.delete(key);
    }
  }
  return {};
}

const filters: FilterTable<TagDescription & { Tags?: undefined }> = {
  key: (tag) => [tag.Key],
  'resource-id': (tag) => [tag.ResourceId],
  'resource-type': (tag) => [tag.ResourceType],
  value: (tag) => [tag.Value],
};

/** DescribeTags: of every instance and launch template, filtered, in pages. */
export function describeTags(state: AwsState, input: DescribeTagsRequest): DescribeTagsResult {
  const all = [...state.instances.keys(), ...state.launchTemplates.keys()].flatMap((resourceId) => {
    const { type, tags } = tagged(state, resourceId);
    return [...tags].map(
      ([Key, Value]): TagDescription => ({ ResourceId: resourceId, ResourceType: type, Key, Value }),
    );
  });
  const page = getPage(applyFilters(all, input.Filters, filters), input.NextToken, input.MaxResults, {
    defaultSize: 1_000,
    maxSize: 1_000,
  });
  return { Tags: page.items, NextToken: page.nextToken };
}
