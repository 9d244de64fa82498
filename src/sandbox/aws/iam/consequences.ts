import type { LaunchConfiguration, LaunchTemplateSpecification } from '@aws-sdk/client-auto-scaling';
import type { ResponseLaunchTemplateData } from '@aws-sdk/client-ec2';
import { findLaunchTemplate, type GroupLaunchSource } from '../autoscaling/launch-source.js';
import { getLaunchTemplateVersion } from '../ec2/launch-template.js';
import { AwsFault } from '../fault.js';
import type { AwsState } from '../state.js';
import type { AuthorizationRequest } from './policy.js';
import { buildEc2Arn, findTemplateResource, listBalancingResources, type NamedInput } from './resources.js';

/** The other permissions a request needs, because AWS acts on the caller's behalf. */
type Input = GroupLaunchSource &
  NamedInput &
  Pick<LaunchConfiguration, 'IamInstanceProfile'> & {
    readonly LaunchTemplate?: LaunchTemplateSpecification;
    readonly TagSpecifications?: readonly unknown[];
    readonly LaunchTemplateData?: ResponseLaunchTemplateData;
    readonly Tags?: readonly unknown[];
  };

/** Source: the Service Authorization Reference, "Dependent actions", and the Auto Scaling guide on launch templates. */
export function listConsequences(
  state: AwsState,
  service: string,
  action: string,
  input: Input,
): readonly AuthorizationRequest[] {
  switch (`${service}:${action}`) {
    case 'autoscaling:CreateLaunchConfiguration':
      return passing(state, input.IamInstanceProfile);
    case 'autoscaling:CreateAutoScalingGroup':
    case 'autoscaling:UpdateAutoScalingGroup':
      return listLaunchConsequences(state, findLaunchTemplate(input));
    case 'ec2:CreateLaunchTemplate':
      return (input.TagSpecifications ?? []).length === 0 ? [] : [tagging(state, action, 'launch-template/*')];
    case 'elasticloadbalancing:CreateLoadBalancer':
      return (input.Tags ?? []).length === 0
        ? []
        : listBalancingResources(state, input).map(({ arn }) => {
            return { action: 'elasticloadbalancing:AddTags', resource: arn, context: {} };
          });
    default:
      return [];
  }
}

/** A group that is put on a launch template launches in its caller's name: what that may not, the group may not. */
export function listLaunchConsequences(
  state: AwsState,
  template: LaunchTemplateSpecification | undefined,
): readonly AuthorizationRequest[] {
  if (template === undefined) return [];
  const { arn } = findTemplateResource(state, template as Parameters<typeof findTemplateResource>[1]);
  const run = (resource: string): AuthorizationRequest => {
    return { action: 'ec2:RunInstances', resource, context: { 'ec2:LaunchTemplate': arn } };
  };
  const data = dataOf(state, template);
  const tags = data?.TagSpecifications ?? [];
  const profile = data?.IamInstanceProfile;
  return [
    run(arn),
    run(buildEc2Arn(state, 'instance/*')),
    ...(tags.length === 0 ? [] : [tagging(state, 'RunInstances', 'instance/*')]),
    ...passing(state, profile?.Arn ?? profile?.Name),
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

function tagging(state: AwsState, createAction: string, what: string): AuthorizationRequest {
  return {
    action: 'ec2:CreateTags',
    resource: buildEc2Arn(state, what),
    context: { 'ec2:CreateAction': createAction },
  };
}

/** In the sandbox an instance profile has a role of its own name. */
function passing({ accountId }: AwsState, profile: string | undefined): readonly AuthorizationRequest[] {
  if (!profile) return [];
  const role = profile.split('/').at(-1);
  const context = { 'iam:PassedToService': 'ec2.amazonaws.com' };
  return [{ action: 'iam:PassRole', resource: `arn:aws:iam::${accountId}:role/${role}`, context }];
}
