import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { getImage } from '../../src/sandbox/aws/images.js';
import { startWriter } from '../../src/sandbox/demo/writer.js';
import { listLiveServers } from '../helpers/account.js';
import { findAgentProcess } from '../helpers/agents.js';
import { WRITE_EVERY_MS } from '../helpers/load.js';
import { findAgreedLeader } from '../helpers/quorum-record.js';
import { buildUpgradeCommand, openSite, type TestSite, waitForOutput } from '../helpers/site.js';
import { realConsul, warnIfSkipped } from '../sandbox/instances/real-consul.js';

warnIfSkipped('a hanging leader of real Consul servers');

const MINUTE_MS = 60_000;

describe.skipIf(realConsul === undefined)('the old leader hangs (SIGSTOP) during a drain', () => {
  let site: TestSite;

  beforeEach(async () => {
    site = await openSite({ size: 3, speed: 8, consul: { kind: 'path', path: realConsul?.path ?? '' } });
  }, 3 * MINUTE_MS);

  afterEach(() => site?.close(), MINUTE_MS);

  /** Rolls, and stops the leader with SIGSTOP at the first leave request; `continues` sends SIGCONT once there is another leader. */
  async function rollPastHangingLeader(continues: boolean): Promise<string> {
    const { sandbox } = site;
    const { instanceId = '' } = (await findAgreedLeader(sandbox)) ?? {};
    const { pid } = findAgentProcess(instanceId);
    const writer = startWriter({ url: sandbox.loadBalancerUrl ?? '', intervalMs: WRITE_EVERY_MS, prefix: 'hanging' });
    const upgrade = site.start(buildUpgradeCommand(site, 'consul-v2'));
    await waitForOutput(upgrade, /ask i-\w+ to leave/);
    process.kill(pid, 'SIGSTOP');
    await waitForOutput(upgrade, `leader changed from ${instanceId}`);
    if (continues) process.kill(pid, 'SIGCONT');
    const { exitCode, stdout, stderr } = await upgrade.ended;
    const { lost } = await writer.stop();
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'rolled', state: { voters: 3, healthy: 3 } });
    const images = listLiveServers(sandbox.aws).map(({ imageId }) => imageId);
    expect(images).toEqual(Array(3).fill(getImage('consul-v2').imageId));
    expect(lost).toBe(0);
    return stderr.slice(stderr.indexOf('leader changed')).replaceAll(instanceId, 'THE LEADER');
  }

  it(
    // failure-mode: leader-hangs
    'and continues once there is another leader → waits for the election, has it leave as a follower, rolled, exit 0, no write lost',
    async () => {
      const said = await rollPastHangingLeader(true);
      expect(said).toMatch(/ask THE LEADER to leave.*terminate THE LEADER/s);
    },
    4 * MINUTE_MS,
  );

  it(
    // failure-mode: leader-lost-for-good
    'and never continues → waits for the election, terminates it alone, rolled, exit 0, no write lost',
    async () => {
      const said = await rollPastHangingLeader(false);
      expect(said).not.toContain('ask THE LEADER to leave');
      expect(said).toContain('terminate THE LEADER');
    },
    5 * MINUTE_MS,
  );
});
