import type {
  DeregisterEndPointsInput,
  DeregisterEndPointsOutput,
  DescribeEndPointStateInput,
  DescribeEndPointStateOutput,
  Instance,
  InstanceState,
  RegisterEndPointsInput,
  RegisterEndPointsOutput,
} from '@aws-sdk/client-elastic-load-balancing';
import { isAlive } from '../ec2/instance.js';
import { AwsFault, requireMember } from '../fault.js';
import type { ClassicLoadBalancerRecord, InstanceRecord, Registration } from '../records.js';
import type { AwsState } from '../state.js';
import { getClassicLoadBalancer } from './load-balancer.js';
import { deregister, register } from './registration.js';

const unregistered = 'Instance is not currently registered with the LoadBalancer.';

/** RegisterInstancesWithLoadBalancer: answers with every instance registered then. */
export function registerInstances(state: AwsState, input: RegisterEndPointsInput): RegisterEndPointsOutput {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  const instances = requireMember(input.Instances, 'Instances').map((instance) => knownInstance(state, instance));
  for (const instance of instances) if (isAlive(instance)) register(state, balancer, instance);
  return { Instances: registered(balancer) };
}

/** DeregisterInstancesFromLoadBalancer: draining starts; answers with the instances that remain. */
export function deregisterInstances(state: AwsState, input: DeregisterEndPointsInput): DeregisterEndPointsOutput {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  const instances = requireMember(input.Instances, 'Instances').map((instance) => knownInstance(state, instance));
  for (const instance of instances) deregister(state, balancer, instance.instanceId);
  return { Instances: registered(balancer) };
}

function knownInstance(state: AwsState, instance: Instance): InstanceRecord {
  const instanceId = requireMember(instance.InstanceId, 'Instances.InstanceId');
  const record = state.instances.get(instanceId);
  if (record !== undefined && record.state !== 'terminated') return record;
  throw new AwsFault('InvalidInstance', `Could not find EC2 instance ${instanceId}.`);
}

function registered(balancer: ClassicLoadBalancerRecord): Instance[] {
  const entries = [...balancer.registrations.values()].filter((entry) => entry.phase !== 'draining');
  return entries.map((entry) => ({ InstanceId: entry.instance.instanceId }));
}

/** DescribeInstanceHealth: of the named instances, or of all that are registered or still draining. */
export function describeInstanceHealth(
  state: AwsState,
  input: DescribeEndPointStateInput,
): DescribeEndPointStateOutput {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  const named = input.Instances ?? [];
  if (named.length === 0) return { InstanceStates: [...balancer.registrations.values()].map(toInstanceState) };
  const instances = named.map((instance) => knownInstance(state, instance));
  return {
    InstanceStates: instances.map(({ instanceId }) => {
      const registration = balancer.registrations.get(instanceId);
      return registration === undefined
        ? outOfService(instanceId, 'Instance', unregistered)
        : toInstanceState(registration);
    }),
  };
}

/** An instance's health in AWS's words. */
export function toInstanceState(registration: Registration): InstanceState {
  const InstanceId = registration.instance.instanceId;
  switch (registration.phase) {
    case 'draining':
      return inService(InstanceId, 'Instance deregistration currently in progress.');
    case 'in-service':
      return inService(InstanceId, 'N/A');
    case 'registering':
      return outOfService(InstanceId, 'ELB', 'Instance registration is still in progress.');
    case 'out-of-service':
      return outOfService(InstanceId, 'Instance', failureOf(registration));
  }
}

function inService(InstanceId: string, Description: string): InstanceState {
  return { InstanceId, State: 'InService', ReasonCode: 'N/A', Description };
}

function outOfService(InstanceId: string, ReasonCode: string, Description: string): InstanceState {
  return { InstanceId, State: 'OutOfService', ReasonCode, Description };
}

function failureOf(registration: Registration): string {
  const gone = registration.instance.state === 'shutting-down' || registration.instance.state === 'terminated';
  if (gone) return 'Instance is in terminated state.';
  return 'Instance has failed at least the UnhealthyThreshold number of health checks consecutively.';
}
