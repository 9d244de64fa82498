import {
  type AutoScalingGroup,
  type CreateAutoScalingGroupCommandInput,
  type MixedInstancesPolicy,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { RollError } from '../errors.js';
import type { LaunchFrom } from '../model/template.js';
import { EXIT } from '../outcomes.js';
import type { Clients } from './clients.js';
import { groupsNamed } from './describe.js';

/** The three ways a request can say what a group launches; exactly one is given. */
export type LaunchFields = Pick<
  CreateAutoScalingGroupCommandInput,
  'LaunchConfigurationName' | 'LaunchTemplate' | 'MixedInstancesPolicy'
>;

/** What makes a group, or a copy of it, launch from something else; a mixed instances policy stays one. */
export function launchFieldsLike(from: AutoScalingGroup, template: LaunchFrom): LaunchFields {
  if (template.kind === 'launch-configuration') return { LaunchConfigurationName: template.name };
  // AWS describes a template by id and name, and accepts only one of the two.
  const LaunchTemplate = { LaunchTemplateId: template.id, Version: template.version };
  const policy = from.MixedInstancesPolicy;
  return policy ? { MixedInstancesPolicy: policyLike(policy, LaunchTemplate) } : { LaunchTemplate };
}

function policyLike(
  policy: MixedInstancesPolicy,
  LaunchTemplateSpecification: LaunchFields['LaunchTemplate'],
): MixedInstancesPolicy {
  return { ...policy, LaunchTemplate: { ...policy.LaunchTemplate, LaunchTemplateSpecification } };
}

/** See `Cloud.setTemplate`. The whole of a policy is written, so that nothing depends on what AWS keeps of it. */
export async function setTemplate(clients: Clients, name: string, template: LaunchFrom): Promise<void> {
  const [group] = await groupsNamed(clients, [name]);
  if (group === undefined) throw missing(name);
  await clients.autoScaling.send(
    new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, ...launchFieldsLike(group, template) }),
  );
}

function missing(name: string): RollError {
  return new RollError({
    code: 'group-not-found',
    message: `The group ${name} does not exist, so it cannot be told what to launch.`,
    exitCode: EXIT.refused,
    next: 'Check the name with: aws autoscaling describe-auto-scaling-groups',
  });
}
