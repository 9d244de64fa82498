import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { renderBootScript, renderDefaultBootScript } from '../../src/lib/create/boot/script.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.js';
import { ARTICLE_SCRIPT } from '../helpers/article-script.js';
import {
  countVotersAt,
  listRunningServers,
  makeLaunchConfiguration,
  makeTaggedGroup,
  readConsole,
} from '../helpers/boot-account.js';
import { realConsul, warnIfSkipped } from '../sandbox/instances/real-consul.js';
import { until } from '../sandbox/instances/until.js';
import { plainOptions } from '../unit/create/boot/options.js';

warnIfSkipped('boot scripts before real Consul processes');
const hasTool = (name: string) => spawnSync(name, ['--version']).status === 0;
const [jq, aws] = [hasTool('jq'), hasTool('aws')];
if (!jq) process.stderr.write('\n*** SKIPPED: the article’s own boot script: there is no jq on the PATH ***\n\n');
if (!aws) process.stderr.write('\n*** SKIPPED: boot scripts with the real aws: there is none on the PATH ***\n\n');

const SPEED = 8;
const GROUP = 'servers';
const TAG = { key: 'consul-servers', value: 'test, *one*' };
const LIMIT_MS = 90_000;

let sandbox: Sandbox | undefined;
afterEach(() => sandbox?.close());

/** An empty account, and a group of three in it that boots by this script. */
async function bootThree(kind: 'auto' | 'simulated', script: string, env = {}): Promise<Sandbox> {
  const started = await startSandbox({
    renderBootScript: renderDefaultBootScript,
    size: 0,
    port: 0,
    speed: SPEED,
    consul: { kind },
    env: { ...process.env, ...env },
  });
  sandbox = started;
  makeLaunchConfiguration(started.aws, 'lc', script);
  makeTaggedGroup(started.aws, GROUP, 'lc', 3, { Name: 'consul', [TAG.key]: TAG.value });
  return started;
}

async function untilAllVote({ aws: world }: Sandbox): Promise<void> {
  await until(
    'three servers that all vote',
    async () => {
      const running = listRunningServers(world, GROUP);
      const voters = await Promise.all(running.map(({ address }) => countVotersAt(address)));
      return running.length === 3 && voters.every((count) => count === 3);
    },
    LIMIT_MS,
  );
}

const KINDS = [
  { kind: 'simulated', left: false },
  { kind: 'auto', left: realConsul === undefined },
] as const;

describe.each(KINDS)('three servers that boot by a script, Consul: $kind', ({ kind, left }) => {
  it.skipIf(left)(
    'found a cluster by cloud auto-join, and a replacement joins it without bootstrap_expect',
    async () => {
      const options = { ...plainOptions, tags: [TAG], peers: 'cloud-auto-join', bootstrapExpect: 3 } as const;
      const { aws: world } = await bootThree(kind, renderBootScript(options));
      if (sandbox === undefined) return;
      await untilAllVote(sandbox);
      const before = listRunningServers(world, GROUP).map(({ instanceId }) => instanceId);
      for (const id of before) expect(readConsole(world, id)).toContain('expects 3 founders, joins ["provider=aws ');
      const [instanceId = ''] = before;
      world.call('autoscaling', 'TerminateInstanceInAutoScalingGroup', {
        InstanceId: instanceId,
        ShouldDecrementDesiredCapacity: false,
      });
      const replacement = () => listRunningServers(world, GROUP).find(({ instanceId }) => !before.includes(instanceId));
      await until(
        'the replacement is in the cluster',
        async () => (await countVotersAt(replacement()?.address ?? '')) >= 3,
        LIMIT_MS,
      );
      expect(readConsole(world, replacement()?.instanceId ?? '')).toMatch(
        /is in a cluster: this server only joins[\s\S]*expects 0 founders/,
      );
    },
    LIMIT_MS * 2,
  );

  it.skipIf(left || !jq)(
    'found a cluster by the article’s own script',
    async () => {
      const started = await bootThree(kind, ARTICLE_SCRIPT);
      await untilAllVote(started);
    },
    LIMIT_MS,
  );
});

it.skipIf(realConsul === undefined || !aws)(
  'three real servers found a cluster with what the real aws tells their scripts',
  async () => {
    const script = renderBootScript({ ...plainOptions, tags: [TAG], bootstrapExpect: 3 });
    const started = await bootThree('auto', script, { CONSUL_ROLL_SANDBOX_AWS: '' });
    await untilAllVote(started);
  },
  LIMIT_MS,
);
