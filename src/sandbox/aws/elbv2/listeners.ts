import type {
  CreateListenerInput,
  CreateListenerOutput,
  DeleteListenerInput,
  DeleteListenerOutput,
  DescribeListenersInput,
  DescribeListenersOutput,
  Listener,
  ModifyListenerInput,
  ModifyListenerOutput,
  ProtocolEnum,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsFault, requireMember, validationFault } from '../fault.js';
import { getPage } from '../paging.js';
import type { ListenerRecord, LoadBalancerRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { checkActions } from './actions.js';
import { createListenerAttributes } from './attribute-defaults.js';
import { getListener, getLoadBalancer, toTagMap } from './load-balancer.js';

const protocols: Readonly<Record<LoadBalancerRecord['type'], readonly string[]>> = {
  application: ['HTTP', 'HTTPS'],
  network: ['TCP', 'TLS', 'UDP', 'TCP_UDP'],
};

/** CreateListener: a port that has one is refused. */
export function createListener(state: AwsState, input: CreateListenerInput): CreateListenerOutput {
  const loadBalancer = getLoadBalancer(state, requireMember(input.LoadBalancerArn, 'LoadBalancerArn'));
  const protocol = checkedProtocol(loadBalancer, requireMember(input.Protocol, 'Protocol'));
  const port = checkedPort(loadBalancer, requireMember(input.Port, 'Port'), undefined);
  const actions = checkActions(state, loadBalancer, protocol, requireMember(input.DefaultActions, 'DefaultActions'));
  const arn = `${loadBalancer.arn.replace(':loadbalancer/', ':listener/')}/${state.ids.hex(16)}`;
  const listener: ListenerRecord = {
    arn,
    port,
    protocol,
    sslPolicy: input.SslPolicy ?? (isSecure(protocol) ? 'ELBSecurityPolicy-2016-08' : undefined),
    certificates: input.Certificates ?? [],
    alpnPolicy: input.AlpnPolicy,
    defaultRule: {
      arn: `${arn.replace(':listener/', ':listener-rule/')}/${state.ids.hex(16)}`,
      priority: 'default',
      conditions: [],
      actions,
      tags: new Map(),
    },
    rules: new Map(),
    attributes: createListenerAttributes(protocol),
    tags: toTagMap(input.Tags),
  };
  if (isSecure(protocol) && listener.certificates.length === 0)
    throw new AwsFault('CertificateNotFound', 'A certificate must be specified for secure listeners');
  loadBalancer.listeners.set(arn, listener);
  return { Listeners: [described(loadBalancer, listener)] };
}

function isSecure(protocol: string): boolean {
  return protocol === 'HTTPS' || protocol === 'TLS';
}

function checkedProtocol(loadBalancer: LoadBalancerRecord, protocol: ProtocolEnum): ProtocolEnum {
  const allowed = protocols[loadBalancer.type];
  if (allowed.includes(protocol)) return protocol;
  throw validationFault(`Listener protocol '${protocol}' must be one of '${allowed.join(', ')}'`);
}

function checkedPort(loadBalancer: LoadBalancerRecord, port: number, itself: ListenerRecord | undefined): number {
  if (port < 1 || port > 65_535) throw validationFault(`Port '${port}' must be between 1 and 65535`);
  const taken = [...loadBalancer.listeners.values()].some((one) => one !== itself && one.port === port);
  if (!taken) return port;
  throw new AwsFault(
    'DuplicateListener',
    `A listener already exists on this port for this load balancer '${loadBalancer.arn}'`,
  );
}

/** ModifyListener: what is not given stays. */
export function modifyListener(state: AwsState, input: ModifyListenerInput): ModifyListenerOutput {
  const { loadBalancer, listener } = getListener(state, requireMember(input.ListenerArn, 'ListenerArn'));
  const protocol = checkedProtocol(loadBalancer, input.Protocol ?? listener.protocol);
  const port = checkedPort(loadBalancer, input.Port ?? listener.port, listener);
  const actions = input.DefaultActions ?? [];
  if (actions.length > 0) listener.defaultRule.actions = checkActions(state, loadBalancer, protocol, actions);
  Object.assign(listener, {
    protocol,
    port,
    sslPolicy: input.SslPolicy ?? listener.sslPolicy,
    certificates: input.Certificates ?? listener.certificates,
    alpnPolicy: input.AlpnPolicy ?? listener.alpnPolicy,
  });
  return { Listeners: [described(loadBalancer, listener)] };
}

/** DeleteListener: its rules go with it. */
export function deleteListener(state: AwsState, input: DeleteListenerInput): DeleteListenerOutput {
  const { loadBalancer, listener } = getListener(state, requireMember(input.ListenerArn, 'ListenerArn'));
  loadBalancer.listeners.delete(listener.arn);
  return {};
}

/** DescribeListeners: of a load balancer, or by ARN. */
export function describeListeners(state: AwsState, input: DescribeListenersInput): DescribeListenersOutput {
  const named = (input.ListenerArns ?? []).map((arn) => getListener(state, arn));
  const chosen = named.length > 0 ? named : ofLoadBalancer(state, input.LoadBalancerArn);
  const page = getPage(chosen, input.Marker, input.PageSize, { defaultSize: 400, maxSize: 400 });
  return {
    Listeners: page.items.map(({ loadBalancer, listener }) => described(loadBalancer, listener)),
    NextMarker: page.nextToken,
  };
}

function ofLoadBalancer(state: AwsState, arn: string | undefined) {
  if (arn === undefined) throw validationFault('You must specify either listener ARNs or a load balancer ARN');
  const loadBalancer = getLoadBalancer(state, arn);
  return [...loadBalancer.listeners.values()].map((listener) => ({ loadBalancer, listener }));
}

function described(loadBalancer: LoadBalancerRecord, listener: ListenerRecord): Listener {
  return {
    ListenerArn: listener.arn,
    LoadBalancerArn: loadBalancer.arn,
    Port: listener.port,
    Protocol: listener.protocol,
    Certificates: listener.certificates.length > 0 ? listener.certificates : undefined,
    SslPolicy: listener.sslPolicy,
    DefaultActions: listener.defaultRule.actions,
    AlpnPolicy: listener.alpnPolicy,
    MutualAuthentication: listener.protocol === 'HTTPS' ? { Mode: 'off' } : undefined,
  };
}
