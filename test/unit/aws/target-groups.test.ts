import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toGroup } from '../../../src/lib/aws/group.js';
import { toTargetState, worstState } from '../../../src/lib/aws/target-groups.js';
import { listBalancers } from '../../../src/lib/model/load-balancer.js';
import { openAccount, type SandboxAccount } from './sandbox-account.js';

const TARGETS = 'target-group/consul';
const BOTH = ['consul', TARGETS];
/** Of the target group that `openAccount` makes. */
const DELAY_MS = 60_000;

describe('the state of a target', () => {
  it.each([
    ['in-service', { State: 'healthy' }],
    ['registering', { State: 'initial', Reason: 'Elb.RegistrationInProgress' }],
    ['registering', { State: 'initial', Reason: 'Elb.InitialHealthChecking' }],
    ['out-of-service', { State: 'unhealthy', Reason: 'Target.ResponseCodeMismatch' }],
    ['out-of-service', { State: 'unhealthy', Reason: 'Target.Timeout' }],
    ['out-of-service', { State: 'unhealthy', Reason: 'Target.FailedHealthChecks' }],
    ['out-of-service', { State: 'unhealthy.draining', Reason: 'Target.FailedHealthChecks' }],
    ['draining', { State: 'draining', Reason: 'Target.DeregistrationInProgress' }],
    ['absent', { State: 'unused', Reason: 'Target.NotRegistered' }],
    ['unused', { State: 'unused', Reason: 'Target.NotInUse' }],
    ['out-of-service', { State: 'unused', Reason: 'Target.InvalidState' }],
    ['out-of-service', { State: 'unused', Reason: 'Target.IpUnusable' }],
    ['registering', { State: 'unavailable', Reason: 'Elb.InternalError' }],
    ['unused', { State: 'unavailable', Reason: 'Target.HealthCheckDisabled' }],
    ['out-of-service', {}],
  ] as const)('is %s for %j', (state, health: TargetHealth) => {
    expect(toTargetState(health)).toBe(state);
  });

  it('is the worst one where a server has several ports', () => {
    expect(worstState(undefined, 'in-service')).toBe('in-service');
    expect(worstState('in-service', 'draining')).toBe('draining');
    expect(worstState('out-of-service', 'in-service')).toBe('out-of-service');
  });
});

it('finds target groups in both lists of AWS, and names other traffic sources', () => {
  const arn = 'arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/t/1';
  const TrafficSources = [
    { Identifier: 'classic', Type: 'elb' },
    { Identifier: arn, Type: 'elbv2' },
    { Identifier: 'arn:aws:vpc-lattice:x', Type: 'vpc-lattice' },
  ];
  const source = { launchSource: { kind: 'mixed' as const }, imageId: undefined, instanceType: undefined };
  const described = { AutoScalingGroupName: 'g', LoadBalancerNames: ['classic'], TrafficSources };
  const seen = toGroup(described as Parameters<typeof toGroup>[0], source as Parameters<typeof toGroup>[1]);
  expect(seen).toMatchObject({
    balancers: ['classic'],
    targetGroups: [arn],
    otherTraffic: ['vpc-lattice arn:aws:vpc-lattice:x'],
  });
});

