import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWriter, type Writer } from '../../src/sandbox/demo/writer.js';
import { WRITE_EVERY_MS } from '../helpers/load.js';
import { readServerReports } from '../helpers/quorum-record.js';
import { buildContinueCommand, buildUpgradeCommand, openSite, type TestSite, waitForOutput } from '../helpers/site.js';

const MINUTE_MS = 60_000;

describe('AWS credentials that expire during a roll', () => {
  let site: TestSite;
  let writer: Writer;

  beforeAll(async () => {
    site = await openSite({ size: 3, speed: 8, consul: { kind: 'simulated' } });
    const url = site.sandbox.loadBalancerUrl ?? '';
    writer = startWriter({ url, intervalMs: WRITE_EVERY_MS, prefix: 'credentials' });
  }, 2 * MINUTE_MS);

  afterAll(() => site?.close(), MINUTE_MS);

  it(
    // failure-mode: credentials-expire
    'while it drains → stops after half a minute, exit 5, says to sign in and how to resume; quorum kept',
    async () => {
      const upgrade = site.start(buildUpgradeCommand(site, 'consul-v2'));
      await waitForOutput(upgrade, /ask i-\w+ to leave/);
      site.sandbox.expire(site.sandbox.credentials.accessKeyId);
      const { exitCode, stdout, stderr } = await upgrade.ended;
      expect(exitCode, stderr).toBe(5);
      const { outcome, reason, next } = JSON.parse(stdout);
      expect(outcome).toBe('stopped');
      expect(reason.sentence).toContain('The AWS credentials have expired');
      expect(next[0]).toMatch(/^sign in again/);
      expect(next[1]).toContain('resume with: consul-roll resume --cluster consul');
      expect((await readServerReports(site.sandbox)).spare).toBeGreaterThanOrEqual(1);
    },
    4 * MINUTE_MS,
  );

  it(
    'and resume is tried with the same ones → stopped still, exit 5, says to sign in and to look',
    async () => {
      const { exitCode, stdout, stderr } = await site.run(buildContinueCommand(site, 'resume'));
      expect(exitCode, stderr).toBe(5);
      const { error } = JSON.parse(stdout);
      expect(error.code).toBe('no-credentials');
      expect(error.next).toMatch(/^sign in again.* consul-roll status --cluster consul/);
    },
    2 * MINUTE_MS,
  );

  it(
    'and resume is run with new ones → rolled, exit 0, nothing lost',
    async () => {
      const fresh = { AWS_ACCESS_KEY_ID: 'fresh' };
      const { exitCode, stdout, stderr } = await site.run(buildContinueCommand(site, 'resume'), fresh);
      const { lost, failed } = await writer.stop();
      expect(exitCode, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ outcome: 'rolled' });
      expect({ lost, failed }).toEqual({ lost: 0, failed: 0 });
    },
    2 * MINUTE_MS,
  );
});
