import type {
  DeregisterTargetsInput,
  DeregisterTargetsOutput,
  DescribeTargetHealthInput,
  DescribeTargetHealthOutput,
  RegisterTargetsInput,
  RegisterTargetsOutput,
  TargetDescription,
  TargetHealth,
  TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsFault, requireMember, validationFault } from '../fault.js';
import type { InstanceRecord, TargetGroupRecord, TargetRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { checkPort } from './health-check.js';
import { deregisterTarget, registerTarget } from './registration.js';
import { buildTargetKey, getTargetGroup, getUnusedReason } from './target-group.js';

/** RegisterTargets: all of them, or none when one is invalid. */
export function registerTargets(state: AwsState, input: RegisterTargetsInput): RegisterTargetsOutput {
  const group = getTargetGroup(state, requireMember(input.TargetGroupArn, 'TargetGroupArn'));
  const wanted = requireMember(input.Targets, 'Targets').map((description) => ({
    ...placeOf(group, description),
    instance: instanceFor(state, group, description),
  }));
  const idle = wanted.filter(({ instance }) => instance.state !== 'running').map(({ id }) => `'${id}'`);
  if (idle.length > 0) {
    throw new AwsFault(
      'InvalidTarget',
      `The following targets are not in a running state and cannot be registered: ${idle.join(', ')}`,
    );
  }
  for (const target of wanted) registerTarget(state, group, target);
  return {};
}

/** DeregisterTargets: they drain; one that is not registered is passed over, as AWS does. */
export function deregisterTargets(state: AwsState, input: DeregisterTargetsInput): DeregisterTargetsOutput {
  const group = getTargetGroup(state, requireMember(input.TargetGroupArn, 'TargetGroupArn'));
  for (const description of requireMember(input.Targets, 'Targets')) {
    const { id, port } = placeOf(group, description);
    deregisterTarget(state, group, buildTargetKey(id, port));
  }
  return {};
}

function placeOf(group: TargetGroupRecord, { Id, Port }: TargetDescription): { id: string; port: number } {
  const port = Port ?? group.port;
  if (port === undefined) throw validationFault('You must specify a port for the target');
  return { id: requireMember(Id, 'Targets.Id'), port };
}

function instanceFor(state: AwsState, group: TargetGroupRecord, { Id = '' }: TargetDescription): InstanceRecord {
  const byId = group.targetType === 'instance';
  const found = byId
    ? state.instances.get(Id)
    : [...state.instances.values()].find(
        (one) => one.address === Id && one.state !== 'terminated' && one.state !== 'shutting-down',
      );
  if (found !== undefined && found.state !== 'terminated') return found;
  const what = byId ? `The following targets are not in a running state and cannot be registered: '${Id}'` : '';
  throw new AwsFault('InvalidTarget', what || `The IP address '${Id}' is not within the VPC of the target group`);
}

/** DescribeTargetHealth: of the named targets, or of all that are registered or still draining. */
export function describeTargetHealth(state: AwsState, input: DescribeTargetHealthInput): DescribeTargetHealthOutput {
  const group = getTargetGroup(state, requireMember(input.TargetGroupArn, 'TargetGroupArn'));
  const named = input.Targets ?? [];
  if (named.length === 0) {
    const all = [...group.targets.values()];
    return { TargetHealthDescriptions: all.map((target) => described(state, group, target)) };
  }
  return {
    TargetHealthDescriptions: named.map((description) => {
      const { id, port } = placeOf(group, description);
      const target = group.targets.get(buildTargetKey(id, port));
      if (target !== undefined) return described(state, group, target);
      const health = unused('Target.NotRegistered', 'Target is not registered to the target group');
      return { Target: { Id: id, Port: port }, TargetHealth: health };
    }),
  };
}

function described(state: AwsState, group: TargetGroupRecord, target: TargetRecord): TargetHealthDescription {
  return {
    Target: { Id: target.id, Port: target.port },
    HealthCheckPort: String(checkPort(group.healthCheck, target.port)),
    TargetHealth: getTargetHealth(state, group, target),
  };
}

/** A target's health in AWS's words. */
export function getTargetHealth(state: AwsState, group: TargetGroupRecord, target: TargetRecord): TargetHealth {
  if (target.phase === 'draining') {
    const Description = 'Target deregistration is in progress';
    return { State: 'draining', Reason: 'Target.DeregistrationInProgress', Description };
  }
  const because = getUnusedReason(state, group, target);
  if (because !== undefined) return unused('Target.NotInUse', because);
  if (target.instance.state !== 'running') {
    return unused('Target.InvalidState', 'Target is in the terminated state');
  }
  return checkedHealth(target);
}

function checkedHealth(target: TargetRecord): TargetHealth {
  switch (target.phase) {
    case 'registering':
      return initial('Elb.RegistrationInProgress', 'Target registration is in progress');
    case 'checking':
      return initial('Elb.InitialHealthChecking', 'Initial health checks in progress');
    case 'healthy':
    case 'draining':
      return { State: 'healthy' };
    case 'unhealthy':
      return { State: 'unhealthy', ...failureOf(target) };
  }
}

function failureOf({ failure }: TargetRecord): Pick<TargetHealth, 'Reason' | 'Description'> {
  switch (failure?.kind) {
    case 'status':
      return {
        Reason: 'Target.ResponseCodeMismatch',
        Description: `Health checks failed with these codes: [${failure.status}]`,
      };
    case 'timeout':
      return { Reason: 'Target.Timeout', Description: 'Request timed out' };
    default:
      return { Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' };
  }
}

function initial(Reason: NonNullable<TargetHealth['Reason']>, Description: string): TargetHealth {
  return { State: 'initial', Reason, Description };
}

function unused(Reason: NonNullable<TargetHealth['Reason']>, Description: string): TargetHealth {
  return { State: 'unused', Reason, Description };
}