describe('a cluster behind a classic and an application load balancer of one name', () => {
  let account: SandboxAccount;
  let group: string;
  let first: string;

  beforeEach(async () => {
    account = await openAccount(3, 'both');
    group = account.cluster.groupName;
    first = (await read()).instances[0]?.instanceId ?? '';
  });
  afterEach(() => account.close());

  const read = () => account.cloud.describeCluster([group], [], BOTH);
  const statesOf = async (id: string) => (await read()).instances.find((each) => each.instanceId === id)?.balancers;

  it('is in service in both, each with its own drain timeout', async () => {
    const { groups, instances, drainingMs } = await read();
    expect(groups.map(listBalancers)).toEqual([BOTH]);
    expect(instances).toHaveLength(3);
    for (const { balancers } of instances) {
      expect(balancers).toEqual({ consul: 'in-service', [TARGETS]: 'in-service' });
    }
    expect(drainingMs).toEqual({ consul: 60_000, [TARGETS]: DELAY_MS });
  });

  it('describes its target group with the load balancer', async () => {
    expect(await account.cloud.describeTargetGroups(BOTH)).toEqual([
      {
        name: 'consul',
        arn: expect.stringContaining(':targetgroup/consul/'),
        targetType: 'instance',
        healthCheck: { protocol: 'HTTP', path: '/v1/status/leader' },
        slowStartMs: 0,
        endsConnections: false,
        loadBalancers: [{ name: 'consul-application', type: 'application', scheme: 'internet-facing' }],
      },
    ]);
  });

  it('names those with cross-zone load balancing off: an application load balancer has it on', async () => {
    const { world, cluster, cloud } = account;
    const zonal = () => cloud.listZonalBalancers(BOTH);
    expect(await zonal()).toEqual(['consul']);
    const on = { CrossZoneLoadBalancing: { Enabled: true } };
    const classic = { LoadBalancerName: 'consul', LoadBalancerAttributes: on };
    world.call('elasticloadbalancing', 'ModifyLoadBalancerAttributes', classic);
    expect(await zonal()).toEqual([]);
    const TargetGroupArn = cluster.loadBalancers.find(({ kind }) => kind === 'application')?.pool;
    const Attributes = [{ Key: 'load_balancing.cross_zone.enabled', Value: 'false' }];
    world.call('elasticloadbalancingv2', 'ModifyTargetGroupAttributes', { TargetGroupArn, Attributes });
    expect(await zonal()).toEqual([TARGETS]);
  });

  it('deregisters a server from both, repeatedly, and registers it again', async () => {
    await account.cloud.deregister(TARGETS, [first]);
    await account.cloud.deregister(TARGETS, [first]);
    expect(await statesOf(first)).toEqual({ consul: 'in-service', [TARGETS]: 'draining' });
    account.advance(DELAY_MS);
    expect(await statesOf(first)).toEqual({ consul: 'in-service', [TARGETS]: 'absent' });
    await account.cloud.deregister('consul', [first]);
    expect(await statesOf(first)).toEqual({ consul: 'absent', [TARGETS]: 'absent' });
    await account.cloud.register(TARGETS, [first]);
    await account.cloud.register(TARGETS, [first]);
    expect(await statesOf(first)).toEqual({ consul: 'absent', [TARGETS]: 'registering' });
    account.advance(1_000);
    expect(await statesOf(first)).toEqual({ consul: 'absent', [TARGETS]: 'in-service' });
  });

  it('deregisters a server on every port', async () => {
    const arn = account.cluster.loadBalancers.find(({ kind }) => kind === 'application')?.pool;
    const Targets = [{ Id: first, Port: 8501 }];
    account.world.call('elasticloadbalancingv2', 'RegisterTargets', { TargetGroupArn: arn, Targets });
    account.advance(1_000);
    await account.cloud.deregister(TARGETS, [first]);
    account.advance(DELAY_MS);
    expect(await statesOf(first)).toMatchObject({ [TARGETS]: 'absent' });
  });

  it('accepts a server that no longer exists', async () => {
    account.world.call('ec2', 'TerminateInstances', { InstanceIds: [first] });
    account.advance(60_000);
    await account.cloud.deregister(TARGETS, [first, 'i-00000000000000000']);
  });

  it('reads settings once, and the health at every observation', async () => {
    await read();
    account.requests.length = 0;
    await read();
    expect(account.requests.filter((action) => /Target/.test(action))).toEqual(['DescribeTargetHealth']);
  });

  it('attaches both to another group', async () => {
    const { cloud, cluster } = account;
    await cloud.createLaunchConfiguration(cluster.launchConfigurationName, 'next', 'ami-0c0515ea000000002');
    await cloud.createGroup(group, 'next', { kind: 'launch-configuration', name: 'next' }, {});
    const attached = async () => (await cloud.describeCluster(['next'], [], [])).groups.map(listBalancers);
    expect(await attached()).toEqual([[]]);
    await cloud.attachLoadBalancers('next', BOTH);
    await cloud.attachLoadBalancers('next', BOTH);
    expect(await attached()).toEqual([BOTH]);
  });

  it('names a target group that no longer exists', async () => {
    await expect(account.cloud.describeCluster([group], [], ['target-group/gone'])).rejects.toMatchObject({
      code: 'target-group-not-found',
      message: expect.stringContaining('target group of the group does not exist any more'),
    });
  });
});

describe('a target group of addresses', () => {
  it('registers servers by their addresses', async () => {
    const account = await openAccount(3);
    const { VpcId } = account.world.call('ec2', 'DescribeVpcs', {}).Vpcs?.[0] ?? {};
    account.world.call('elasticloadbalancingv2', 'CreateTargetGroup', {
      Name: 'by-address',
      Protocol: 'TCP',
      Port: 8500,
      VpcId,
      TargetType: 'ip',
    });
    const name = 'target-group/by-address';
    const read = () => account.cloud.describeCluster([account.cluster.groupName], [], [name]);
    const [one] = (await read()).instances;
    await account.cloud.register(name, [one?.instanceId ?? '']);
    // Nothing forwards to it.
    expect((await read()).instances.map(({ balancers }) => balancers[name])).toEqual(['unused', 'absent', 'absent']);
    await account.cloud.deregister(name, [one?.instanceId ?? '']);
    expect((await read()).instances[0]?.balancers).toEqual({ [name]: 'absent' });
    await account.close();
  });
});
