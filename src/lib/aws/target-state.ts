import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { BalancerState } from '../model/server.js';

const LEAST_GOOD_FIRST = ['draining', 'out-of-service', 'registering', 'in-service', 'unused'] as const;

/** Of two targets of one server, where the one stands that is further from serving. */
export function leastGood(one: BalancerState | undefined, other: BalancerState): BalancerState {
  return LEAST_GOOD_FIRST.find((state) => state === one || state === other) ?? other;
}

/**
 * The state of DescribeTargetHealth. Source: TargetHealth in the Elastic Load Balancing API reference, 2015-12-01.
 * `unavailable` is AWS's own trouble, or health checks that are off: neither says that the server is unfit.
 */
export function targetStateOf(health: TargetHealth | undefined): BalancerState {
  switch (health?.State) {
    case 'healthy':
      return 'in-service';
    case 'initial':
      return 'registering';
    case 'draining':
      return 'draining';
    case 'unused':
      return unusedState(health.Reason);
    case 'unavailable':
      return health.Reason === 'Target.HealthCheckDisabled' ? 'unused' : 'registering';
    default:
      return 'out-of-service';
  }
}

function unusedState(reason: TargetHealth['Reason']): BalancerState {
  if (reason === 'Target.NotRegistered') return 'absent';
  return reason === 'Target.NotInUse' ? 'unused' : 'out-of-service';
}
