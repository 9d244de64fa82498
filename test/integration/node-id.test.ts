import { afterEach, describe, expect, it } from 'vitest';
import { availableConsul } from '../helpers/available-consul.js';
import { listRunningServers } from '../helpers/boot-account.js';
import { waitUntil } from '../helpers/consul-agent.js';
import { findAgreedLeader } from '../helpers/quorum-record.js';
import { buildUpgradeCommand, openSite, type TestSite } from '../helpers/site.js';
import { warnIfSkipped } from '../sandbox/instances/real-consul.js';

warnIfSkipped('an image with the node id or the node name of a server on real Consul');

const MINUTE_MS = 60_000;

let site: TestSite | undefined;
afterEach(() => site?.close(), MINUTE_MS);

function listServers({ sandbox: { aws } }: TestSite) {
  return [...aws.inside.groups.keys()].flatMap((group) => listRunningServers(aws, group));
}

async function listVoters(opened: TestSite): Promise<readonly string[]> {
  const leader = await findAgreedLeader(opened.sandbox);
  if (leader === undefined) return [];
  const response = await fetch(`http://${leader.address}:8500/v1/operator/raft/configuration`);
  const { Servers } = (await response.json()) as { Servers: { Address: string; Voter: boolean }[] };
  return Servers.flatMap(({ Address, Voter }) => (Voter ? [Address] : [])).sort();
}

describe.each([
  ['consul-clone', 'node-id'],
  ['consul-namesake', 'node-name'],
] as const)('an image that was made of a server: %s, with its %s', (image, shares) => {
  // failure-mode: node-id-in-image
  // failure-mode: node-name-taken
  it.each([3, 5])(
    'is rolled back at its canary, which is terminated alone: %i servers',
    async (size) => {
      const opened = await openSite({ size, speed: 8, consul: availableConsul });
      site = opened;
      const before = listServers(opened).map(({ instanceId }) => instanceId);
      const voters = await waitUntil(
        'every vote',
        () => listVoters(opened),
        (seen) => seen.length === size,
        MINUTE_MS,
      );
      const { exitCode, stdout, stderr } = await opened.run(buildUpgradeCommand(opened, image));
      expect(exitCode, stderr).toBe(4);
      const { reason } = JSON.parse(stdout);
      expect(reason).toMatchObject({ kind: 'impostor', data: { shares } });
      expect(before).toContain(reason.data.owner);
      expect(reason.remedies.join()).toContain(shares === 'node-id' ? 'node-id' : 'node_name');
      expect(await listVoters(opened)).toEqual(voters);
      expect(listServers(opened).map(({ instanceId }) => instanceId)).toEqual(before);
    },
    5 * MINUTE_MS,
  );
});
