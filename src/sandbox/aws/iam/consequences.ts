import type { LaunchConfiguration, LaunchTemplateSpecification } from '@aws-sdk/client-auto-scaling';
import type { ResponseLaunchTemplateData } from '@aws-sdk/client-ec2';
import { type LaunchSource, templateOf } from '../autoscaling/launch-source.js';
import { templateVersion } from '../ec2/launch-template.js';
import { AwsFault } from '../fault.js';
import type { WorldState } from '../state.js';
import type { Question } from './policy.js';
import { balancingResources, ec2Arn, type Named, templateNamed } from './resources.js';

/** What a request asks for besides its own action, because AWS does more than that in the caller's name. */
type Input = LaunchSource &
  Named &
  Pick<LaunchConfiguration, 'IamInstanceProfile'> & {
    readonly LaunchTemplate?: LaunchTemplateSpecification;
    readonly TagSpecifications?: readonly unknown[];
    readonly LaunchTemplateData?: ResponseLaunchTemplateData;
    readonly Tags?: readonly unknown[];
  };

/** Source: the Service Authorization Reference, "Dependent actions", and the Auto Scaling guide on launch templates. */
export function consequencesOf(
  state: WorldState,
  service: string,
  action: string,
  input: Input,
): readonly Question[] {
  switch (`${service}:${action}`) {
    case 'autoscaling:CreateLaunchConfiguration':
      return passing(state, input.IamInstanceProfile);
    case 'autoscaling:CreateAutoScalingGroup':
    case 'autoscaling:UpdateAutoScalingGroup':
      return launching(state, templateOf(input));
    case 'ec2:CreateLaunchTemplate':
      return (input.TagSpecifications ?? []).length === 0
        ? []
        : [tagging(state, action, 'launch-template/*')];
    case 'elasticloadbalancing:CreateLoadBalancer':
      return (input.Tags ?? []).length === 0
        ? []
        : balancingResources(state, input).map(({ arn }) => {
            return { action: 'elasticloadbalancing:AddTags', resource: arn, context: {} };
          });
    default:
      return [];
  }
}

/** A group that is put on a launch template launches in its caller's name: what that may not, the group may not. */
export function launching(
  state: WorldState,
  template: LaunchTemplateSpecification | undefined,
): readonly Question[] {
  if (template === undefined) return [];
  const { arn } = templateNamed(state, template as Parameters<typeof templateNamed>[1]);
  const run = (resource: string): Question => {
    return { action: 'ec2:RunInstances', resource, context: { 'ec2:LaunchTemplate': arn } };
  };
  const data = dataOf(state, template);
  const tags = data?.TagSpecifications ?? [];
  const profile = data?.IamInstanceProfile;
  return [
    run(arn),
    run(ec2Arn(state, 'instance/*')),
    ...(tags.length === 0 ? [] : [tagging(state, 'RunInstances', 'instance/*')]),
    ...passing(state, profile?.Arn ?? profile?.Name),
  ];
}

/** A template that is not there is another error than this. */
function dataOf(
  state: WorldState,
  template: LaunchTemplateSpecification,
): ResponseLaunchTemplateData | undefined {
  const { LaunchTemplateId: id, LaunchTemplateName: name, Version = '$Default' } = template;
  try {
    return templateVersion(state, id, name, Version).version.LaunchTemplateData;
  } catch (thrown) {
    if (thrown instanceof AwsFault) return undefined;
    throw thrown;
  }
}

function tagging(state: WorldState, createAction: string, what: string): Question {
  return {
    action: 'ec2:CreateTags',
    resource: ec2Arn(state, what),
    context: { 'ec2:CreateAction': createAction },
  };
}

/** In the sandbox an instance profile has a role of its own name. */
function passing({ accountId }: WorldState, profile: string | undefined): readonly Question[] {
  if (!profile) return [];
  const role = profile.split('/').at(-1);
  const context = { 'iam:PassedToService': 'ec2.amazonaws.com' };
  return [{ action: 'iam:PassRole', resource: `arn:aws:iam::${accountId}:role/${role}`, context }];
}
