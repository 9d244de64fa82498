import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SandboxOptions } from '../../src/sandbox/sandbox.js';
import { readAccount } from '../helpers/account.js';
import { findAgentProcess } from '../helpers/agents.js';
import { availableConsul } from '../helpers/available-consul.js';
import { listRunningServers, makeLaunchConfiguration } from '../helpers/boot-account.js';
import { findAgreedLeader } from '../helpers/quorum-record.js';
import { buildContinueCommand, buildUpgradeCommand, openSite, type TestSite, waitForOutput } from '../helpers/site.js';
import { realConsul, warnIfSkipped } from '../sandbox/instances/real-consul.js';
import { until } from '../sandbox/instances/until.js';

warnIfSkipped('founding boot scripts and images on real Consul');

const MINUTE_MS = 60_000;
const KEYS = 200;
/** How often each way is rolled; `npm run test:founders` does 20 of each, about an hour. */
const ROUNDS = { repeats: Math.max(1, Number(process.env.TEST_ROUNDS ?? 1)) - 1 };
const GROUP_SIZE = readFileSync(new URL('../fixtures/boot-scripts/group-size.sh', import.meta.url), 'utf8');

/** HashiCorp's module for AWS: the script is in the image, and the user data only calls it. */
const RUN_CONSUL = readFileSync(new URL('../fixtures/boot-scripts/run-consul.sh', import.meta.url), 'utf8');
const CALL = '/opt/consul/bin/run-consul --server --cluster-tag-key Name --cluster-tag-value consul';
const MODULE_USER_DATA = `#!/bin/bash\nset -e\n${CALL}\n`;

let site: TestSite | undefined;
afterEach(() => site?.close(), MINUTE_MS);

/** A cluster of three with keys in it, whose group launches with this user data from now on. */
async function openCluster(userData?: string, options: Partial<SandboxOptions> = {}): Promise<TestSite> {
  const opened = await openSite({ size: 3, speed: 8, consul: availableConsul, ...options });
  site = opened;
  const { aws } = opened.sandbox;
  const [group] = aws.inside.groups.values();
  if (userData !== undefined) {
    makeLaunchConfiguration(aws, 'own-script', userData);
    const change = { AutoScalingGroupName: group?.name, LaunchConfigurationName: 'own-script' };
    aws.call('autoscaling', 'UpdateAutoScalingGroup', change);
  }
  const [first] = listServers(opened);
  for (let n = 0; n < KEYS; n += 1) {
    await fetch(`http://${first?.address}:8500/v1/kv/app/${n}`, { method: 'PUT', body: `value ${n}` });
  }
  return opened;
}

function listServers({ sandbox: { aws } }: TestSite) {
  return [...aws.inside.groups.keys()].flatMap((group) => listRunningServers(aws, group));
}

/** How many of the keys each server has in its own state. */
async function countKeys(opened: TestSite): Promise<readonly number[]> {
  return Promise.all(
    listServers(opened).map(async ({ address }) => {
      const response = await fetch(`http://${address}:8500/v1/kv/app/?keys&stale`);
      return response.ok ? ((await response.json()) as readonly string[]).length : 0;
    }),
  );
}

describe('a boot script that sets bootstrap_expect to the size of its own group', ROUNDS, () => {
  // failure-mode: boot-script-founds
  it(
    'is refused in a new group, before anything is changed, with the ways out',
    async () => {
      const opened = await openCluster(GROUP_SIZE);
      const before = readAccount(opened.sandbox.aws);
      const { exitCode, stdout, stderr } = await opened.run(buildUpgradeCommand(opened, 'consul-v2'));
      expect(exitCode, stderr).toBe(3);
      const { reason } = JSON.parse(stdout);
      expect(reason.sentence).toContain('computes bootstrap_expect, which may be 1 on the first server of a new group');
      expect(reason.remedies.join()).toMatch(/--strategy in-place.*set bootstrap_expect to 3, or remove it/);
      expect(readAccount(opened.sandbox.aws)).toEqual(before);
      expect(await countKeys(opened)).toEqual([KEYS, KEYS, KEYS]);
    },
    3 * MINUTE_MS,
  );

  // failure-mode: boot-script-founds
  it(
    'rolls in place, where the group is never smaller than the cluster, and every key stays',
    async () => {
      const opened = await openCluster(GROUP_SIZE);
      const { exitCode, stderr } = await opened.run(
        buildUpgradeCommand(opened, 'consul-v2', '--strategy in-place --surge 3'),
      );
      expect(exitCode, stderr).toBe(0);
      expect(await countKeys(opened)).toEqual([KEYS, KEYS, KEYS]);
    },
    4 * MINUTE_MS,
  );

  // failure-mode: boot-script-founds
  it(
    'rolls in a new group with a constant in its place, and every key stays',
    async () => {
      const constant = GROUP_SIZE.replace('": $servers,', '": 3,');
      const opened = await openCluster(constant);
      const { exitCode, stderr } = await opened.run(buildUpgradeCommand(opened, 'consul-v2'));
      expect(exitCode, stderr).toBe(0);
      expect(await countKeys(opened)).toEqual([KEYS, KEYS, KEYS]);
    },
    4 * MINUTE_MS,
  );
});

