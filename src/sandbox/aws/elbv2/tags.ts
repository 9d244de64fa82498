import type {
  AddTagsInput,
  AddTagsOutput,
  DescribeTagsInput,
  DescribeTagsOutput,
  RemoveTagsInput,
  RemoveTagsOutput,
  Tag,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsFault, required, validationError } from '../fault.js';
import type { WorldState } from '../state.js';
import { listenerOf, loadBalancerOf } from './load-balancer.js';
import { ruleOf } from './rules.js';
import { targetGroupOf } from './target-group.js';

/** Tags as they are kept. */
export function tagMap(tags: readonly Tag[] | undefined): Map<string, string> {
  return new Map((tags ?? []).map((tag) => [required(tag.Key, 'Tags.Key'), tag.Value ?? '']));
}

/** AddTags to load balancers, listeners, rules and target groups. */
export function addTags(state: WorldState, input: AddTagsInput): AddTagsOutput {
  const added = tagMap(required(input.Tags, 'Tags'));
  for (const arn of required(input.ResourceArns, 'ResourceArns')) {
    const tags = tagsOf(state, arn);
    for (const [key, value] of added) tags.set(key, value);
  }
  return {};
}

/** RemoveTags from load balancers, listeners, rules and target groups. */
export function removeTags(state: WorldState, input: RemoveTagsInput): RemoveTagsOutput {
  for (const arn of required(input.ResourceArns, 'ResourceArns')) {
    const tags = tagsOf(state, arn);
    for (const key of required(input.TagKeys, 'TagKeys')) tags.delete(key);
  }
  return {};
}

/** DescribeTags of up to 20 load balancers, listeners, rules and target groups. */
export function describeTags(state: WorldState, input: DescribeTagsInput): DescribeTagsOutput {
  const arns = required(input.ResourceArns, 'ResourceArns');
  if (arns.length > 20)
    throw validationError("You cannot describe tags for more than '20' resources at a time");
  return {
    TagDescriptions: arns.map((ResourceArn) => ({
      ResourceArn,
      Tags: [...tagsOf(state, ResourceArn)].map(([Key, Value]) => ({ Key, Value })),
    })),
  };
}

function tagsOf(state: WorldState, arn: string): Map<string, string> {
  const kind = /^arn:aws:elasticloadbalancing:[^:]*:[^:]*:([a-z-]+)\//.exec(arn)?.[1];
  switch (kind) {
    case 'loadbalancer':
      return loadBalancerOf(state, arn).tags;
    case 'targetgroup':
      return targetGroupOf(state, arn).tags;
    case 'listener':
      return listenerOf(state, arn).listener.tags;
    case 'listener-rule':
      return ruleOf(state, arn).rule.tags;
    default:
      throw new AwsFault('ValidationError', `'${arn}' is not a valid load balancer ARN`);
  }
}
