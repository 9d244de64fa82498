import type { LaunchTemplateSpecification } from '@aws-sdk/client-auto-scaling';
import type { GroupRecord } from '../records.js';
import type { AwsState } from '../state.js';

/** The members of requests that name a resource, whatever the request. */
export interface NamedInput {
  readonly AutoScalingGroupName?: string;
  readonly InstanceId?: string;
  readonly InstanceProfileName?: string;
  readonly LaunchConfigurationName?: string;
  readonly LaunchTemplateId?: string;
  readonly LaunchTemplateName?: string;
  readonly LoadBalancerName?: string;
  readonly LoadBalancerNames?: readonly string[];
  readonly Name?: string;
  readonly PolicySourceArn?: string;
  readonly RoleName?: string;
  readonly TargetGroupArn?: string;
  readonly Tags?: readonly NamedTag[];
  readonly TagSpecifications?: readonly { readonly ResourceType?: string; readonly Tags?: readonly NamedTag[] }[];
  readonly ForceDelete?: boolean;
  readonly LaunchTemplate?: LaunchTemplateSpecification;
  readonly ImageId?: string;
  readonly SubnetId?: string;
}

interface NamedTag {
  readonly ResourceId?: string;
  readonly Key?: string;
  readonly Value?: string;
}

/** The tags in a request: those of the resource itself, not of what it launches. */
export function listRequestTags({ Tags, TagSpecifications: specifications = [] }: NamedInput): readonly NamedTag[] {
  const own = specifications.filter(({ ResourceType }) => ResourceType === 'launch-template');
  return [...(Tags ?? []), ...own.flatMap((one) => one.Tags ?? [])];
}

/** What a request is about: its ARN, and the tags it has. */
export interface Resource {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
}

const NO_TAGS = {};
export const ANY_RESOURCE: Resource = { arn: '*', tags: NO_TAGS };

/** Of a request to Auto Scaling. */
export function listScalingResources(state: AwsState, action: string, input: NamedInput): readonly Resource[] {
  if (action.endsWith('LaunchConfiguration')) {
    const name = input.LaunchConfigurationName ?? '';
    return [{ arn: scalingArn(state, `launchConfiguration:*:launchConfigurationName/${name}`), tags: NO_TAGS }];
  }
  if (action === 'CreateOrUpdateTags' || action === 'DeleteTags') {
    const names = new Set((input.Tags ?? []).map(({ ResourceId = '' }) => ResourceId));
    return [...names].map((name) => groupNamed(state, name));
  }
  if (action === 'TerminateInstanceInAutoScalingGroup' || action === 'SetInstanceHealth') {
    const member = input.InstanceId ?? '';
    const group = [...state.groups.values()].find(({ members }) => members.has(member));
    return [groupNamed(state, group?.name ?? '*')];
  }
  return [groupNamed(state, input.AutoScalingGroupName ?? '*')];
}

/** A group that does not exist is named with a wildcard for its id. */
function groupNamed(state: AwsState, name: string): Resource {
  const group = state.groups.get(name);
  if (group !== undefined) return { arn: group.arn, tags: tagsOf(group) };
  return { arn: scalingArn(state, `autoScalingGroup:*:autoScalingGroupName/${name}`), tags: NO_TAGS };
}

function tagsOf({ tags }: GroupRecord): Record<string, string> {
  return Object.fromEntries([...tags].map(([key, { value }]) => [key, value]));
}

function scalingArn({ region, accountId }: AwsState, rest: string): string {
  return `arn:aws:autoscaling:${region}:${accountId}:${rest}`;
}

/** Of a request to either kind of load balancing. */
export function listBalancingResources(state: AwsState, input: NamedInput): readonly Resource[] {
  if (input.TargetGroupArn !== undefined) return [{ arn: input.TargetGroupArn, tags: NO_TAGS }];
  const names = input.LoadBalancerNames ?? (input.LoadBalancerName ? [input.LoadBalancerName] : []);
  const { region, accountId } = state;
  const arn = (name: string) => `arn:aws:elasticloadbalancing:${region}:${accountId}:loadbalancer/${name}`;
  return names.length === 0 ? [ANY_RESOURCE] : names.map((name) => ({ arn: arn(name), tags: NO_TAGS }));
}

/** Of a request to EC2 about a launch template or a console; anything else is about anything. */
export function listInstanceResources(state: AwsState, action: string, input: NamedInput): readonly Resource[] {
  if (action === 'GetConsoleOutput') return [findInstanceResource(state, input.InstanceId ?? '')];
  if (!action.includes('LaunchTemplate')) return [ANY_RESOURCE];
  if (action === 'CreateLaunchTemplate') return [{ arn: buildEc2Arn(state, 'launch-template/*'), tags: NO_TAGS }];
  return [findTemplateResource(state, input)];
}

function findInstanceResource(state: AwsState, id: string): Resource {
  const arn = buildEc2Arn(state, `instance/${id}`);
  return { arn, tags: Object.fromEntries(state.instances.get(id)?.tags ?? []) };
}

export function findTemplateResource(state: AwsState, input: NamedInput): Resource {
  const { LaunchTemplateId: id, LaunchTemplateName: name } = input;
  const found = [...state.launchTemplates.values()].find((one) => one.templateId === id || one.name === name);
  const arn = buildEc2Arn(state, `launch-template/${found?.templateId ?? id ?? '*'}`);
  return { arn, tags: Object.fromEntries(found?.tags ?? []) };
}

export function buildEc2Arn({ region, accountId }: AwsState, rest: string): string {
  return `arn:aws:ec2:${region}:${accountId}:${rest}`;
}

/** Of a request to IAM: a role, an instance profile, or whose policies are simulated. */
export function listIdentityResources({ accountId }: AwsState, input: NamedInput): readonly Resource[] {
  const { PolicySourceArn: source, RoleName: role, InstanceProfileName: profile } = input;
  const arn = source ?? `arn:aws:iam::${accountId}:${role ? `role/${role}` : `instance-profile/${profile}`}`;
  return [{ arn, tags: NO_TAGS }];
}

/** Of a request to Systems Manager: the parameter, without its version. */
export function buildParameterResource({ region, accountId }: AwsState, { Name: name = '*' }: NamedInput): Resource {
  const [bare = ''] = name.replace(/^\//, '').split(':');
  return { arn: `arn:aws:ssm:${region}:${accountId}:parameter/${bare}`, tags: NO_TAGS };
}
