import type {
  DescribeNetworkInterfacesRequest,
  DescribeNetworkInterfacesResult,
  NetworkInterface,
} from '@aws-sdk/client-ec2';
import { AwsFault } from '../fault.js';
import type { AwsState } from '../state.js';
import { filterByIds } from './by-id.js';
import { toInstanceOutput } from './described-instance.js';
import { applyFilters, type FilterTable } from './filters.js';

const interfaceFilters: FilterTable<NetworkInterface & { Tags?: undefined }> = {
  'attachment.instance-id': (entry) => [entry.Attachment?.InstanceId],
  'attachment.instance-owner-id': (entry) => [entry.Attachment?.InstanceOwnerId],
  description: (entry) => [entry.Description],
  'network-interface-id': (entry) => [entry.NetworkInterfaceId],
  'subnet-id': (entry) => [entry.SubnetId],
  'vpc-id': (entry) => [entry.VpcId],
};

/** DescribeNetworkInterfaces: those of the instances; load balancers show none. */
export function describeInterfaces(
  state: AwsState,
  input: DescribeNetworkInterfacesRequest,
): DescribeNetworkInterfacesResult {
  const alive = [...state.instances.values()].filter((instance) => instance.state !== 'terminated');
  const all = alive.map((instance): NetworkInterface => {
    const [attached] = toInstanceOutput(state, instance).NetworkInterfaces ?? [];
    return {
      NetworkInterfaceId: instance.interfaceId,
      Description: '',
      Status: 'in-use',
      SubnetId: instance.subnet.subnetId,
      VpcId: state.network.vpcId,
      PrivateIpAddress: instance.address,
      Groups: attached?.Groups,
      Attachment: { InstanceId: instance.instanceId, InstanceOwnerId: state.accountId, Status: 'attached' },
    };
  });
  const unknown = (id: string) =>
    new AwsFault('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);
  const chosen = filterByIds(all, input.NetworkInterfaceIds, (entry) => entry.NetworkInterfaceId, unknown);
  return { NetworkInterfaces: applyFilters(chosen, input.Filters, interfaceFilters) };
}
