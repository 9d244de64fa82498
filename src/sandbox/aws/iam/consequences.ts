import type {
  CreateAutoScalingGroupType,
  LaunchConfiguration,
  LaunchTemplateSpecification,
} from '@aws-sdk/client-auto-scaling';
import type { ResponseLaunchTemplateData } from '@aws-sdk/client-ec2';
import { findLaunchTemplate, type GroupLaunchSource } from '../autoscaling/launch-source.js';
import { getLaunchTemplateVersion } from '../ec2/launch-template.js';
import { AwsFault } from '../fault.js';
import type { AwsState } from '../state.js';
import type { AuthorizationRequest, RequestContext } from './policy.js';
import {
  buildEc2Arn,
  findTemplateResource,
  listBalancingResources,
  listRequestTags,
  listScalingResources,
  type NamedInput,
} from './resources.js';

/** The other permissions a request needs, because AWS acts on the caller's behalf. */
type Input = Partial<GroupLaunchSource> &
  NamedInput &
  Pick<CreateAutoScalingGroupType, 'LifecycleHookSpecificationList' | 'ServiceLinkedRoleARN' | 'VPCZoneIdentifier'> &
  Pick<LaunchConfiguration, 'IamInstanceProfile'> & { readonly LaunchTemplateData?: ResponseLaunchTemplateData };

/**
 * Source: the Service Authorization Reference, "API operations" of Auto Scaling and "Dependent actions", and the Auto
 * Scaling guide on launch templates.
 */
export function listConsequences(
  state: AwsState,
  service: string,
  action: string,
  input: Input,
): readonly AuthorizationRequest[] {
  switch (`${service}:${action}`) {
    case 'autoscaling:CreateLaunchConfiguration':
      return passToInstances(state, input.IamInstanceProfile);
    case 'autoscaling:CreateAutoScalingGroup':
      return [
        ...listTagConsequences(state, input),
        ...(input.LifecycleHookSpecificationList ?? []).flatMap(({ RoleARN }) => passToGroup(RoleARN)),
        ...passToGroup(input.ServiceLinkedRoleARN),
        ...listGroupLaunches(state, input),
      ];
    case 'autoscaling:UpdateAutoScalingGroup':
      return [...passToGroup(input.ServiceLinkedRoleARN), ...listGroupLaunches(state, input)];
    case 'ec2:CreateLaunchTemplate':
      return listRequestTags(input).length === 0
        ? []
        : [tagOnCreation(state, action, 'launch-template/*', listRequestTags(input))];
    case 'elasticloadbalancing:CreateLoadBalancer':
      return (input.Tags ?? []).length === 0
        ? []
        : listBalancingResources(state, input).map(({ arn }) => {
            return {
              action: 'elasticloadbalancing:AddTags',
              resource: arn,
              context: buildTagContext(input.Tags ?? []),
            };
          });
    default:
      return [];
  }
}

/** A group is made with tags by those who may tag it. */
function listTagConsequences(state: AwsState, input: Input): readonly AuthorizationRequest[] {
  const { Tags: tags = [] } = input;
  const action = 'autoscaling:CreateOrUpdateTags';
  if (tags.length === 0) return [];
  return listScalingResources(state, 'CreateAutoScalingGroup', input).map(({ arn }) => {
    return { action, resource: arn, context: buildTagContext(tags) };
  });
}

/** What a request says of tags. */
export function buildTagContext(tags: readonly { readonly Key?: string; readonly Value?: string }[]): RequestContext {
  if (tags.length === 0) return {};
  const values = tags.flatMap(({ Key = '', Value }) => (Value === undefined ? [] : [[`aws:RequestTag/${Key}`, Value]]));
  return { ...Object.fromEntries(values), 'aws:TagKeys': tags.map(({ Key = '' }) => Key) };
}

function listGroupLaunches(state: AwsState, input: Input): readonly AuthorizationRequest[] {
  const subnets = (input.VPCZoneIdentifier ?? '').split(',').filter((subnet) => subnet !== '');
  return listLaunchConsequences(state, findLaunchTemplate(input), { subnets, image: undefined });
}

/** What a launch takes from elsewhere than its launch template. */
interface LaunchOverrides {
  readonly subnets: readonly string[];
  /** In the place of the template's image. */
  readonly image: string | undefined;
}

/**
 * A group that is put on a launch template launches in its caller's name: what that may not, the group may not. What
 * the template does not name, such as the subnets of a group, does not count as a launch template resource.
 */
export function listLaunchConsequences(
  state: AwsState,
  template: LaunchTemplateSpecification | undefined,
  { subnets, image }: LaunchOverrides,
): readonly AuthorizationRequest[] {
  if (template === undefined) return [];
  const { arn, tags: own } = findTemplateResource(state, template as Parameters<typeof findTemplateResource>[1]);
  const run = (resource: string, isOfTemplate: boolean, more: RequestContext = {}): AuthorizationRequest => {
    const context = { 'ec2:LaunchTemplate': arn, 'ec2:IsLaunchTemplateResource': String(isOfTemplate), ...more };
    return { action: 'ec2:RunInstances', resource, context };
  };
  const data = dataOf(state, template);
  const imageId = image ?? data?.ImageId;
  const tags = data?.TagSpecifications?.flatMap((one) => one.Tags ?? []) ?? [];
  const profile = data?.IamInstanceProfile;
  const ownTags = Object.entries(own).map(([key, value]) => [`ec2:ResourceTag/${key}`, value]);
  return [
    run(arn, true, Object.fromEntries(ownTags)),
    run(buildEc2Arn(state, 'instance/*'), true),
    ...(imageId === undefined ? [] : [run(`arn:aws:ec2:${state.region}::image/${imageId}`, image === undefined)]),
    ...subnets.map((subnet) => run(buildEc2Arn(state, `subnet/${subnet}`), false)),
    ...(tags.length === 0 ? [] : [tagOnCreation(state, 'RunInstances', 'instance/*', tags)]),
    ...passToInstances(state, profile?.Arn ?? profile?.Name),
  ];
}

/** A template that is not there is another error than this. */
function dataOf(state: AwsState, template: LaunchTemplateSpecification): ResponseLaunchTemplateData | undefined {
  const { LaunchTemplateId: id, LaunchTemplateName: name, Version = '$Default' } = template;
  try {
    return getLaunchTemplateVersion(state, id, name, Version).version.LaunchTemplateData;
  } catch (thrown) {
    if (thrown instanceof AwsFault) return undefined;
    throw thrown;
  }
}

function tagOnCreation(
  state: AwsState,
  createAction: string,
  what: string,
  tags: Parameters<typeof buildTagContext>[0],
): AuthorizationRequest {
  return {
    action: 'ec2:CreateTags',
    resource: buildEc2Arn(state, what),
    context: { 'ec2:CreateAction': createAction, ...buildTagContext(tags) },
  };
}

/** In the sandbox an instance profile has a role of its own name. */
function passToInstances({ accountId }: AwsState, profile: string | undefined): readonly AuthorizationRequest[] {
  const role = profile?.split('/').at(-1);
  return role ? passRole(`arn:aws:iam::${accountId}:role/${role}`, 'ec2.amazonaws.com') : [];
}

function passToGroup(role: string | undefined): readonly AuthorizationRequest[] {
  return role === undefined ? [] : passRole(role, 'autoscaling.amazonaws.com');
}

function passRole(resource: string, service: string): readonly AuthorizationRequest[] {
  return [{ action: 'iam:PassRole', resource, context: { 'iam:PassedToService': service } }];
}
