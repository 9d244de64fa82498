import { listForwardTargets } from './elbv2/load-balancer.js';
import { getUnusedReason, listTargetGroupUsers } from './elbv2/target-group.js';
import type {
  ClassicLoadBalancerRecord,
  ListenerProtocol,
  ListenerRecord,
  LoadBalancerRecord,
  RegistrationPhase,
  TargetGroupRecord,
  TargetRecord,
} from './records.js';
import type { AwsState } from './state.js';

/** A load balancer of any kind as the data plane sees it: where it listens, and where requests may go. */
export interface BalancerView {
  readonly name: string;
  readonly kind: 'classic' | 'application' | 'network';
  /** The loopback address it listens on. */
  readonly address: string;
  readonly listeners: readonly {
    readonly protocol: ListenerProtocol;
    readonly port: number;
    readonly instanceProtocol: ListenerProtocol;
    readonly instancePort: number;
    /** Where its requests go: a classic load balancer's own name, or a target group's ARN. */
    readonly pool: string;
  }[];
  readonly idleTimeoutMs: number;
  /** Only those `in-service` may get a new request. */
  readonly instances: readonly InstanceView[];
  /** Pools in which requests to any other instance are cut: its draining is over. */
  readonly cutting: readonly { readonly pool: string; readonly instanceIds: readonly string[] }[];
}

/** An instance of a load balancer. */
export interface InstanceView {
  readonly instanceId: string;
  readonly address: string;
  readonly phase: RegistrationPhase;
}

/** Every load balancer, as the data plane sees it. */
export function listLoadBalancerViews(state: AwsState): BalancerView[] {
  return [
    ...[...state.balancers.values()].map(viewClassic),
    ...[...state.loadBalancers.values()].map((one) => buildLoadBalancerView(state, one)),
  ];
}

function viewClassic(balancer: ClassicLoadBalancerRecord): BalancerView {
  const { name } = balancer;
  return {
    name,
    kind: 'classic',
    address: balancer.address,
    listeners: [...balancer.listeners.values()].map(({ listener }) => ({
      protocol: listener.Protocol,
      port: listener.LoadBalancerPort,
      instanceProtocol: listener.InstanceProtocol,
      instancePort: listener.InstancePort,
      pool: name,
    })),
    idleTimeoutMs: (balancer.attributes.ConnectionSettings?.IdleTimeout ?? 60) * 1000,
    instances: [...balancer.registrations.values()].map(({ instance, phase }) => ({
      instanceId: instance.instanceId,
      address: instance.address,
      phase,
    })),
    cutting: [{ pool: name, instanceIds: [...balancer.registrations.keys()] }],
  };
}

/** The instances that may get a new request of that pool now; empty when there is none. */
export function listInService(state: AwsState, pool: string): { instanceId: string; address: string }[] {
  const group = state.targetGroups.get(pool);
  if (group !== undefined) return listServingTargets(state, group);
  const registrations = [...(state.balancers.get(pool)?.registrations.values() ?? [])];
  const serving = registrations.filter((registration) => registration.phase === 'in-service');
  return serving.map(({ instance }) => ({ instanceId: instance.instanceId, address: instance.address }));
}
const TARGET_PHASES = {
  registering: 'registering',
  checking: 'registering',
  healthy: 'in-service',
  unhealthy: 'out-of-service',
  draining: 'draining',
} as const;

/** An application or network load balancer as the data plane sees it. */
function buildLoadBalancerView(state: AwsState, loadBalancer: LoadBalancerRecord): BalancerView {
  const groups = [...state.targetGroups.values()].filter(({ arn }) =>
    listTargetGroupUsers(state, arn).includes(loadBalancer),
  );
  const idleSeconds = loadBalancer.attributes.get('idle_timeout.timeout_seconds');
  return {
    name: loadBalancer.name,
    kind: loadBalancer.type,
    address: loadBalancer.address,
    listeners: [...loadBalancer.listeners.values()].flatMap((listener) => viewListener(state, listener)),
    // A network load balancer's own: 350 s.
    idleTimeoutMs: Number(idleSeconds ?? 350) * 1000,
    instances: groups.flatMap((group) => [...group.targets.values()].map(viewTarget)),
    cutting: groups
      .filter(cutsConnections)
      .map((group) => ({ pool: group.arn, instanceIds: [...group.targets.values()].map(instanceIdOf) })),
  };
}

/** Traffic goes by the default action of a listener, to the first target group with a weight. */
function viewListener(state: AwsState, listener: ListenerRecord): BalancerView['listeners'][number][] {
  const [chosen] = listForwardTargets(listener.defaultRule.actions).filter((one) => one.weight > 0);
  const group = state.targetGroups.get(chosen?.arn ?? '');
  if (group?.port === undefined) return [];
  const protocol = CLASSIC_PROTOCOLS[listener.protocol];
  if (protocol === undefined) return [];
  const instanceProtocol = group.protocol?.startsWith('HTTP') ? 'HTTP' : 'TCP';
  return [{ protocol, port: listener.port, instanceProtocol, instancePort: group.port, pool: group.arn }];
}
const CLASSIC_PROTOCOLS: Readonly<Partial<Record<string, 'HTTP' | 'HTTPS' | 'TCP' | 'SSL'>>> = {
  HTTP: 'HTTP',
  HTTPS: 'HTTPS',
  TCP: 'TCP',
  TLS: 'SSL',
};

/** An application load balancer cuts what outlasts the delay; a network one only if configured. */
function cutsConnections({ protocol, attributes }: TargetGroupRecord): boolean {
  const terminates = attributes.get('deregistration_delay.connection_termination.enabled');
  return protocol?.startsWith('HTTP') === true || terminates === 'true';
}

function viewTarget(target: TargetRecord): InstanceView {
  const { instance, phase } = target;
  return { instanceId: instance.instanceId, address: instance.address, phase: TARGET_PHASES[phase] };
}

/** Where new requests of the target group may go: to healthy targets or, when there are none, to all unhealthy ones. */
function listServingTargets(state: AwsState, group: TargetGroupRecord): { instanceId: string; address: string }[] {
  const used = [...group.targets.values()].filter((one) => getUnusedReason(state, group, one) === undefined);
  const healthy = used.filter((one) => one.phase === 'healthy');
  const serving = healthy.length > 0 ? healthy : used.filter((one) => one.phase === 'unhealthy');
  return serving.map(({ instance }) => ({ instanceId: instance.instanceId, address: instance.address }));
}

function instanceIdOf({ instance }: TargetRecord): string {
  return instance.instanceId;
}