describe("HashiCorp's module for AWS as it is written", ROUNDS, () => {
  /** @param script run-consul of its images */
  const openModule = (script: string, userData = MODULE_USER_DATA) =>
    openCluster(userData, {
      imageScripts: { '/opt/consul/bin/run-consul': script },
      renderBootScript: () => MODULE_USER_DATA,
    });
  const calm = RUN_CONSUL.replace('autorestart=true', 'autorestart=unexpected');

  // failure-mode: boot-script-founds
  it(
    'is refused in a new group, before anything is changed, with the ways out',
    async () => {
      const opened = await openModule(RUN_CONSUL);
      const before = readAccount(opened.sandbox.aws);
      const { exitCode, stdout, stderr } = await opened.run(buildUpgradeCommand(opened, 'consul-v2'));
      expect(exitCode, stderr).toBe(3);
      const { reason } = JSON.parse(stdout);
      expect(reason.sentence).toContain('run-consul in the user data computes bootstrap_expect, which may be 1');
      expect(reason.remedies.join()).toMatch(/--strategy in-place.*set bootstrap_expect to 3, or remove it/);
      expect(readAccount(opened.sandbox.aws)).toEqual(before);
      expect(await countKeys(opened)).toEqual([KEYS, KEYS, KEYS]);
    },
    3 * MINUTE_MS,
  );

  // failure-mode: agent-restarted-always
  it(
    'is stopped in place at the first server that its supervisor starts again, with every voter and every key',
    async () => {
      const opened = await openModule(RUN_CONSUL);
      // With shorter intervals the server is terminated before it is back.
      const line = buildUpgradeCommand(opened, 'consul-v2', '--strategy in-place').replace('250ms', '2s');
      const { exitCode, stdout, stderr } = await opened.run(line);
      expect(exitCode, stderr).toBe(5);
      const { reason } = JSON.parse(stdout);
      expect(reason).toMatchObject({ kind: 'rejoined', data: { leaves: 3 } });
      expect(reason.remedies.join()).toContain('supervisord: autorestart=unexpected');
      expect(new Set(await countKeys(opened))).toEqual(new Set([KEYS]));
    },
    6 * MINUTE_MS,
  );

  // failure-mode: boot-script-founds
  it(
    'rolls in place, once its supervisor leaves down what has left',
    async () => {
      const opened = await openModule(calm);
      const { exitCode, stderr } = await opened.run(buildUpgradeCommand(opened, 'consul-v2', '--strategy in-place'));
      expect(exitCode, stderr).toBe(0);
      expect(await countKeys(opened)).toEqual([KEYS, KEYS, KEYS]);
    },
    6 * MINUTE_MS,
  );
});

describe('an image that bootstraps a cluster of its own, without a word in the user data', ROUNDS, () => {
  // failure-mode: image-founds
  it(
    'is rolled back at its canary, and no server of the cluster has lost a key',
    async () => {
      const opened = await openCluster();
      const before = readAccount(opened.sandbox.aws);
      const leader = await findAgreedLeader(opened.sandbox);
      const { exitCode, stdout, stderr } = await opened.run(buildUpgradeCommand(opened, 'consul-founder'));
      expect(exitCode, stderr).toBe(4);
      const { reason } = JSON.parse(stdout);
      expect(reason).toMatchObject({ kind: 'founder', data: { followers: 0 } });
      expect(reason.remedies.join()).toContain('new servers only join');
      expect(await countKeys(opened)).toEqual([KEYS, KEYS, KEYS]);
      expect(await findAgreedLeader(opened.sandbox)).toEqual(leader);
      expect(readAccount(opened.sandbox.aws)).toEqual(before);
    },
    3 * MINUTE_MS,
  );

  // failure-mode: interrupted-booting
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'takes over nothing after %s while it boots: it is terminated before the run ends, and a rollback keeps every key',
    async (signal) => {
      const opened = await openCluster();
      const before = readAccount(opened.sandbox.aws);
      const leader = await findAgreedLeader(opened.sandbox);
      const upgrade = opened.start(buildUpgradeCommand(opened, 'consul-founder'));
      await waitForOutput(upgrade, /starting|booting/);
      upgrade.child.kill(signal);
      const { exitCode, stdout, stderr } = await upgrade.ended;
      expect(exitCode, stderr).toBe(130);
      const { outcome, warnings } = JSON.parse(stdout);
      expect(outcome).toBe('interrupted');
      expect(warnings.join(), stderr).toMatch(/The new server i-\w+ was terminated: it had not joined the cluster/);
      const rolledBack = await opened.run(buildContinueCommand(opened, 'rollback'));
      expect(rolledBack.exitCode, rolledBack.stderr).toBe(0);
      expect(await countKeys(opened)).toEqual([KEYS, KEYS, KEYS]);
      expect(await findAgreedLeader(opened.sandbox)).toEqual(leader);
      expect(readAccount(opened.sandbox.aws)).toEqual(before);
    },
    4 * MINUTE_MS,
  );

  it(
    'is ended before a hook of the operator runs that takes long, or fails',
    async () => {
      const opened = await openCluster();
      const file = join(opened.folder, 'consul-roll.yaml');
      writeFileSync(file, 'hooks:\n  - on: before-server\n    run: sleep 20; false\n');
      const upgrade = buildUpgradeCommand(opened, 'consul-founder', `--config ${file}`);
      const { exitCode, stdout, stderr } = await opened.run(upgrade);
      expect(exitCode, stderr).toBe(4);
      expect(JSON.parse(stdout).reason).toMatchObject({ kind: 'founder' });
      expect(stderr).not.toContain('hook before-server');
      expect(await countKeys(opened)).toEqual([KEYS, KEYS, KEYS]);
    },
    3 * MINUTE_MS,
  );
});

