import { AwsFault } from '../fault.js';
import type { AwsState } from '../state.js';
import { buildTagContext, listConsequences, listLaunchConsequences } from './consequences.js';
import {
  type AuthorizationRequest,
  type AuthorizationResult,
  evaluatePolicy,
  type Policy,
  type RequestContext,
} from './policy.js';
import {
  ANY_RESOURCE,
  buildParameterResource,
  listBalancingResources,
  listIdentityResources,
  listInstanceResources,
  listRequestTags,
  listScalingResources,
  type NamedInput,
  type Resource,
} from './resources.js';

/** Whom a policy is attached to: AWS's own root could not be limited by one. */
export function buildUserArn({ accountId }: Pick<AwsState, 'accountId'>): string {
  return `arn:aws:iam::${accountId}:user/sandbox`;
}

/**
 * Passes a request if the policy allows it and everything else it needs.
 *
 * @param service as IAM calls it: both kinds of load balancing are `elasticloadbalancing`
 * @param caller the ARN of whom the policy is attached to
 * @throws AwsFault as the service refuses: `AccessDenied`, or `UnauthorizedOperation` for EC2
 */
export function authorize(
  state: AwsState,
  policy: Policy,
  service: string,
  action: string,
  input: NamedInput,
  caller = buildUserArn(state),
): void {
  // GetCallerIdentity needs no permission. Source: GetCallerIdentity in the STS API reference.
  if (service === 'sts') return;
  const own = ownQuestions(state, service, action, input);
  for (const question of own) refuse(caller, service, question, evaluatePolicy(policy, question));
  for (const question of listConsequences(state, service, action, input)) {
    const verdict = evaluatePolicy(policy, question);
    if (question.action === 'ec2:RunInstances' && verdict !== 'allowed') throw noTemplate(input);
    refuse(caller, service, question, verdict);
  }
}

function ownQuestions(
  state: AwsState,
  service: string,
  action: string,
  input: NamedInput,
): readonly AuthorizationRequest[] {
  if (`${service}:${action}` === 'ec2:RunInstances') return runQuestions(state, input);
  const named = resourcesOf(state, service, action, input);
  // Also a request that names no resource needs permission for the action.
  return (named.length > 0 ? named : [ANY_RESOURCE]).map(({ arn, tags }) => ({
    action: `${service}:${action}`,
    resource: arn,
    context: {
      ...buildResourceContext(service, tags),
      ...buildTagContext(listRequestTags(input)),
      ...(action === 'DeleteAutoScalingGroup' && buildForceContext(input)),
    },
  }));
}

/** Without the parameter there is no key. Source: autoscaling:ForceDelete, "whether the option is specified". */
function buildForceContext({ ForceDelete }: NamedInput): RequestContext {
  return ForceDelete === undefined ? {} : { 'autoscaling:ForceDelete': String(ForceDelete) };
}

function buildResourceContext(service: string, tags: Resource['tags']): RequestContext {
  const entries = Object.entries(tags).flatMap(([key, value]) => [
    [`aws:ResourceTag/${key}`, value],
    [`${service}:ResourceTag/${key}`, value],
  ]);
  return Object.fromEntries(entries);
}

function runQuestions(state: AwsState, input: NamedInput): readonly AuthorizationRequest[] {
  const { LaunchTemplate: template, ImageId: image, SubnetId: subnet } = input;
  if (template === undefined) return [{ action: 'ec2:RunInstances', resource: '*', context: {} }];
  const subnets = subnet === undefined ? [] : [subnet];
  return listLaunchConsequences(state, { Version: '$Default', ...template }, { subnets, image });
}

function resourcesOf(state: AwsState, service: string, action: string, input: NamedInput): readonly Resource[] {
  if (/^(Describe|List)/.test(action)) return [ANY_RESOURCE];
  if (service === 'autoscaling') return listScalingResources(state, action, input);
  if (service === 'iam') return listIdentityResources(state, input);
  if (service === 'ssm') return [buildParameterResource(state, input)];
  if (service === 'ec2') return listInstanceResources(state, action, input);
  return listBalancingResources(state, input);
}

function refuse(caller: string, service: string, question: AuthorizationRequest, verdict: AuthorizationResult): void {
  if (verdict === 'allowed') return;
  const { action, resource } = question;
  const on = resource === '*' ? '' : ` on resource: ${resource}`;
  const because =
    verdict === 'denied'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  const text = `User: ${caller} is not authorized to perform: ${action}${on} ${because}`;
  if (service !== 'ec2') throw new AwsFault('AccessDenied', text, 403);
  throw new AwsFault('UnauthorizedOperation', `You are not authorized to perform this operation. ${text}`, 403);
}

/** Auto Scaling's own words for ec2:RunInstances. */
function noTemplate(input: NamedInput): AwsFault {
  const { LaunchTemplate: named } = input;
  const name = named?.LaunchTemplateId ?? named?.LaunchTemplateName ?? '';
  return new AwsFault('AccessDenied', `You are not authorized to use launch template: ${name}`, 403);
}
