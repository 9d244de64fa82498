import type {
  BackendServerDescription,
  HealthCheck,
  Listener,
  LoadBalancerAttributes,
  PolicyDescription,
} from '@aws-sdk/client-elastic-load-balancing';
import type { HealthCheckTarget } from '../../seams.js';
import type { ScheduledTask } from '../agenda.js';
import type { InstanceRecord } from '../ec2/instance.js';
import { AwsFault } from '../fault.js';
import type { AwsState } from '../state.js';

/** Where an instance stands with a load balancer. */
export type RegistrationPhase = 'registering' | 'in-service' | 'out-of-service' | 'draining';

/** One instance at one load balancer. */
export interface Registration {
  readonly instance: InstanceRecord;
  phase: RegistrationPhase;
  /** Health checks in a row that passed, or that failed. */
  passes: number;
  failures: number;
  /** The next check, or the next look at what is still in flight. */
  next: ScheduledTask | undefined;
  /** When draining ends whatever is in flight, epoch milliseconds. */
  drainEndsMs: number;
  /** Told once when it has drained. */
  readonly drained: (() => void)[];
}

/** What a listener speaks, to clients or to instances. */
export type ListenerProtocol = 'HTTP' | 'HTTPS' | 'TCP' | 'SSL';

/** A listener and the names of its policies. */
export interface ListenerRecord {
  readonly listener: Listener & {
    readonly Protocol: ListenerProtocol;
    readonly InstanceProtocol: ListenerProtocol;
    readonly LoadBalancerPort: number;
    readonly InstancePort: number;
  };
  policyNames: string[];
}

/** A classic load balancer. */
export interface BalancerRecord {
  readonly name: string;
  /** The loopback address it listens on, which is its DNS name too. */
  readonly address: string;
  readonly createdMs: number;
  readonly scheme: string;
  subnetIds: string[];
  securityGroupIds: string[];
  readonly listeners: Map<number, ListenerRecord>;
  healthCheck: HealthCheck;
  target: HealthCheckTarget;
  intervalMs: number;
  attributes: LoadBalancerAttributes;
  readonly policies: Map<string, PolicyDescription>;
  backends: BackendServerDescription[];
  readonly tags: Map<string, string>;
  readonly registrations: Map<string, Registration>;
}

/**
 * The load balancer of that name.
 *
 * @throws AwsFault `LoadBalancerNotFound`
 */
export function getLoadBalancer(state: AwsState, name: string): BalancerRecord {
  const balancer = state.balancers.get(name);
  if (balancer !== undefined) return balancer;
  throw new AwsFault('LoadBalancerNotFound', `There is no ACTIVE Load Balancer named '${name}'`);
}

/** Whether draining is on, and how long it may take; none is 0. */
export function getDrainTimeoutMs(balancer: BalancerRecord): number {
  const draining = balancer.attributes.ConnectionDraining;
  return draining?.Enabled ? (draining.Timeout ?? 300) * 1_000 : 0;
}