/** What a server says, whatever it is; undefined where it does not answer. */
async function ask(address: string | undefined, path: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(`http://${address}:8500/v1/${path}`, init).catch(() => undefined);
  return response?.ok ? response.json().catch(() => undefined) : undefined;
}

/** Less than an election of the followers takes to begin. */
const HOLD_MS = 900;

/**
 * The first new server joins, and the others follow it. Their term and its own are one, so that the leader which the
 * followers hear first leads them; the cluster's is held meanwhile.
 */
async function letFounderTakeOver({ sandbox }: TestSite): Promise<string> {
  const { aws } = sandbox;
  const [oldGroup = '', newGroup = ''] = aws.inside.groups.keys();
  const old = listRunningServers(aws, oldGroup);
  const leader = await findAgreedLeader(sandbox);
  const followers = old.filter(({ instanceId }) => instanceId !== leader?.instanceId);
  const isLedBy = async (address: string | undefined, by: string | undefined) =>
    address !== undefined && (await ask(address, 'status/leader')) === `${by}:8300`;
  const find = () => listRunningServers(aws, newGroup)[0];
  await until('it leads itself', () => isLedBy(find()?.address, find()?.address), MINUTE_MS);
  const { instanceId: founder = '', address } = find() ?? {};
  const { pid } = findAgentProcess(leader?.instanceId ?? '');
  process.kill(pid, 'SIGSTOP');
  try {
    await ask(address, `agent/join/${followers[0]?.address}`, { method: 'PUT' });
    const isHeard = () => Promise.all(followers.map((one) => isLedBy(one.address, address)));
    await until('they follow it', async () => (await isHeard()).every(Boolean), HOLD_MS);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await until('all follow it', async () =>
    (await Promise.all(old.map((one) => isLedBy(one.address, address)))).every(Boolean),
  );
  return founder;
}

/** The command that `cluster-taken-over` has; until the others name one of themselves. */
async function terminateFounder({ sandbox }: TestSite, founder: string): Promise<void> {
  const order = { InstanceId: founder, ShouldDecrementDesiredCapacity: true };
  sandbox.aws.call('autoscaling', 'TerminateInstanceInAutoScalingGroup', order);
  const [oldGroup = ''] = sandbox.aws.inside.groups.keys();
  const hasLeader = async () => {
    const leader = await findAgreedLeader(sandbox);
    return listRunningServers(sandbox.aws, oldGroup).some(({ instanceId }) => instanceId === leader?.instanceId);
  };
  await until('the others have a leader', hasLeader, MINUTE_MS);
}

describe.skipIf(realConsul === undefined)(
  'an image that bootstraps a cluster of its own, and a process that is killed while its first server boots',
  () => {
    // failure-mode: founder-took-over
    it(
      'is told by status, with the command that ends it, and is rolled back then',
      async () => {
        const opened = await openCluster();
        const upgrade = opened.start(buildUpgradeCommand(opened, 'consul-founder', '--lock-ttl 10s'));
        await waitForOutput(upgrade, /starting|booting/);
        upgrade.child.kill('SIGKILL');
        const founder = await letFounderTakeOver(opened);
        const { exitCode, stderr } = await opened.run('status --cluster consul');
        expect(exitCode, stderr).toBe(6);
        const said = stderr.replace(/\s+/g, ' ');
        expect(said).toContain(`follow ${founder} `);
        const command = `aws autoscaling terminate-instance-in-auto-scaling-group --instance-id ${founder} --should-decrement-desired-capacity`;
        expect(said).toContain(command);
        await terminateFounder(opened, founder);
        const rolledBack = await opened.run(buildContinueCommand(opened, 'rollback'));
        expect(rolledBack.exitCode, rolledBack.stderr).toBe(0);
        expect(await countKeys(opened)).toEqual([KEYS, KEYS, KEYS]);
      },
      5 * MINUTE_MS,
    );
  },
);
