import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startWriter, type Writer } from '../../src/sandbox/demo/writer.js';
import { findAgentProcess } from '../helpers/agents.js';
import { availableConsul } from '../helpers/available-consul.js';
import { WRITE_EVERY_MS } from '../helpers/load.js';
import type { Started } from '../helpers/program.js';
import { findAgreedLeader } from '../helpers/quorum-record.js';
import { buildContinueCommand, buildUpgradeCommand, openSite, type TestSite, waitForOutput } from '../helpers/site.js';
import { realConsul, warnIfSkipped } from '../sandbox/instances/real-consul.js';
import { until } from '../sandbox/instances/until.js';

warnIfSkipped('the loss of the real server that a lock was taken through');

const MINUTE_MS = 60_000;
const TTL_MS = 10_000;
/** A roll that bakes holds the lock for as long as it takes. */
const HOLD = `--bake 1h --lock-ttl ${TTL_MS}ms`;
const LockValue = z.object({ holder: z.string(), sinceMs: z.number(), renewedAtMs: z.number() });

describe('one roll a cluster', () => {
  let site: TestSite;
  let writer: Writer;
  let holder: Started;

  /** The lock in the cluster's KV store; undefined if it is not held, or there is no leader. */
  async function readLock() {
    const answer = await fetch(`${site.sandbox.loadBalancerUrl}/v1/kv/consul-roll/consul/lock?raw`);
    return answer.ok ? LockValue.parse(await answer.json()) : undefined;
  }

  const untilHeldBy = ({ child }: Started, limitMs = MINUTE_MS) =>
    until(
      `process ${child.pid} holds the lock`,
      async () => (await readLock())?.holder.endsWith(` pid ${child.pid}`) === true,
      limitMs,
    );

  beforeAll(async () => {
    site = await openSite({ size: 3, speed: 8, consul: availableConsul });
    writer = startWriter({ url: site.sandbox.loadBalancerUrl ?? '', intervalMs: WRITE_EVERY_MS, prefix: 'lock' });
    holder = site.start(buildUpgradeCommand(site, 'consul-v2', HOLD));
    await waitForOutput(holder, 'wait for the bake time to pass with every server healthy', 3 * MINUTE_MS);
  }, 5 * MINUTE_MS);

  afterAll(() => site?.close(), MINUTE_MS);

  it.each(['upgrade', 'resume'] as const)(
    // failure-mode: locked
    'a second %s while it runs → refused with who holds the lock since when, exit 7',
    async (command) => {
      const line = command === 'upgrade' ? buildUpgradeCommand(site, 'consul-v2') : buildContinueCommand(site, command);
      const { exitCode, stdout, stderr } = await site.run(line);
      expect(exitCode, stderr).toBe(7);
      const { error } = JSON.parse(stdout);
      const since = new Date((await readLock())?.sinceMs ?? 0).toISOString();
      expect(error.message).toMatch(/^Roll \S+ of cluster consul is run by another process, /);
      expect(error.message).toContain(`pid ${holder.child.pid} since ${since}`);
      expect(error.next).toContain('consul-roll status --cluster consul --watch');
      await untilHeldBy(holder);
    },
    2 * MINUTE_MS,
  );

  it(
    // failure-mode: lock-holder-dead
    'its holder is killed → resume takes the lock once it has expired, and not before',
    async () => {
      holder.child.kill('SIGKILL');
      const dead = holder.child.pid;
      const renewedAtMs = (await readLock())?.renewedAtMs ?? Number.NaN;
      holder = site.start(buildContinueCommand(site, 'resume', HOLD));
      await waitForOutput(holder, `pid ${dead} holds the lock; checking whether it is still alive`);
      await untilHeldBy(holder);
      expect(((await readLock())?.renewedAtMs ?? 0) - renewedAtMs).toBeGreaterThanOrEqual(TTL_MS);
    },
    2 * MINUTE_MS,
  );

  it(
    'its holder is killed, with --force-unlock → resume takes it at once',
    async () => {
      holder.child.kill('SIGKILL');
      holder = site.start(buildContinueCommand(site, 'resume', `${HOLD} --force-unlock`));
      await untilHeldBy(holder);
      expect(holder.stderr()).not.toContain('holds the lock');
    },
    2 * MINUTE_MS,
  );

  it.skipIf(realConsul === undefined)(
    // failure-mode: lock-server-dies
    'the server it was taken through is killed → waits for the election and keeps it',
    async () => {
      const before = await readLock();
      const { instanceId = '' } = (await findAgreedLeader(site.sandbox)) ?? {};
      const { pid } = findAgentProcess(instanceId);
      // Killed alone it would be back within a second, and perhaps elected again.
      process.kill(pid, 'SIGSTOP');
      await waitForOutput(holder, `leader changed from ${instanceId}`);
      process.kill(pid, 'SIGKILL');
      const electedMs = Date.now();
      await until('it is renewed', async () => ((await readLock())?.renewedAtMs ?? 0) > electedMs);
      const { holder: name, sinceMs } = (await readLock()) ?? {};
      expect({ name, sinceMs }).toEqual({ name: before?.holder, sinceMs: before?.sinceMs });
    },
    2 * MINUTE_MS,
  );

  it(
    'after all of it → rolled, exit 0, nothing lost, the lock given back',
    async () => {
      holder.child.kill('SIGINT');
      expect(await holder.ended).toMatchObject({ exitCode: 130 });
      const { exitCode, stderr } = await site.run(buildContinueCommand(site, 'resume'));
      const { lost } = await writer.stop();
      expect(exitCode, stderr).toBe(0);
      expect(lost).toBe(0);
      expect(await readLock()).toBeUndefined();
    },
    2 * MINUTE_MS,
  );
});
