import type {
  DescribeInstanceAttributeRequest,
  DescribeInstanceStatusRequest,
  DescribeInstanceStatusResult,
  DescribeInstancesRequest,
  DescribeInstancesResult,
  Instance,
  InstanceAttribute,
  InstanceStatus,
  TerminateInstancesRequest,
  TerminateInstancesResult,
} from '@aws-sdk/client-ec2';
import { AwsFault, invalidParameterFault, requireParameter } from '../fault.js';
import { getPage } from '../paging.js';
import type { InstanceRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { listSecurityGroups, toInstanceOutput, toStateOutput } from './described-instance.js';
import { applyFilters, type FilterTable } from './filters.js';
import { terminateInstance } from './instance-life.js';

const instanceIdForm = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;

/** How many records EC2 puts on a page, and at most. */
const pageLimits = { defaultSize: 1_000, maxSize: 1_000 };

const filters: FilterTable<Instance> = {
  architecture: (instance) => [instance.Architecture],
  'availability-zone': (instance) => [instance.Placement?.AvailabilityZone],
  'iam-instance-profile.arn': (instance) => [instance.IamInstanceProfile?.Arn],
  'image-id': (instance) => [instance.ImageId],
  'instance-id': (instance) => [instance.InstanceId],
  'instance-state-code': (instance) => [String(instance.State?.Code)],
  'instance-state-name': (instance) => [instance.State?.Name],
  'instance-type': (instance) => [instance.InstanceType],
  'instance.group-id': (instance) => (instance.SecurityGroups ?? []).map((group) => group.GroupId),
  'instance.group-name': (instance) => (instance.SecurityGroups ?? []).map((group) => group.GroupName),
  'key-name': (instance) => [instance.KeyName],
  'network-interface.addresses.private-ip-address': (instance) => [instance.PrivateIpAddress],
  'private-dns-name': (instance) => [instance.PrivateDnsName],
  'private-ip-address': (instance) => [instance.PrivateIpAddress],
  'root-device-type': (instance) => [instance.RootDeviceType],
  'subnet-id': (instance) => [instance.SubnetId],
  tenancy: (instance) => [instance.Placement?.Tenancy],
  'vpc-id': (instance) => [instance.VpcId],
};

/** DescribeInstances: by id and filter, in pages; each instance in a reservation of its own. */
export function describeInstances(state: AwsState, input: DescribeInstancesRequest): DescribeInstancesResult {
  const instances = chosen(state, input.InstanceIds).map((instance) => toInstanceOutput(state, instance));
  const page = getPage(applyFilters(instances, input.Filters, filters), input.NextToken, input.MaxResults, pageLimits);
  return {
    Reservations: page.items.map((instance) => ({
      ReservationId: instance.ClientToken,
      OwnerId: state.accountId,
      Groups: [],
      Instances: [instance],
    })),
    NextToken: page.nextToken,
  };
}

function chosen(state: AwsState, ids: readonly string[] | undefined): InstanceRecord[] {
  if (ids === undefined || ids.length === 0) return [...state.instances.values()];
  const malformed = ids.find((id) => !instanceIdForm.test(id));
  if (malformed !== undefined) throw new AwsFault('InvalidInstanceID.Malformed', `Invalid id: "${malformed}"`);
  const unknown = ids.filter((id) => !state.instances.has(id));
  if (unknown.length > 0) throw notFound(unknown);
  return [...state.instances.values()].filter((instance) => ids.includes(instance.instanceId));
}

/**
 * The instance of that id.
 *
 * @throws AwsFault `InvalidInstanceID.Malformed` or `InvalidInstanceID.NotFound`
 */
export function getInstance(state: AwsState, id: string): InstanceRecord {
  const [instance] = chosen(state, [id]);
  if (instance === undefined) throw notFound([id]);
  return instance;
}

function notFound(ids: readonly string[]): AwsFault {
  const [what, verb] = ids.length === 1 ? ['ID', 'does'] : ['IDs', 'do'];
  return new AwsFault('InvalidInstanceID.NotFound', `The instance ${what} '${ids.join(', ')}' ${verb} not exist`);
}

const statusFilters: FilterTable<InstanceStatus & { Tags?: undefined }> = {
  'availability-zone': (status) => [status.AvailabilityZone],
  'instance-state-code': (status) => [String(status.InstanceState?.Code)],
  'instance-state-name': (status) => [status.InstanceState?.Name],
  'instance-status.status': (status) => [status.InstanceStatus?.Status],
  'system-status.status': (status) => [status.SystemStatus?.Status],
};

/** DescribeInstanceStatus: of running instances, or of all when asked. */
export function describeInstanceStatus(
  state: AwsState,
  input: DescribeInstanceStatusRequest,
): DescribeInstanceStatusResult {
  const instances = chosen(state, input.InstanceIds);
  const shown = instances.filter((instance) => input.IncludeAllInstances || instance.state === 'running');
  const statuses = shown.map(describedStatus);
  const page = getPage(
    applyFilters(statuses, input.Filters, statusFilters),
    input.NextToken,
    input.MaxResults,
    pageLimits,
  );
  return { InstanceStatuses: page.items, NextToken: page.nextToken };
}

function describedStatus(instance: InstanceRecord): InstanceStatus {
  const running = instance.state === 'running';
  const summary = running
    ? { Status: 'ok' as const, Details: [{ Name: 'reachability' as const, Status: 'passed' as const }] }
    : { Status: 'not-applicable' as const };
  return {
    InstanceId: instance.instanceId,
    AvailabilityZone: instance.subnet.zone,
    InstanceState: toStateOutput(instance.state),
    InstanceStatus: summary,
    SystemStatus: summary,
  };
}

/** DescribeInstanceAttribute: one attribute. */
export function describeInstanceAttribute(state: AwsState, input: DescribeInstanceAttributeRequest): InstanceAttribute {
  const instance = getInstance(state, requireParameter(input.InstanceId, 'InstanceId'));
  const attribute = requireParameter(input.Attribute, 'Attribute');
  return { InstanceId: instance.instanceId, ...attributeOf(state, instance, attribute) };
}

function attributeOf(state: AwsState, instance: InstanceRecord, attribute: string): InstanceAttribute {
  switch (attribute) {
    case 'userData':
      return { UserData: { Value: instance.spec.userData } };
    case 'instanceType':
      return { InstanceType: { Value: instance.spec.instanceType } };
    case 'groupSet':
      return { Groups: listSecurityGroups(state, instance) };
    case 'ebsOptimized':
      return { EbsOptimized: { Value: instance.spec.ebsOptimized } };
    case 'disableApiTermination':
      return { DisableApiTermination: { Value: false } };
    case 'disableApiStop':
      return { DisableApiStop: { Value: false } };
    case 'instanceInitiatedShutdownBehavior':
      return { InstanceInitiatedShutdownBehavior: { Value: 'terminate' } };
    case 'rootDeviceName':
      return { RootDeviceName: { Value: '/dev/xvda' } };
    case 'sourceDestCheck':
      return { SourceDestCheck: { Value: true } };
    default:
      throw invalidParameterFault(`Value (${attribute}) for parameter attribute is invalid. Unknown attribute.`);
  }
}

/** TerminateInstances: ends instances without their group, which notices at its next check. */
export function terminateInstances(state: AwsState, input: TerminateInstancesRequest): TerminateInstancesResult {
  const instances = chosen(state, requireParameter(input.InstanceIds, 'InstanceId'));
  return {
    TerminatingInstances: instances.map((instance) => {
      const PreviousState = toStateOutput(instance.state);
      terminateInstance(state, instance);
      return { InstanceId: instance.instanceId, PreviousState, CurrentState: toStateOutput(instance.state) };
    }),
  };
}

/** RunInstances: only a dry run is answered, and that before this; instances come from groups. */
export function runInstances(): never {
  throw new AwsFault('UnsupportedOperation', 'The sandbox launches instances in Auto Scaling groups only.');
}
