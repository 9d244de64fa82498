import type { BalancerView, InstanceView } from '../balancing/view.js';
import type { AwsState } from '../state.js';
import { type ListenerRecord, type LoadBalancerRecord, listForwardTargets } from './load-balancer.js';
import {
  getUnusedReason,
  listTargetGroupUsers,
  type TargetGroupRecord,
  type TargetRecord,
} from './target-group.js';

const phases = {
  registering: 'registering',
  checking: 'registering',
  healthy: 'in-service',
  unhealthy: 'out-of-service',
  draining: 'draining',
} as const;

/** An application or network load balancer as the data plane sees it. */
export function buildLoadBalancerView(state: AwsState, loadBalancer: LoadBalancerRecord): BalancerView {
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
    idleTimeoutMs: Number(idleSeconds ?? 350) * 1_000,
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
  const protocol = listenerProtocols[listener.protocol];
  if (protocol === undefined) return [];
  const instanceProtocol = group.protocol?.startsWith('HTTP') ? 'HTTP' : 'TCP';
  return [{ protocol, port: listener.port, instanceProtocol, instancePort: group.port, pool: group.arn }];
}

const listenerProtocols: Readonly<Partial<Record<string, 'HTTP' | 'HTTPS' | 'TCP' | 'SSL'>>> = {
  HTTP: 'HTTP',
  HTTPS: 'HTTPS',
  TCP: 'TCP',
  TLS: 'SSL',
};

/** An application load balancer cuts what outlasts the delay; a network one only when it is told to. */
function cutsConnections({ protocol, attributes }: TargetGroupRecord): boolean {
  const terminates = attributes.get('deregistration_delay.connection_termination.enabled');
  return protocol?.startsWith('HTTP') === true || terminates === 'true';
}

function viewTarget(target: TargetRecord): InstanceView {
  const { instance, phase } = target;
  return { instanceId: instance.instanceId, address: instance.address, phase: phases[phase] };
}

/** Where new requests of the target group may go: to healthy targets or, when there are none, to all unhealthy ones. */
export function listServingTargets(
  state: AwsState,
  group: TargetGroupRecord,
): { instanceId: string; address: string }[] {
  const used = [...group.targets.values()].filter((one) => getUnusedReason(state, group, one) === undefined);
  const healthy = used.filter((one) => one.phase === 'healthy');
  const serving = healthy.length > 0 ? healthy : used.filter((one) => one.phase === 'unhealthy');
  return serving.map(({ instance }) => ({ instanceId: instance.instanceId, address: instance.address }));
}

function instanceIdOf({ instance }: TargetRecord): string {
  return instance.instanceId;
}
