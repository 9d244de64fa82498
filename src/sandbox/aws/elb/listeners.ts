import type {
  CreateLoadBalancerListenerInput,
  CreateLoadBalancerListenerOutput,
  DeleteLoadBalancerListenerInput,
  DeleteLoadBalancerListenerOutput,
  Listener,
  SetLoadBalancerListenerSSLCertificateInput,
  SetLoadBalancerListenerSSLCertificateOutput,
} from '@aws-sdk/client-elastic-load-balancing';
import { AwsFault, requireMember, validationFault } from '../fault.js';
import type { ClassicListenerRecord, ClassicLoadBalancerRecord, ListenerProtocol } from '../records.js';
import type { AwsState } from '../state.js';
import { getClassicLoadBalancer } from './load-balancer.js';

const protocols = ['HTTP', 'HTTPS', 'TCP', 'SSL'] as const;

/**
 * A listener as AWS keeps it: protocols in capitals, the instance's the same as the client side's unless given.
 *
 * @throws AwsFault `ValidationError` for a port or a protocol that does not exist
 */
export function buildListenerRecord(input: Listener): ClassicListenerRecord {
  const clientProtocol = protocolOf(requireMember(input.Protocol, 'Listeners.Protocol'));
  return {
    listener: {
      ...input,
      Protocol: clientProtocol,
      InstanceProtocol: input.InstanceProtocol === undefined ? clientProtocol : protocolOf(input.InstanceProtocol),
      LoadBalancerPort: port(input.LoadBalancerPort, 'LoadBalancerPort'),
      InstancePort: port(input.InstancePort, 'InstancePort'),
    },
    policyNames: [],
  };
}

function protocolOf(text: string): ListenerProtocol {
  const protocol = protocols.find((known) => known === text.toUpperCase());
  if (protocol !== undefined) return protocol;
  throw validationFault(`Listener protocol '${text}' is not supported`);
}

function port(value: number | undefined, member: string): number {
  const number = requireMember(value, `Listeners.${member}`);
  if (number >= 1 && number <= 65_535) return number;
  throw validationFault(`${member} must be between 1 and 65535`);
}

/** CreateLoadBalancerListeners: a port that has another listener is refused; the same one again changes nothing. */
export function createListeners(
  state: AwsState,
  input: CreateLoadBalancerListenerInput,
): CreateLoadBalancerListenerOutput {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  const records = requireMember(input.Listeners, 'Listeners').map(buildListenerRecord);
  for (const record of records) refuseOther(balancer, record);
  for (const record of records) {
    if (!balancer.listeners.has(record.listener.LoadBalancerPort)) {
      balancer.listeners.set(record.listener.LoadBalancerPort, record);
    }
  }
  return {};
}

function refuseOther(balancer: ClassicLoadBalancerRecord, { listener }: ClassicListenerRecord): void {
  const present = balancer.listeners.get(listener.LoadBalancerPort)?.listener;
  if (present === undefined || isSameListener(present, listener)) return;
  throw new AwsFault(
    'DuplicateListener',
    `A listener already exists for ${balancer.name} with LoadBalancerPort ${listener.LoadBalancerPort}, but with a different InstancePort, Protocol, or SSLCertificateId`,
  );
}

/** Whether the requested listener equals the existing one. */
export function isSameListener(a: Listener, b: Listener): boolean {
  return (
    a.Protocol === b.Protocol &&
    a.LoadBalancerPort === b.LoadBalancerPort &&
    a.InstanceProtocol === b.InstanceProtocol &&
    a.InstancePort === b.InstancePort &&
    a.SSLCertificateId === b.SSLCertificateId
  );
}

/** DeleteLoadBalancerListeners: a port without a listener is passed over. */
export function deleteListeners(
  state: AwsState,
  input: DeleteLoadBalancerListenerInput,
): DeleteLoadBalancerListenerOutput {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  for (const number of requireMember(input.LoadBalancerPorts, 'LoadBalancerPorts')) balancer.listeners.delete(number);
  return {};
}

/** SetLoadBalancerListenerSSLCertificate: kept and described; nothing is encrypted. */
export function setListenerCertificate(
  state: AwsState,
  input: SetLoadBalancerListenerSSLCertificateInput,
): SetLoadBalancerListenerSSLCertificateOutput {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  const record = getListener(balancer, requireMember(input.LoadBalancerPort, 'LoadBalancerPort'));
  balancer.listeners.set(record.listener.LoadBalancerPort, {
    ...record,
    listener: { ...record.listener, SSLCertificateId: requireMember(input.SSLCertificateId, 'SSLCertificateId') },
  });
  return {};
}

/**
 * The listener on that port.
 *
 * @throws AwsFault `ListenerNotFound`
 */
export function getListener(balancer: ClassicLoadBalancerRecord, loadBalancerPort: number): ClassicListenerRecord {
  const record = balancer.listeners.get(loadBalancerPort);
  if (record !== undefined) return record;
  throw new AwsFault('ListenerNotFound', `There is no listener on port ${loadBalancerPort} of ${balancer.name}`);
}
