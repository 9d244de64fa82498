import type {
  ConfigureHealthCheckInput,
  ConfigureHealthCheckOutput,
  HealthCheck,
} from '@aws-sdk/client-elastic-load-balancing';
import type { HealthCheckTarget } from '../../interfaces.js';
import { requireMember, validationFault } from '../fault.js';
import type { ClassicLoadBalancerRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { getClassicLoadBalancer } from './load-balancer.js';

const targetForm = /^(HTTP|HTTPS|TCP|SSL):(\d{1,5})(\/.*)?$/;

/** ConfigureHealthCheck: the new interval applies from the next check. */
export function configureHealthCheck(state: AwsState, input: ConfigureHealthCheckInput): ConfigureHealthCheckOutput {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  useHealthCheck(balancer, requireMember(input.HealthCheck, 'HealthCheck'));
  return { HealthCheck: balancer.healthCheck };
}

/** The check of a new load balancer: TCP on its first listener's instance port, as AWS sets it. */
export function createDefaultHealthCheck(port: number): HealthCheck {
  return { Target: `TCP:${port}`, Interval: 30, Timeout: 5, UnhealthyThreshold: 2, HealthyThreshold: 10 };
}

function useHealthCheck(balancer: ClassicLoadBalancerRecord, healthCheck: HealthCheck): void {
  balancer.target = parseHealthCheckTarget(healthCheck);
  balancer.intervalMs = requireMember(healthCheck.Interval, 'HealthCheck.Interval') * 1_000;
  balancer.healthCheck = healthCheck;
}

/**
 * A health check's target, `HTTP:8500/v1/status/leader` taken apart.
 *
 * @throws AwsFault `ValidationError` for a target, a timeout or a threshold that AWS refuses
 */
export function parseHealthCheckTarget(healthCheck: HealthCheck): HealthCheckTarget {
  const timeout = within(healthCheck.Timeout, 'Timeout', 1, 60);
  const interval = within(healthCheck.Interval, 'Interval', 1, 300);
  within(healthCheck.HealthyThreshold, 'HealthyThreshold', 2, 10);
  within(healthCheck.UnhealthyThreshold, 'UnhealthyThreshold', 2, 10);
  if (timeout >= interval && interval > 2) {
    throw validationFault('HealthCheck timeout must be less than interval');
  }
  return { ...parsed(requireMember(healthCheck.Target, 'HealthCheck.Target')), timeoutMs: timeout * 1_000 };
}

function parsed(target: string): Omit<HealthCheckTarget, 'timeoutMs'> {
  const [, protocol, digits, path] = targetForm.exec(target) ?? [];
  const port = Number(digits);
  const http = protocol === 'HTTP' || protocol === 'HTTPS';
  const known = http || protocol === 'TCP' || protocol === 'SSL';
  if (!known || port < 1 || port > 65_535 || http !== (path !== undefined)) {
    throw validationFault(
      `HealthCheck HTTP Target must specify a port followed by a path that begins with a slash. e.g. HTTP:80/ping/this/path`,
    );
  }
  return http ? { protocol, port, path } : { protocol, port };
}

function within(value: number | undefined, name: string, least: number, most: number): number {
  if (value !== undefined && value >= least && value <= most) return value;
  throw validationFault(`HealthCheck ${name} must be between ${least} and ${most}`);
}
