import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWriter } from '../../src/sandbox/demo/writer.js';
import { listLiveServers, readAccount } from '../helpers/account.js';
import { WRITE_EVERY_MS } from '../helpers/load.js';
import { findAgreedLeader, watchQuorum } from '../helpers/quorum-record.js';
import { type Sidecars, useSidecars } from '../helpers/sidecars.js';
import { buildUpgradeCommand, openSite, type TestSite, waitForOutput } from '../helpers/site.js';
import { realConsul, warnIfSkipped } from '../sandbox/instances/real-consul.js';

warnIfSkipped('a rollback with real new servers that are voters');

const MINUTE_MS = 60_000;

describe.skipIf(realConsul === undefined)(
  'the load balancer never finds the new servers healthy, and they vote already',
  () => {
    let site: TestSite;
    let sidecars: Sidecars;

    beforeAll(async () => {
      site = await openSite({ size: 5, speed: 8, consul: { kind: 'path', path: realConsul?.path ?? '' } });
      sidecars = useSidecars(site.sandbox);
      await Promise.all(listLiveServers(site.sandbox.aws).map(({ address }) => sidecars.startOn(address)));
    }, 3 * MINUTE_MS);

    afterAll(async () => {
      await sidecars?.close();
      await site?.close();
    }, MINUTE_MS);

    it(
      // failure-mode: load-balancer-never-healthy
      'ten voters, where destroying the new group would lose the quorum for good → rolled back one server at a time, exit 4, quorum kept at every moment, nothing lost, every resource as before',
      async () => {
        const { sandbox } = site;
        const before = readAccount(sandbox.aws);
        const leader = await findAgreedLeader(sandbox);
        const old = new Set(listLiveServers(sandbox.aws).map(({ address }) => address));
        const writer = startWriter({
          url: sandbox.loadBalancerUrl ?? '',
          intervalMs: WRITE_EVERY_MS,
          prefix: 'voters',
        });
        const quorumRecord = watchQuorum(sandbox);
        const upgrade = site.start(buildUpgradeCommand(site, 'consul-v2', '--health-timeout 40s'));
        await waitForOutput(upgrade, /i-\w+: booting/);
        const canary = listLiveServers(sandbox.aws).find(({ address }) => !old.has(address));
        await sidecars.startOn(canary?.address ?? '');
        const ended = await upgrade.ended;
        const [writes, seen] = [await writer.stop(), await quorumRecord.stop()];

        expect(ended.exitCode, ended.stderr + ended.stdout).toBe(4);
        const document = JSON.parse(ended.stdout);
        expect(document).toMatchObject({ outcome: 'rolled-back', state: { voters: 5, healthy: 5 } });
        expect(document.reason.sentence).toContain('Consul reports them healthy, load balancer consul does not');
        expect(seen.maxVoters).toBe(10);
        expect(seen.minMargin).toBeGreaterThanOrEqual(1);
        expect(seen.leaders).toContain(`${leader?.address}:8300`);
        expect(await findAgreedLeader(sandbox)).toMatchObject({ instanceId: document.state.leader });
        expect(writes.lost).toBe(0);
        expect(writes.failed).toBeLessThanOrEqual(1);
        expect(readAccount(sandbox.aws)).toEqual(before);
      },
      5 * MINUTE_MS,
    );
  },
);
