import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWriter, type Writer } from '../../src/sandbox/demo/writer.js';
import { availableConsul } from '../helpers/available-consul.js';
import { WRITE_EVERY_MS } from '../helpers/load.js';
import type { Ended } from '../helpers/program.js';
import { readServerReports } from '../helpers/quorum-record.js';
import { buildContinueCommand, buildUpgradeCommand, openSite, type TestSite, waitForOutput } from '../helpers/site.js';

const MINUTE_MS = 60_000;
/** A leave of a real server is answered after 14 s: that was not waited for. */
const AT_ONCE_MS = 9_000;

describe('one roll, interrupted at every turn', () => {
  let site: TestSite;
  let writer: Writer;

  beforeAll(async () => {
    site = await openSite({ size: 3, speed: 8, consul: availableConsul });
    const url = site.sandbox.loadBalancerUrl ?? '';
    writer = startWriter({ url, intervalMs: WRITE_EVERY_MS, prefix: 'interrupts' });
  }, 3 * MINUTE_MS);

  afterAll(() => site?.close(), MINUTE_MS);

  /** What holds of every interruption: its exit code, the way on, the lock given back, and a cluster in health. */
  async function expectResumable({ exitCode, stdout, stderr }: Ended): Promise<void> {
    expect(exitCode, stderr).toBe(130);
    const { outcome, next } = JSON.parse(stdout);
    expect(outcome).toBe('interrupted');
    expect(next[0]).toContain('resume with: consul-roll resume --cluster consul');
    const status = JSON.parse((await site.run('status --cluster consul --json')).stdout);
    expect(status).toMatchObject({ healthy: true, lock: null });
    expect((await readServerReports(site.sandbox)).spare).toBeGreaterThanOrEqual(1);
  }

  it(
    'SIGINT while it grows → finishes the current step, exit 130',
    async () => {
      const upgrade = site.start(buildUpgradeCommand(site, 'consul-v2'));
      await waitForOutput(upgrade, /scale out group \S+ to 3/);
      upgrade.child.kill('SIGINT');
      await expectResumable(await upgrade.ended);
    },
    2 * MINUTE_MS,
  );

  it(
    // failure-mode: interrupted
    'SIGTERM while a server leaves → sees the leave through, exit 130',
    async () => {
      const resume = site.start(buildContinueCommand(site, 'resume'));
      await waitForOutput(resume, /ask i-\w+ to leave/);
      resume.child.kill('SIGTERM');
      const ended = await resume.ended;
      expect((await readServerReports(site.sandbox)).voters).toHaveLength(5);
      await expectResumable(ended);
    },
    2 * MINUTE_MS,
  );

  it(
    // failure-mode: interrupted-twice
    'SIGINT twice while a server leaves → stops at once, exit 130',
    async () => {
      const resume = site.start(buildContinueCommand(site, 'resume'));
      await waitForOutput(resume, /ask i-\w+ to leave/);
      const startMs = performance.now();
      resume.child.kill('SIGINT');
      await waitForOutput(resume, 'will stop after the current step');
      resume.child.kill('SIGINT');
      const ended = await resume.ended;
      expect(performance.now() - startMs).toBeLessThan(AT_ONCE_MS);
      await expectResumable(ended);
    },
    2 * MINUTE_MS,
  );

  it(
    // failure-mode: pause-from-elsewhere
    'consul-roll pause from another process while it bakes → stops at its next observation and names the requester, exit 130',
    async () => {
      const resume = site.start(buildContinueCommand(site, 'resume', '--bake 10m'));
      await waitForOutput(resume, 'wait for the bake time to pass with every server healthy');
      const pause = await site.run('pause --cluster consul');
      expect(pause).toMatchObject({ exitCode: 0 });
      const ended = await resume.ended;
      expect(ended.stderr).toMatch(/pause requested by \S+ pid \d+ at \S+: will stop/);
      await expectResumable(ended);
    },
    MINUTE_MS,
  );

  it(
    'resume after all of them → rolled, exit 0, nothing lost',
    async () => {
      const { exitCode, stdout, stderr } = await site.run(buildContinueCommand(site, 'resume'));
      const { lost, failed } = await writer.stop();
      expect(exitCode, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ outcome: 'rolled', state: { voters: 3, healthy: 3 } });
      expect(lost).toBe(0);
      expect(failed).toBeLessThanOrEqual(1);
    },
    2 * MINUTE_MS,
  );
});
