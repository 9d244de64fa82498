import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsFault, requireMember, validationFault } from '../fault.js';
import type { LoadBalancerRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { listForwardTargets } from './load-balancer.js';
import { getTargetGroup, listTargetGroupUsers } from './target-group.js';

/**
 * Actions of a listener or a rule as they are kept: in their order, each with its number, a forward with its target
 * groups both ways AWS describes them.
 *
 * @throws AwsFault for a target group that is not there, speaks another protocol or belongs to another load balancer
 */
export function checkActions(
  state: AwsState,
  loadBalancer: LoadBalancerRecord,
  protocol: string,
  actions: readonly Action[],
): Action[] {
  if (actions.length === 0) throw validationFault('You must specify at least one action');
  for (const { arn } of listForwardTargets(actions)) checkTargetGroup(state, loadBalancer, protocol, arn);
  return actions.map((action, index) => ({
    ...action,
    Order: action.Order ?? (actions.length > 1 ? index + 1 : undefined),
    ...(action.Type === 'forward' ? forwarding(action) : {}),
  }));
}

function forwarding(action: Action): Pick<Action, 'TargetGroupArn' | 'ForwardConfig'> {
  const targets = listForwardTargets([action]).map(({ arn, weight }) => ({ TargetGroupArn: arn, Weight: weight }));
  const [only, another] = targets;
  return {
    TargetGroupArn: another === undefined ? only?.TargetGroupArn : undefined,
    ForwardConfig: {
      TargetGroups: targets,
      TargetGroupStickinessConfig: action.ForwardConfig?.TargetGroupStickinessConfig ?? { Enabled: false },
    },
  };
}

function checkTargetGroup(state: AwsState, loadBalancer: LoadBalancerRecord, protocol: string, arn: string): void {
  const group = getTargetGroup(state, requireMember(arn, 'DefaultActions.TargetGroupArn'));
  const routed = loadBalancer.type === 'application';
  if (routed !== (group.protocol?.startsWith('HTTP') === true)) {
    throw new AwsFault(
      'InvalidConfigurationRequest',
      `Listener protocol '${protocol}' is not supported with a target group with protocol '${group.protocol}'`,
    );
  }
  const other = listTargetGroupUsers(state, arn).find((user) => user !== loadBalancer);
  if (other === undefined) return;
  throw new AwsFault(
    'TargetGroupAssociationLimit',
    `The following target groups cannot be associated with more than one load balancer: ${arn}`,
  );
}
