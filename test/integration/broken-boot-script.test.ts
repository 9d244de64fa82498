import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/cli/connect.js';
import { renderBootScript, renderDefaultBootScript } from '../../src/lib/create/boot/script.js';
import type { Engine } from '../../src/lib/engine/engine.js';
import { executeRoll } from '../../src/lib/engine/run/roll.js';
import type { RollEvent } from '../../src/lib/model/events.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.js';
import { countVotersAt, listRunningServers, makeLaunchConfiguration, readConsole } from '../helpers/boot-account.js';
import { buildOrder } from '../helpers/fake-engine.js';
import { realConsul } from '../sandbox/instances/real-consul.js';
import { plainOptions } from '../unit/create/boot/options.js';

const SPEED = 8;
const ONE_ROLL_MS = 120_000;
const GROUP = 'consul - consul-consul-v1';

let folder: string;
let sandbox: Sandbox;
let engine: Engine;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'broken-script-'));
  sandbox = await startSandbox({
    renderBootScript: renderDefaultBootScript,
    size: 3,
    port: 0,
    speed: SPEED,
    consul: { kind: 'auto' },
    env: process.env,
  });
  engine = await connect({
    aws: { region: sandbox.region, endpoint: sandbox.endpointUrl, credentials: sandbox.credentials },
    consul: { scheme: 'http', port: 8500, token: undefined, tls: undefined },
    snapshotDir: folder,
  });
}, ONE_ROLL_MS);

afterAll(async () => {
  await engine.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

const good = renderBootScript(plainOptions);
const BROKEN = [
  [
    'ends before it starts Consul',
    '#!/bin/bash\necho "no luck"\nexit 1\n',
    /no luck\n\[sandbox\] the boot script ended, exit 1/,
  ],
  // Open from the first line on, or bash would run all that comes before the mistake.
  ['has a syntax error', good.replace('\n', '\nif true; then\n'), /syntax error/],
  [
    'searches for a tag that no instance has',
    good.replaceAll('"consul"', '"cnosul"'),
    /expects 0 founders, joins \[\]/,
  ],
] as const;

describe(`a roll with a boot script that is broken, ${realConsul ? 'real' : 'simulated'} servers`, () => {
  it.each(BROKEN)(
    // failure-mode: boot-script-broken
    '%s: is rolled back, and the old servers are as they were',
    async (what, script, said) => {
      const { aws: world } = sandbox;
      const name = what.replaceAll(' ', '-');
      const before = listRunningServers(world, GROUP);
      makeLaunchConfiguration(world, name, script);
      world.call('autoscaling', 'UpdateAutoScalingGroup', {
        AutoScalingGroupName: GROUP,
        LaunchConfigurationName: name,
      });
      const consoles = new Map<string, string>();
      const joined = new Set<string>();
      const watch = (event: RollEvent) => {
        if (event.kind !== 'observed') return;
        for (const { side, instanceId, peer } of event.observation.servers) {
          if (side === 'new') consoles.set(instanceId, readConsole(world, instanceId));
          if (side === 'new' && peer !== undefined) joined.add(instanceId);
        }
      };
      const result = await executeRoll(engine, order(), watch, neverStop);
      expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'timed-out' } });
      expect([...consoles.values()]).toEqual([expect.stringMatching(said)]);
      // The script caused the rollback, not a limit of 15 s, which is enough for a good one.
      expect([...joined]).toEqual([]);
      expect(listRunningServers(world, GROUP)).toEqual(before);
      expect(await countVotersAt(before[0]?.address ?? '')).toBe(3);
    },
    ONE_ROLL_MS,
  );
});

const neverStop = { signal: new AbortController().signal, isPauseRequested: () => false };

function order(): Parameters<typeof executeRoll>[1] {
  return buildOrder({
    imageId: getImage('consul-v2').imageId,
    intervalMs: 250,
    limits: {
      healthTimeoutMs: 15_000,
      drainTimeoutMs: 30_000,
      leaveTimeoutMs: 30_000,
      leaderTimeoutMs: 30_000,
      awsTimeoutMs: 30_000,
      bakeMs: 0,
      successThreshold: 2,
    },
  });
}
