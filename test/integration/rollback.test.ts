import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWriter } from '../../src/sandbox/demo/writer.js';
import { readAccount } from '../helpers/account.js';
import { WRITE_EVERY_MS } from '../helpers/load.js';
import { findAgreedLeader } from '../helpers/quorum-record.js';
import { buildUpgradeCommand, openSite, type TestSite } from '../helpers/site.js';
import { realConsul, warnIfSkipped } from '../sandbox/instances/real-consul.js';

warnIfSkipped('rolling back real Consul servers from images that never get there');

const MINUTE_MS = 60_000;

/** Real servers where there are any: they show all that simulated ones would. */
const setting =
  realConsul === undefined
    ? { what: 'simulated', path: undefined, size: 3, patience: '--health-timeout 4s' }
    : { what: 'real', path: realConsul.path, size: 5, patience: '--health-timeout 12s' };

describe(`an image whose servers never get there, ${setting.size} ${setting.what} servers`, () => {
  const { path, size, patience } = setting;

  describe('upgrade', () => {
    let site: TestSite;

    beforeAll(async () => {
      const consul = path === undefined ? ({ kind: 'simulated' } as const) : ({ kind: 'path', path } as const);
      site = await openSite({ size, speed: 8, consul });
    }, 3 * MINUTE_MS);

    afterAll(() => site?.close(), MINUTE_MS);

    it.each([
      ['consul-broken', 'Consul never starts'],
      ['consul-lonely', 'Consul starts and joins nothing'],
      ['consul-crashloop', 'Consul crashes every few seconds'],
    ])(
      // failure-mode: never-joins
      '%s: %s → rolled back, exit 4, nothing lost, every resource as before',
      async (image) => {
        const { sandbox } = site;
        const before = readAccount(sandbox.aws);
        const url = sandbox.loadBalancerUrl ?? '';
        const writer = startWriter({ url, intervalMs: WRITE_EVERY_MS, prefix: image });
        const { exitCode, stdout, stderr } = await site.run(buildUpgradeCommand(site, image, patience));
        const { lost, failed } = await writer.stop();

        expect(exitCode, stderr).toBe(4);
        const { outcome, reason, state } = JSON.parse(stdout);
        expect(outcome).toBe('rolled-back');
        expect(reason.sentence).toMatch(/^Timed out after \d+ s waiting for /);
        expect(state).toMatchObject({ voters: size, healthy: size });
        expect(await findAgreedLeader(sandbox)).toMatchObject({ instanceId: state.leader });
        expect(lost).toBe(0);
        expect(failed).toBeLessThanOrEqual(1);
        expect(readAccount(sandbox.aws)).toEqual(before);
      },
      3 * MINUTE_MS,
    );
  });
});
