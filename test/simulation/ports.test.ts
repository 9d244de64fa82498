import { afterEach, describe, expect, it } from 'vitest';
import { createConsul } from '../../src/lib/consul/connect.js';
import type { LoadBalancerChoice } from '../../src/sandbox/aws/seed-load-balancers.js';
import { startWallClock } from '../../src/sandbox/consul/clock.js';
import { serveNetwork } from '../../src/sandbox/consul/http/serve.js';
import { createConsulNetwork } from '../../src/sandbox/consul/network.js';
import { waitUntil } from '../helpers/consul-agent.js';
import { openAccount, type SandboxAccount } from '../unit/aws/sandbox-account.js';
import { SimulatedEnvironment } from './environment.js';
import { buildHarness } from './harness.js';
import { describeCluster } from './ports/cloud-reads.js';
import { readAgent, readCommitIndex, readLeader } from './ports/consul-reads.js';
import { deregister, listHealthyAfterMs, listTargetGroups, listZonal, register } from './ports/traffic.js';
import { createScenario } from './scenario.js';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function account(loadBalancer?: LoadBalancerChoice): Promise<SandboxAccount> {
  const opened = await openAccount(3, loadBalancer);
  closing.push(() => opened.close());
  return opened;
}

/** The cluster as described directly and by the adapter. */
async function describeBoth({ cloud, world: aws, cluster }: SandboxAccount, balancers = ['consul']) {
  const groups = [cluster.groupName, 'consul-2', 'none'];
  const templates = [cluster.launchConfigurationName, 'consul-2', 'none'];
  return {
    direct: describeCluster(aws.inside, groups, templates, balancers),
    adapter: await cloud.describeCluster(groups, templates, balancers),
  };
}

const KEYS = { sentinel: 'k', record: 'r' };

describe('SimulatedCloud', () => {
  it('describes target groups like the AWS adapter', async () => {
    const opened = await account('both');
    const both = ['consul', 'target-group/consul'];
    const rest = await describeBoth(opened, both);
    expect(rest.direct).toEqual(rest.adapter);
    expect(listTargetGroups(opened.world.inside, both)).toEqual(await opened.cloud.describeTargetGroups(both));
    expect(listHealthyAfterMs(opened.world.inside, both)).toEqual(await opened.cloud.readHealthyAfterMs(both));
    expect(listZonal(opened.world.inside, both)).toEqual(await opened.cloud.listZonalBalancers(both));
    const [first, second] = rest.adapter.instances;
    deregister(opened.world, 'target-group/consul', [first?.instanceId ?? '', second?.instanceId ?? '']);
    register(opened.world, 'target-group/consul', [second?.instanceId ?? '']);
    const moved = await describeBoth(opened, both);
    expect(moved.direct).toEqual(moved.adapter);
    expect(moved.direct.instances.map(({ balancers }) => balancers['target-group/consul'])).toEqual([
      'draining',
      'registering',
      'in-service',
    ]);
  });

  it('describes the cluster like the AWS adapter, at rest and while servers are launched and terminated', async () => {
    const opened = await account();
    const { cloud, world: aws, cluster, advance } = opened;
    const rest = await describeBoth(opened);
    expect(rest.direct).toEqual(rest.adapter);

    await cloud.createLaunchConfiguration(cluster.launchConfigurationName, 'consul-2', 'ami-0c0515ea000000002');
    await cloud.createGroup(
      cluster.groupName,
      'consul-2',
      { kind: 'launch-configuration', name: 'consul-2' },
      { 'consul-roll:roll': '1' },
    );
    await cloud.setSizes('consul-2', { desired: 2 });
    await cloud.suspendProcesses('consul-2', ['HealthCheck', 'AZRebalance']);
    const [first, second] = rest.adapter.instances;
    await cloud.deregister(cluster.loadBalancerName, [first?.instanceId ?? '']);
    advance(2_000);
    const growing = await describeBoth(opened);
    expect(growing.direct).toEqual(growing.adapter);
    expect(growing.direct.instances).toHaveLength(5);

    await cloud.setSizes(cluster.groupName, { minSize: 0 });
    await cloud.terminate(first?.instanceId ?? '');
    aws.call('ec2', 'TerminateInstances', { InstanceIds: [second?.instanceId ?? ''] });
    advance(5_000);
    const shrinking = await describeBoth(opened);
    expect(shrinking.direct).toEqual(shrinking.adapter);
  });
});

describe('SimulatedConsul', () => {
  it('reads the same as the Consul adapter from the leader, a follower, a paused server and a dead one', async () => {
    const net = createConsulNetwork({ seed: 3, startMs: Date.now(), speed: 5 });
    const clock = startWallClock(net);
    const serving = serveNetwork(net, clock, { onProblem: () => {} });
    const consul = createConsul({ scheme: 'http', port: 8500, timeouts: { readMs: 2_000 } });
    closing.push(
      async () => clock.close(),
      () => serving.close(),
      () => consul.close(),
    );
    const addresses = [1, 2, 3, 4].map((n) => `127.76.0.${n}`);
    const [first = ''] = addresses;
    for (const address of addresses) {
      const retryJoin = addresses.filter((other) => other !== address);
      net.start({ nodeName: address, address, version: '1.21.1', retryJoin, bootstrapExpect: 4 });
    }
    clock.touch();
    const health = async () => net.autopilotHealth(first);
    await waitUntil('a healthy cluster', health, (seen) => seen.ok && seen.value.healthy, 20_000);
    const environment = new SimulatedEnvironment(buildHarness(createScenario(1)).environment.aws, net);
    const leader = addresses.find((address) => readLeader(environment, address, KEYS) !== undefined) ?? '';
    const follower = addresses.find((address) => address !== leader) ?? '';
    await consul.writeKey(leader, 'k', 'value');

    expect(readLeader(environment, leader, KEYS)).toEqual(await consul.readLeader(leader, KEYS));
    expect(readLeader(environment, follower, KEYS)).toEqual(await consul.readLeader(follower, KEYS));
    expect(readCommitIndex(environment, leader)).toEqual(await consul.readCommitIndex(leader));
    expect(readAgent(environment, leader, 'k')).toEqual(await consul.readAgent(leader, 'k'));

    const [still = '', gone = ''] = addresses.filter((address) => address !== leader);
    net.pause(still);
    net.kill(gone);
    expect(readAgent(environment, still, 'k')).toMatchObject({ kind: 'down', why: 'silent' });
    expect(await consul.readAgent(still, 'k')).toMatchObject({ kind: 'down', why: 'silent' });
    expect(readAgent(environment, gone, 'k')).toMatchObject({ kind: 'down', why: 'refused' });
    expect(await consul.readAgent(gone, 'k')).toMatchObject({ kind: 'down', why: 'refused' });
    net.unpause(still);
  });
});
