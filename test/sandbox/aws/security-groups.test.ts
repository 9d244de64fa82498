import { expect, it } from 'vitest';
import { createSecurityGroups, SERVER_PORTS } from '../../../src/sandbox/aws/security-groups.js';

/** What the group of the servers lets in from its own members. */
function openWithout(closed: Parameters<typeof createSecurityGroups>[1]): string[] {
  const consul = createSecurityGroups('127.20.0.0/16', closed).find(({ groupName }) => groupName === 'consul');
  return (consul?.ingress ?? []).flatMap(({ IpProtocol, FromPort, UserIdGroupPairs }) =>
    UserIdGroupPairs?.[0]?.GroupId === consul?.groupId ? `${FromPort}/${IpProtocol}` : [],
  );
}

it('lets servers reach each other on every port they need, except closed ones', () => {
  const all = ['8300/tcp', '8301/tcp', '8301/udp', '8302/tcp', '8302/udp'];
  expect(openWithout([])).toEqual(all);
  expect(openWithout([{ protocol: 'udp', port: 8301 }])).toEqual(all.filter((one) => one !== '8301/udp'));
  expect(openWithout(SERVER_PORTS)).toEqual([]);
});
