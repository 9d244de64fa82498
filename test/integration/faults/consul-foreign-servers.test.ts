import { describe, expect, it } from 'vitest';
import { readAccount } from '../../helpers/account.js';
import { ROLL_MS, runWithFaults } from '../../helpers/fault-scenario.js';
import type { FaultySandbox } from '../../helpers/faulty-sandbox.js';
import { getLeaderAddress } from '../../helpers/faulty-servers.js';
import { until } from '../../sandbox/instances/until.js';

const DIRECT = { through: 'neither' } as const;
const VERSION = '1.21.1';

/** Three servers of another cluster. */
function foreignCluster({ network, prefix }: FaultySandbox): readonly string[] {
  const addresses = [1, 2, 3].map((host) => `${prefix}.9.${host}`);
  for (const [n, address] of addresses.entries()) {
    const retryJoin = addresses.filter((other) => other !== address);
    network.start({ nodeName: `foreign-${n}`, address, version: VERSION, retryJoin, bootstrapExpect: 3 });
  }
  return addresses;
}

/** A server in no group joins the cluster, votes, and dies for good; autopilot leaves its name in Raft. */
async function startOrphan(sandbox: FaultySandbox): Promise<void> {
  const { network, prefix } = sandbox;
  const leader = getLeaderAddress(sandbox);
  const address = `${prefix}.9.9`;
  const configuration = { CleanupDeadServers: false, LastContactThreshold: '200ms', MaxTrailingLogs: 250 };
  await fetch(`http://${leader}:8500/v1/operator/autopilot/configuration`, {
    method: 'PUT',
    body: JSON.stringify({ ...configuration, ServerStabilizationTime: '10s' }),
  });
  network.start({ nodeName: 'orphan-peer', address, version: '1.20.2', retryJoin: [leader] });
  await until('the orphan peer votes', () => isVoter(sandbox, address));
  network.kill(address);
}

function isVoter(sandbox: FaultySandbox, address: string): boolean {
  const servers = sandbox.network.raftConfiguration(getLeaderAddress(sandbox));
  return servers.ok && servers.value.some((one) => one.address === `${address}:8300` && one.voter);
}

describe.concurrent('unknown-peers', { timeout: ROLL_MS }, () => {
  // failure-mode: joins-other-cluster
  it('new servers join another cluster: the roll is rolled back, and the account is as it was', async () => {
    await runWithFaults(DIRECT, async ({ sandbox, roll }) => {
      const before = readAccount(sandbox.aws);
      const strangers = foreignCluster(sandbox);
      sandbox.quirks.peers = ({ image }) => (image.name === 'consul-v2' ? strangers : undefined);
      const { result, happened } = await roll({}, { healthTimeoutMs: 15_000 });
      expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'founder', sign: 'other-cluster' } });
      expect(happened).toContain('it joined another cluster');
      expect(readAccount(sandbox.aws)).toEqual(before);
    });
  });

  // failure-mode: orphan-peer-before
  it('a dead member with no instance before the roll: refused before any change', async () => {
    await runWithFaults(DIRECT, async ({ sandbox, roll }) => {
      await startOrphan(sandbox);
      const { result, happened } = await roll();
      expect(result).toMatchObject({ outcome: 'refused', reason: { kind: 'preflight' } });
      expect(happened).toContain('orphan-peer');
      const leader = getLeaderAddress(sandbox);
      await fetch(`http://${leader}:8500/v1/agent/force-leave/orphan-peer`, { method: 'PUT' });
    });
  });

  // failure-mode: orphan-peer-mid-roll
  it('a member with no instance dies in mid-roll: the leader removes it; the roll continues', async () => {
    await runWithFaults(DIRECT, async ({ sandbox, roll, when }) => {
      when({ step: 'create-group', is: 'done', inject: () => void startOrphan(sandbox) });
      const { result, events } = await roll();
      expect(result.outcome).toBe('rolled');
      const removed = events.filter((event) => event.kind === 'step-done' && event.step.action.kind === 'remove-peer');
      expect(removed).toMatchObject([{ step: { action: { node: 'orphan-peer' } } }]);
    });
  });
});
