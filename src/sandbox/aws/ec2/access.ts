import type {
  DescribeKeyPairsRequest,
  DescribeKeyPairsResult,
  DescribeSecurityGroupsRequest,
  DescribeSecurityGroupsResult,
  KeyPairInfo,
  SecurityGroup,
} from '@aws-sdk/client-ec2';
import { AwsFault } from '../fault.js';
import type { AwsState } from '../state.js';
import { filterByIds } from './by-id.js';
import { applyFilters, type FilterTable } from './filters.js';

const groupFilters: FilterTable<SecurityGroup> = {
  description: (group) => [group.Description],
  'group-id': (group) => [group.GroupId],
  'group-name': (group) => [group.GroupName],
  'owner-id': (group) => [group.OwnerId],
  'vpc-id': (group) => [group.VpcId],
};

/** DescribeSecurityGroups; everything may go out, and in what the rules say, though the sandbox filters nothing. */
export function describeSecurityGroups(
  state: AwsState,
  input: DescribeSecurityGroupsRequest,
): DescribeSecurityGroupsResult {
  const outward = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
  const all = state.network.securityGroups.map(
    (group): SecurityGroup => ({
      GroupId: group.groupId,
      GroupName: group.groupName,
      Description: group.description,
      OwnerId: state.accountId,
      VpcId: state.network.vpcId,
      IpPermissions: [...group.ingress],
      IpPermissionsEgress: outward,
      Tags: [],
    }),
  );
  const unknown = (id: string) => new AwsFault('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
  const byId = filterByIds(all, input.GroupIds, (group) => group.GroupId, unknown);
  const groups = filterByIds(byId, input.GroupNames, (group) => group.GroupName, unknown);
  return { SecurityGroups: applyFilters(groups, input.Filters, groupFilters) };
}

const keyFilters: FilterTable<KeyPairInfo> = {
  'key-name': (key) => [key.KeyName],
  'key-pair-id': (key) => [key.KeyPairId],
};

/** DescribeKeyPairs. */
export function describeKeyPairs(state: AwsState, input: DescribeKeyPairsRequest): DescribeKeyPairsResult {
  const all = state.network.keyNames.map(
    (KeyName): KeyPairInfo => ({ KeyName, KeyPairId: 'key-0c0515ea000000001', KeyType: 'ed25519', Tags: [] }),
  );
  const unknown = (name: string) => new AwsFault('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);
  const keys = filterByIds(all, input.KeyNames, (key) => key.KeyName, unknown);
  return { KeyPairs: applyFilters(keys, input.Filters, keyFilters) };
}
