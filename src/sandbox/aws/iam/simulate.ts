import type { EvaluationResult, SimulatePolicyResponse, SimulatePrincipalPolicyRequest } from '@aws-sdk/client-iam';
import { AwsFault } from '../fault.js';
import type { AwsState } from '../state.js';
import { buildUserArn } from './authorize.js';
import {
  type AuthorizationRequest,
  type AuthorizationResult,
  evaluatePolicy,
  matchesPattern,
  type Policy,
} from './policy.js';

const DECISIONS = {
  allowed: 'allowed',
  denied: 'explicitDeny',
  'not allowed': 'implicitDeny',
} as const satisfies Record<AuthorizationResult, string>;

/**
 * SimulatePrincipalPolicy: what the policy says of each action on each resource, with the condition keys that the
 * request brings along. Tags of a resource are unknown unless they are among those.
 *
 * @throws AwsFault `NoSuchEntity` for any principal except the user that has the policy
 */
export function simulatePolicy(
  state: AwsState,
  policy: Policy,
  input: Partial<SimulatePrincipalPolicyRequest>,
): SimulatePolicyResponse {
  const { PolicySourceArn: arn = '', ActionNames: actions = [], ResourceArns: resources = ['*'] } = input;
  if (arn !== buildUserArn(state)) throw new AwsFault('NoSuchEntity', `The principal ${arn} cannot be found.`, 404);
  const entries = (input.ContextEntries ?? []).map(({ ContextKeyName = '', ContextKeyValues = [] }) => {
    return [ContextKeyName, ContextKeyValues] as const;
  });
  const context = Object.fromEntries(entries);
  const results = actions.flatMap((action) =>
    resources.map((resource) => evaluated(policy, { action, resource, context })),
  );
  return { EvaluationResults: results, IsTruncated: false };
}

/** Missing context is reported with the resource where there is one. Source: EvaluationResult in the IAM API reference. */
function evaluated(policy: Policy, question: AuthorizationRequest): EvaluationResult {
  const { action, resource, context } = question;
  const decision = DECISIONS[evaluatePolicy(policy, question)];
  const missing = keysOf(policy, action).filter((key) => !(key in context));
  const specific = {
    EvalResourceName: resource,
    EvalResourceDecision: decision,
    MatchedStatements: [],
    MissingContextValues: missing,
  };
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decision,
    MatchedStatements: [],
    MissingContextValues: resource === '*' ? missing : [],
    ResourceSpecificResults: resource === '*' ? [] : [specific],
  };
}

/** The condition keys that some statement about this action has. */
function keysOf({ Statement: statements }: Policy, action: string): string[] {
  const about = statements.filter(({ Action }) => Action.some((pattern) => matchesPattern(pattern, action, 'i')));
  const keys = about.flatMap(({ Condition = {} }) => Object.values(Condition).flatMap(Object.keys));
  return [...new Set(keys)];
}
