import { expect, it } from 'vitest';
import { securityGroupFrom } from '../../src/lib/aws/security-groups.js';

it('reads a security group as EC2 describes it', () => {
  const group = securityGroupFrom({
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
