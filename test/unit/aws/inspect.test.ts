import { expect, it } from 'vitest';
import { createCloudInspection, toSecurityGroup } from '../../../src/lib/aws/inspect.js';
import { CREDENTIALS, openAccount } from './sandbox-account.js';

it('reads a security group as EC2 describes it', () => {
  const group = toSecurityGroup({
    GroupId: 'sg-1',
    IpPermissions: [
      { IpProtocol: '6', FromPort: 8300, ToPort: 8302, UserIdGroupPairs: [{ GroupId: 'sg-1' }] },
      { IpProtocol: 'udp', FromPort: 8301, ToPort: 8301, IpRanges: [{ CidrIp: '10.0.0.0/16' }] },
    ],
    IpPermissionsEgress: [{ IpProtocol: '-1', PrefixListIds: [{ PrefixListId: 'pl-1' }] }],
  });
  expect(group).toEqual({
    id: 'sg-1',
    ingress: [
      { protocol: 'tcp', from: 8300, to: 8302, groups: ['sg-1'], ranges: [], prefixLists: false },
      { protocol: 'udp', from: 8301, to: 8301, groups: [], ranges: ['10.0.0.0/16'], prefixLists: false },
    ],
    egress: [{ protocol: '-1', from: undefined, to: undefined, groups: [], ranges: [], prefixLists: true }],
  });
});

it('reads the security groups of every server and of the launch source', async () => {
  const account = await openAccount(3);
  const { url, world, cluster } = account;
  const inspection = createCloudInspection({ region: world.region, endpoint: url, credentials: CREDENTIALS });
  try {
    const { AutoScalingInstances = [] } = world.call('autoscaling', 'DescribeAutoScalingInstances', {});
    const ids = AutoScalingInstances.map(({ InstanceId = '' }) => InstanceId);
    const network = await inspection.describeServerNetwork(ids, cluster.groupName);
    const consul = 'sg-0c0515ea000000002';
    expect(network?.servers).toEqual(Object.fromEntries(ids.map((id) => [id, [consul]])));
    expect(network?.newServers).toEqual([consul]);
    expect(network?.groups.map(({ id }) => id)).toEqual([consul]);
    expect(network?.groups[0]?.ingress).toContainEqual(
      expect.objectContaining({ protocol: 'udp', from: 8301, groups: [consul], ranges: [] }),
    );
  } finally {
    inspection.close();
    await account.close();
  }
});
