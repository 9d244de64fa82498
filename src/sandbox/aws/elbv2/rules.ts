import type {
  CreateRuleInput,
  CreateRuleOutput,
  DeleteRuleInput,
  DeleteRuleOutput,
  DescribeRulesInput,
  DescribeRulesOutput,
  ModifyRuleInput,
  ModifyRuleOutput,
  Rule,
  SetRulePrioritiesInput,
  SetRulePrioritiesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsFault, requireMember, validationFault } from '../fault.js';
import { getPage } from '../paging.js';
import type { ListenerRecord, LoadBalancerRecord, RuleRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { checkActions } from './actions.js';
import { getListener, toTagMap } from './load-balancer.js';

const mostPriority = 50_000;

/** A rule with the listener it belongs to. */
interface PlacedRule {
  readonly loadBalancer: LoadBalancerRecord;
  readonly listener: ListenerRecord;
  readonly rule: RuleRecord;
}

/**
 * The rule of that ARN.
 *
 * @throws AwsFault `RuleNotFound`
 */
export function getRule(state: AwsState, arn: string): PlacedRule {
  for (const loadBalancer of state.loadBalancers.values()) {
    for (const listener of loadBalancer.listeners.values()) {
      const rule = listener.defaultRule.arn === arn ? listener.defaultRule : listener.rules.get(arn);
      if (rule !== undefined) return { loadBalancer, listener, rule };
    }
  }
  throw new AwsFault('RuleNotFound', `Rule '${arn}' not found`);
}

/** CreateRule: a priority that is taken is refused. */
export function createRule(state: AwsState, input: CreateRuleInput): CreateRuleOutput {
  const { loadBalancer, listener } = getListener(state, requireMember(input.ListenerArn, 'ListenerArn'));
  const priority = freePriority(listener, requireMember(input.Priority, 'Priority'), undefined);
  const rule: RuleRecord = {
    arn: `${listener.arn.replace(':listener/', ':listener-rule/')}/${state.ids.hex(16)}`,
    priority,
    conditions: requireMember(input.Conditions, 'Conditions'),
    actions: checkActions(state, loadBalancer, listener.protocol, requireMember(input.Actions, 'Actions')),
    tags: toTagMap(input.Tags),
  };
  listener.rules.set(rule.arn, rule);
  return { Rules: [described(rule)] };
}

function freePriority(listener: ListenerRecord, priority: number, itself: RuleRecord | undefined): string {
  if (priority < 1 || priority > mostPriority)
    throw validationFault(`Rule priority '${priority}' must be between 1 and ${mostPriority}`);
  const taken = [...listener.rules.values()].some((rule) => rule !== itself && rule.priority === String(priority));
  if (!taken) return String(priority);
  throw new AwsFault('PriorityInUse', `Priority '${priority}' is currently in use`);
}

/** ModifyRule: what is not given stays. */
export function modifyRule(state: AwsState, input: ModifyRuleInput): ModifyRuleOutput {
  const { loadBalancer, listener, rule } = getRule(state, requireMember(input.RuleArn, 'RuleArn'));
  const { Actions = [], Conditions = [] } = input;
  if (Actions.length > 0) rule.actions = checkActions(state, loadBalancer, listener.protocol, Actions);
  if (Conditions.length > 0) rule.conditions = Conditions;
  return { Rules: [described(rule)] };
}

/** SetRulePriorities. */
export function setRulePriorities(state: AwsState, input: SetRulePrioritiesInput): SetRulePrioritiesOutput {
  const changed = requireMember(input.RulePriorities, 'RulePriorities').map(({ RuleArn, Priority }) => {
    const { listener, rule } = getRule(state, requireMember(RuleArn, 'RulePriorities.RuleArn'));
    rule.priority = freePriority(listener, requireMember(Priority, 'RulePriorities.Priority'), rule);
    return described(rule);
  });
  return { Rules: changed };
}

/** DeleteRule: the default rule stays with its listener. */
export function deleteRule(state: AwsState, input: DeleteRuleInput): DeleteRuleOutput {
  const { listener, rule } = getRule(state, requireMember(input.RuleArn, 'RuleArn'));
  if (rule === listener.defaultRule)
    throw new AwsFault('OperationNotPermitted', `Default rule '${rule.arn}' cannot be deleted`);
  listener.rules.delete(rule.arn);
  return {};
}

/** DescribeRules: of a listener, by priority and the default one last, or by ARN. */
export function describeRules(state: AwsState, input: DescribeRulesInput): DescribeRulesOutput {
  const named = (input.RuleArns ?? []).map((arn) => getRule(state, arn).rule);
  const chosen = named.length > 0 ? named : ofListener(state, input.ListenerArn);
  const page = getPage(chosen, input.Marker, input.PageSize, { defaultSize: 400, maxSize: 400 });
  return { Rules: page.items.map(described), NextMarker: page.nextToken };
}

function ofListener(state: AwsState, arn: string | undefined): RuleRecord[] {
  if (arn === undefined) throw validationFault('You must specify either listener rule ARNs or a listener ARN');
  const { listener } = getListener(state, arn);
  const rules = [...listener.rules.values()].sort((a, b) => Number(a.priority) - Number(b.priority));
  return [...rules, listener.defaultRule];
}

function described(rule: RuleRecord): Rule {
  return {
    RuleArn: rule.arn,
    Priority: rule.priority,
    Conditions: rule.conditions,
    Actions: rule.actions,
    IsDefault: rule.priority === 'default',
  };
}
