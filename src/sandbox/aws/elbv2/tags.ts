import type {
  AddTagsInput,
  AddTagsOutput,
  DescribeTagsInput,
  DescribeTagsOutput,
  RemoveTagsInput,
  RemoveTagsOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsFault, requireMember, validationFault } from '../fault.js';
import type { AwsState } from '../state.js';
import { getListener, getLoadBalancer, toTagMap } from './load-balancer.js';
import { getRule } from './rules.js';
import { getTargetGroup } from './target-group.js';

/** AddTags to load balancers, listeners, rules and target groups. */
export function addTags(state: AwsState, input: AddTagsInput): AddTagsOutput {
  const added = toTagMap(requireMember(input.Tags, 'Tags'));
  for (const arn of requireMember(input.ResourceArns, 'ResourceArns')) {
    const tags = tagsOf(state, arn);
    for (const [key, value] of added) tags.set(key, value);
  }
  return {};
}

/** RemoveTags from load balancers, listeners, rules and target groups. */
export function removeTags(state: AwsState, input: RemoveTagsInput): RemoveTagsOutput {
  for (const arn of requireMember(input.ResourceArns, 'ResourceArns')) {
    const tags = tagsOf(state, arn);
    for (const key of requireMember(input.TagKeys, 'TagKeys')) tags.delete(key);
  }
  return {};
}

/** DescribeTags of up to 20 load balancers, listeners, rules and target groups. */
export function describeTags(state: AwsState, input: DescribeTagsInput): DescribeTagsOutput {
  const arns = requireMember(input.ResourceArns, 'ResourceArns');
  if (arns.length > 20) throw validationFault("You cannot describe tags for more than '20' resources at a time");
  return {
    TagDescriptions: arns.map((ResourceArn) => ({
      ResourceArn,
      Tags: [...tagsOf(state, ResourceArn)].map(([Key, Value]) => ({ Key, Value })),
    })),
  };
}

function tagsOf(state: AwsState, arn: string): Map<string, string> {
  const kind = /^arn:aws:elasticloadbalancing:[^:]*:[^:]*:([a-z-]+)\//.exec(arn)?.[1];
  switch (kind) {
    case 'loadbalancer':
      return getLoadBalancer(state, arn).tags;
    case 'targetgroup':
      return getTargetGroup(state, arn).tags;
    case 'listener':
      return getListener(state, arn).listener.tags;
    case 'listener-rule':
      return getRule(state, arn).rule.tags;
    default:
      throw new AwsFault('ValidationError', `'${arn}' is not a valid load balancer ARN`);
  }
}
