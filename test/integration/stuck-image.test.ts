import { afterEach, describe, expect, it } from 'vitest';
import { readAccount } from '../helpers/account.js';
import { availableConsul } from '../helpers/available-consul.js';
import { findAgreedLeader } from '../helpers/quorum-record.js';
import { buildUpgradeCommand, openSite, type TestSite } from '../helpers/site.js';
import { warnIfSkipped } from '../sandbox/instances/real-consul.js';

warnIfSkipped('an image whose servers refuse to leave on real Consul');

const MINUTE_MS = 60_000;

let site: TestSite | undefined;
afterEach(() => site?.close(), MINUTE_MS);

describe('an image whose http_config blocks agent/leave', () => {
  // failure-mode: leave-refused-by-image
  it.each(['', '--strategy in-place'])(
    'is rolled back at its canary, which is terminated alone: %s',
    async (flags) => {
      const opened = await openSite({ size: 3, speed: 8, consul: availableConsul });
      site = opened;
      const before = readAccount(opened.sandbox.aws);
      const leader = await findAgreedLeader(opened.sandbox);
      const { exitCode, stdout, stderr } = await opened.run(buildUpgradeCommand(opened, 'consul-stuck', flags));
      expect(exitCode, stderr).toBe(4);
      const { reason } = JSON.parse(stdout);
      expect(reason).toMatchObject({ kind: 'leave-refused' });
      expect(reason.sentence).toContain('blocked by agent configuration');
      expect(reason.remedies.join()).toContain('block_endpoints');
      expect(readAccount(opened.sandbox.aws)).toEqual(before);
      expect(await findAgreedLeader(opened.sandbox)).toEqual(leader);
    },
    3 * MINUTE_MS,
  );
});
