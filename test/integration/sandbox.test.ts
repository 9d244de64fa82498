import { existsSync } from 'node:fs';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { renderDefaultBootScript } from '../../src/lib/create/boot/script.js';
import { startWriter } from '../../src/sandbox/demo/writer.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.js';
import { listChildren } from '../helpers/processes.js';
import { realConsul, warnIfSkipped } from '../sandbox/instances/real-consul.js';
import { until } from '../sandbox/instances/until.js';

warnIfSkipped('a sandbox with real Consul processes');

const SPEED = 6;
const SIZE = 3;
const Configuration = z.object({ Servers: z.array(z.object({ Node: z.string(), Voter: z.boolean() })) });

let sandbox: Sandbox | undefined;

afterEach(() => sandbox?.close());

it.each([
  ['application', ['consul-application']],
  ['network', ['consul-network']],
  ['both', ['consul', 'consul-application']],
] as const)(
  'a sandbox with load balancers: %s, serves each of them, and sends clients to the last',
  async (loadBalancer, names) => {
    const options = { size: 1, port: 0, speed: SPEED, consul: { kind: 'simulated' }, env: {} } as const;
    sandbox = await startSandbox({ renderBootScript: renderDefaultBootScript, ...options, loadBalancer });
    const { cluster } = sandbox;
    expect(cluster?.loadBalancers.map(({ loadBalancerName }) => loadBalancerName)).toEqual(names);
    expect(sandbox.loadBalancerUrl).toBe(`http://${cluster?.loadBalancers.at(-1)?.address}:8500`);
    for (const { address } of cluster?.loadBalancers ?? []) {
      const answer = await fetch(`http://${address}:8500/v1/status/leader`);
      expect([answer.status, await answer.json()]).toEqual([200, expect.stringMatching(/^127\..*:8300$/)]);
    }
  },
  60_000,
);

describe.each([
  { kind: 'simulated', left: false },
  { kind: 'auto', left: realConsul === undefined },
] as const)('a sandbox with Consul: $kind', ({ kind, left }) => {
  it.skipIf(left)(
    'replaces a terminated server under load, loses no write, and leaves nothing behind',
    async () => {
      const options = { size: SIZE, port: 0, speed: SPEED, consul: { kind }, env: process.env };
      sandbox = await startSandbox({ ...options, renderBootScript: renderDefaultBootScript });
      const { cluster, loadBalancerUrl = '', aws: world } = sandbox;
      expect(sandbox.consul.kind).toBe(kind === 'auto' ? 'process' : 'simulated');
      const before = await instancesOf(sandbox);
      expect(before).toHaveLength(SIZE);

      const writer = startWriter({ url: loadBalancerUrl, intervalMs: 5, prefix: 'load' });
      const [instanceId = ''] = before;
      await terminate(sandbox, instanceId);
      await until(
        'another server votes and serves instead',
        async () => {
          const voters = await votersOf(loadBalancerUrl);
          const serving = world.inService(cluster?.loadBalancerName ?? '').map((one) => one.instanceId);
          return [voters, serving].every((ids) => ids.length === SIZE && !ids.includes(instanceId));
        },
        90_000,
      );
      const report = await writer.stop();
      expect(report.acknowledged).toBeGreaterThan(20);
      expect([report.lost, report.misread]).toEqual([0, 0]);
      expect((await instancesOf(sandbox)).filter((id) => before.includes(id))).toHaveLength(SIZE - 1);

      await expectNothingLeftBy(sandbox);
    },
    150_000,
  );
});

describe('a sandbox that cannot start', () => {
  it('says how far it came, and leaves nothing behind', async () => {
    const options = { size: SIZE, port: 0, speed: 1, consul: { kind: 'simulated' } as const, env: {} };
    await expect(
      startSandbox({ renderBootScript: renderDefaultBootScript, ...options, readyLimitMs: 100 }),
    ).rejects.toMatchObject({
      code: 'not-ready',
      message: 'The cluster is not ready after 0.1 s: 0 of 3 servers vote, 0 are healthy, 0 are in service.',
    });
    expect(listChildren(process.pid)).toEqual([]);
  });

  it('says that its port is taken', async () => {
    const empty = { size: 0, speed: 1, consul: { kind: 'simulated' } as const, env: {} };
    sandbox = await startSandbox({ renderBootScript: renderDefaultBootScript, ...empty, port: 0 });
    expect([sandbox.cluster, sandbox.loadBalancerUrl]).toEqual([undefined, undefined]);
    await expect(
      startSandbox({ renderBootScript: renderDefaultBootScript, ...empty, port: sandbox.port }),
    ).rejects.toMatchObject({ code: 'port-taken' });
  });

  it('rejects a program that is not Consul', async () => {
    const options = { size: 1, port: 0, speed: 1, env: {} };
    const consul = { kind: 'path', path: '/bin/true' } as const;
    await expect(startSandbox({ renderBootScript: renderDefaultBootScript, ...options, consul })).rejects.toMatchObject(
      { code: 'not-consul' },
    );
  });
});

function autoScaling({ endpointUrl, region, credentials }: Sandbox): AutoScalingClient {
  return new AutoScalingClient({ endpoint: endpointUrl, region, credentials });
}

async function instancesOf(from: Sandbox): Promise<string[]> {
  const { AutoScalingGroups = [] } = await autoScaling(from).send(new DescribeAutoScalingGroupsCommand({}));
  return AutoScalingGroups.flatMap((group) => group.Instances ?? []).map(({ InstanceId = '' }) => InstanceId);
}

async function terminate(from: Sandbox, instanceId: string): Promise<void> {
  const input = { InstanceId: instanceId, ShouldDecrementDesiredCapacity: false };
  await autoScaling(from).send(new TerminateInstanceInAutoScalingGroupCommand(input));
}

/** Node names, which are instance ids; none while there is no leader. */
async function votersOf(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/v1/operator/raft/configuration`).catch(() => undefined);
  if (!answer?.ok) return [];
  const { Servers } = Configuration.parse(await answer.json());
  return Servers.filter((server) => server.Voter).map((server) => server.Node);
}

async function expectNothingLeftBy(closing: Sandbox): Promise<void> {
  const children = listChildren(process.pid);
  const folder = children.find((one) => one.command.includes('consul-roll-cleanup'))?.command.at(-1) ?? '';
  const agents = children.filter((one) => one.command.includes('agent'));
  expect(agents).toHaveLength(closing.consul.kind === 'process' ? SIZE : 0);
  expect(existsSync(folder)).toBe(true);
  const addresses = closing.aws.balancers().flatMap((one) => [one.address, ...one.instances.map((i) => i.address)]);
  await closing.close();
  expect(listChildren(process.pid)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
  const answers = await Promise.allSettled(addresses.map((address) => fetch(`http://${address}:8500/`)));
  expect(answers.filter((answer) => answer.status === 'fulfilled')).toEqual([]);
  await expect(fetch(closing.endpointUrl)).rejects.toThrow();
}
