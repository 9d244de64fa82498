import { describe, expect, it } from 'vitest';
import { getImage } from '../../src/sandbox/aws/images.js';
import { startWriter } from '../../src/sandbox/demo/writer.js';
import type { ConsulChoice } from '../../src/sandbox/instances/consul-choice.js';
import { WRITE_EVERY_MS } from '../helpers/load.js';
import { runUntilDone, SHORT_LOCK, wasKilledAtEnd } from '../helpers/process-runs.js';
import { buildContinueCommand, buildUpgradeCommand, openSite } from '../helpers/site.js';
import { realConsul, warnIfSkipped } from '../sandbox/instances/real-consul.js';

warnIfSkipped('a roll of real Consul servers, killed at every effect');

const MINUTE_MS = 60_000;

/** Rolls in as many runs as it takes, under a write load; every one but the last ends with SIGKILL. */
async function rollThroughCrashes(consul: ConsulChoice, speed: number) {
  const site = await openSite({ size: 3, speed, consul });
  const { sandbox } = site;
  try {
    const writer = startWriter({ url: sandbox.loadBalancerUrl ?? '', intervalMs: WRITE_EVERY_MS, prefix: 'crash' });
    const upgrade = buildUpgradeCommand(site, 'consul-v2', SHORT_LOCK);
    // It names the image: at first there are no tags that tell the id of the roll.
    const resume = buildContinueCommand(site, 'resume', `${SHORT_LOCK} --ami ${getImage('consul-v2').imageId}`);
    const runs = await runUntilDone(site, upgrade, resume);
    const writes = await writer.stop();
    const groups = sandbox.aws.call('autoscaling', 'DescribeAutoScalingGroups', {}).AutoScalingGroups ?? [];
    const templates = sandbox.aws.call('autoscaling', 'DescribeLaunchConfigurations', {}).LaunchConfigurations;
    const left = await fetch(`${sandbox.loadBalancerUrl}/v1/kv/consul-roll/?keys`);
    const keysLeft: string[] = left.status === 404 ? [] : ((await left.json()) as string[]);
    return { runs, writes, groups, templates, keysLeft };
  } finally {
    await site.close();
  }
}

function expectRolled({ runs, writes, groups, templates, keysLeft }: Awaited<ReturnType<typeof rollThroughCrashes>>) {
  const killedAtTheEnd = wasKilledAtEnd(runs);
  if (!killedAtTheEnd) expect(runs.at(-1)).toMatchObject({ exitCode: 0, outcome: 'rolled' });
  // Killed at the end, it may have written its history or not.
  if (!killedAtTheEnd) expect(keysLeft).toContain('consul-roll/consul/history');
  expect(keysLeft.filter((key) => !key.endsWith('/history'))).toEqual([
    'consul-roll/consul/journal',
    ...(killedAtTheEnd ? ['consul-roll/consul/lock'] : []),
  ]);
  // As many runs as a roll has effects; fewer, and the crashes were not where they should be.
  expect(runs.length).toBeGreaterThan(25);
  expect(writes.lost).toBe(0);
  expect(groups).toHaveLength(1);
  expect(groups[0]).toMatchObject({ MinSize: 3, DesiredCapacity: 3, SuspendedProcesses: [] });
  expect(templates).toHaveLength(1);
}

describe('consul-roll upgrade, killed at every effect of its roll and resumed by consul-roll resume', () => {
  it.skipIf(realConsul !== undefined)(
    'rolls simulated servers, loses nothing and leaves nothing over',
    async () => {
      expectRolled(await rollThroughCrashes({ kind: 'simulated' }, 8));
    },
    15 * MINUTE_MS,
  );

  it.skipIf(realConsul === undefined)(
    // failure-mode: process-killed
    'rolls real servers, loses nothing and leaves nothing over',
    async () => {
      expectRolled(await rollThroughCrashes({ kind: 'path', path: realConsul?.path ?? '' }, 4));
    },
    15 * MINUTE_MS,
  );
});
