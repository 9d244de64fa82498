import {
  AddTagsCommand,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  ModifyListenerCommand,
  ModifyLoadBalancerAttributesCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  RemoveTagsCommand,
  SetRulePrioritiesCommand,
  SetSubnetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Account, openAccount } from './account.js';
import { makeFront, makeTargetGroup, SUBNETS, VPC } from './targets.js';

let account: Account;
beforeEach(async () => {
  account = await openAccount();
});
afterEach(() => account.close());

/** Sends a command of the second load balancing service. */
const send: Account['targets']['send'] = (command: never) => account.targets.send(command);

describe('a load balancer', () => {
  test('is provisioning, then active, and described by name and by ARN', async () => {
    const input = { Name: 'web', Subnets: SUBNETS, Scheme: 'internal' as const };
    const { LoadBalancers: [made] = [] } = await send(new CreateLoadBalancerCommand(input));
    expect(made).toMatchObject({
      LoadBalancerName: 'web',
      LoadBalancerArn: expect.stringMatching(
        /^arn:aws:elasticloadbalancing:eu-west-1:000000000000:loadbalancer\/app\/web\/[0-9a-f]{16}$/,
      ),
      Scheme: 'internal',
      Type: 'application',
      VpcId: VPC,
      State: { Code: 'provisioning' },
      SecurityGroups: ['sg-0c0515ea000000001'],
      CreatedTime: new Date('2026-01-01T12:00:00Z'),
    });
    account.advance(2_000);
    const byName = await send(new DescribeLoadBalancersCommand({ Names: ['web'] }));
    expect(byName.LoadBalancers).toEqual([{ ...made, State: { Code: 'active' } }]);
    const again = await send(new CreateLoadBalancerCommand(input));
    expect(again.LoadBalancers?.[0]?.LoadBalancerArn).toBe(made?.LoadBalancerArn);
  });

  test.each([
    [{ Name: 'web', Subnets: SUBNETS.slice(1) }, 'DuplicateLoadBalancerNameException'],
    [{ Name: 'web', Subnets: SUBNETS, Type: 'network' as const }, 'DuplicateLoadBalancerNameException'],
    [{ Name: 'one-zone', Subnets: SUBNETS.slice(2) }, 'ValidationError'],
    [{ Name: 'no_such-name', Subnets: SUBNETS }, 'ValidationError'],
    [{ Name: 'x', Subnets: ['subnet-1', 'subnet-2'] }, 'SubnetNotFoundException'],
    [{ Name: 'x', Subnets: SUBNETS, SecurityGroups: ['sg-1'] }, 'InvalidSecurityGroupException'],
    [{ Name: 'x', Subnets: SUBNETS, Type: 'gateway' as const }, 'InvalidConfigurationRequestException'],
  ])('is refused: %j', async (input, name) => {
    await send(new CreateLoadBalancerCommand({ Name: 'web', Subnets: SUBNETS }));
    await expect(send(new CreateLoadBalancerCommand(input))).rejects.toMatchObject({ name });
  });

  test('changes its attributes and subnets, and keeps the rest', async () => {
    const LoadBalancerArn = await makeFront(account, await makeTargetGroup(account));
    const Attributes = [{ Key: 'idle_timeout.timeout_seconds', Value: '7' }];
    await send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes }));
    const now = await send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }));
    expect(now.Attributes).toEqual(
      expect.arrayContaining([...Attributes, { Key: 'routing.http2.enabled', Value: 'true' }]),
    );
    const { AvailabilityZones = [] } = await send(
      new SetSubnetsCommand({ LoadBalancerArn, Subnets: SUBNETS.slice(1) }),
    );
    expect(AvailabilityZones.map((zone) => zone.ZoneName)).toEqual(['eu-west-1b', 'eu-west-1c']);
  });

  test('is not deleted while protected; a missing one is ignored', async () => {
    const LoadBalancerArn = await makeFront(account, await makeTargetGroup(account));
    const protect = (Value: string) =>
      send(
        new ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn,
          Attributes: [{ Key: 'deletion_protection.enabled', Value }],
        }),
      );
    const remove = () => send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
    await protect('true');
    await expect(remove()).rejects.toMatchObject({ name: 'OperationNotPermittedException' });
    await protect('false');
    await remove();
    await remove();
    const describing = send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [LoadBalancerArn] }));
    await expect(describing).rejects.toMatchObject({ name: 'LoadBalancerNotFoundException' });
  });
});

describe('a target group', () => {
  test('has the defaults of its protocol', async () => {
    const described = async (Name: string, Protocol: 'HTTP' | 'TCP') => {
      const input = { Name, Protocol, Port: 8500, VpcId: VPC };
      const { TargetGroups = [] } = await send(new CreateTargetGroupCommand(input));
      return TargetGroups[0];
    };
    expect(await described('http', 'HTTP')).toMatchObject({
      TargetGroupArn: expect.stringMatching(/:targetgroup\/http\/[0-9a-f]{16}$/),
      HealthCheckProtocol: 'HTTP',
      HealthCheckPath: '/',
      HealthCheckPort: 'traffic-port',
      HealthCheckIntervalSeconds: 30,
      HealthCheckTimeoutSeconds: 5,
      HealthyThresholdCount: 5,
      UnhealthyThresholdCount: 2,
      Matcher: { HttpCode: '200' },
      TargetType: 'instance',
      LoadBalancerArns: [],
    });
    expect(await described('tcp', 'TCP')).toMatchObject({ HealthCheckProtocol: 'TCP', HealthCheckTimeoutSeconds: 10 });
  });

  test('created again identically is the same one, and another of its name is refused', async () => {
    const input = { Name: 'consul', Protocol: 'HTTP' as const, Port: 8500, VpcId: VPC };
    const { TargetGroups: [first] = [] } = await send(new CreateTargetGroupCommand(input));
    const { TargetGroups: [second] = [] } = await send(new CreateTargetGroupCommand(input));
    expect(second).toEqual(first);
    const other = send(new CreateTargetGroupCommand({ ...input, Port: 8501 }));
    await expect(other).rejects.toMatchObject({ name: 'DuplicateTargetGroupNameException' });
  });

  test.each([
    [{ HealthCheckTimeoutSeconds: 10 }],
    [{ HealthCheckTimeoutSeconds: 10, HealthCheckIntervalSeconds: 9 }],
    [{ HealthyThresholdCount: 11 }],
    [{ Matcher: { HttpCode: '2xx' } }],
    [{ TargetType: 'lambda' as const }],
    [{ VpcId: 'vpc-1' }],
    [{ Port: 0 }],
  ])('is refused: %j', async (change) => {
    await expect(makeTargetGroup(account, change)).rejects.toMatchObject({ name: 'ValidationError' });
  });

  test('changes its health check and its attributes, and keeps the rest', async () => {
    const TargetGroupArn = await makeTargetGroup(account);
    await send(new ModifyTargetGroupCommand({ TargetGroupArn, HealthCheckPath: '/v1/status/leader' }));
    const { TargetGroups = [] } = await send(new DescribeTargetGroupsCommand({ Names: ['consul'] }));
    expect(TargetGroups[0]).toMatchObject({ HealthCheckPath: '/v1/status/leader', HealthCheckIntervalSeconds: 10 });
    const { Attributes = [] } = await send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn }));
    expect(Attributes).toContainEqual({ Key: 'deregistration_delay.timeout_seconds', Value: '40' });
    expect(Attributes).toContainEqual({ Key: 'slow_start.duration_seconds', Value: '0' });
  });

  test.each([
    ['deregistration_delay.timeout_seconds', '3601'],
    ['no.such.attribute', '1'],
  ])('does not take the attribute %s=%s', async (Key, Value) => {
    const TargetGroupArn = await makeTargetGroup(account);
    const modify = new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes: [{ Key, Value }] });
    await expect(send(modify)).rejects.toMatchObject({ name: 'ValidationError' });
  });

  test('is listed with its load balancer, and not deleted while that forwards to it', async () => {
    const TargetGroupArn = await makeTargetGroup(account);
    const LoadBalancerArn = await makeFront(account, TargetGroupArn);
    const { TargetGroups = [] } = await send(new DescribeTargetGroupsCommand({ LoadBalancerArn }));
    expect(TargetGroups.map((one) => one.LoadBalancerArns)).toEqual([[LoadBalancerArn]]);
    const remove = () => send(new DeleteTargetGroupCommand({ TargetGroupArn }));
    await expect(remove()).rejects.toMatchObject({ name: 'ResourceInUseException' });
    await send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
    await remove();
    const describing = send(new DescribeTargetGroupsCommand({ TargetGroupArns: [TargetGroupArn] }));
    await expect(describing).rejects.toMatchObject({ name: 'TargetGroupNotFoundException' });
  });

  test('more than 20 are not described by name at a time', async () => {
    const Names = Array.from({ length: 21 }, (_, n) => `t-${n}`);
    await expect(send(new DescribeTargetGroupsCommand({ Names }))).rejects.toMatchObject({
      name: 'ValidationError',
      message: "You cannot describe more than '20' target groups at a time",
    });
  });
});

describe('a listener', () => {
  test('forwards as configured, is modified and deleted', async () => {
    const TargetGroupArn = await makeTargetGroup(account);
    const LoadBalancerArn = await makeFront(account, TargetGroupArn);
    const { Listeners: [listener] = [] } = await send(new DescribeListenersCommand({ LoadBalancerArn }));
    expect(listener).toMatchObject({
      LoadBalancerArn,
      Port: 80,
      Protocol: 'HTTP',
      DefaultActions: [
        { Type: 'forward', TargetGroupArn, ForwardConfig: { TargetGroups: [{ TargetGroupArn, Weight: 1 }] } },
      ],
    });
    const ListenerArn = listener?.ListenerArn;
    const modified = await send(new ModifyListenerCommand({ ListenerArn, Port: 81 }));
    expect(modified.Listeners).toEqual([{ ...listener, Port: 81 }]);
    await send(new DeleteListenerCommand({ ListenerArn }));
    await expect(send(new DescribeListenersCommand({ ListenerArns: [ListenerArn ?? ''] }))).rejects.toMatchObject({
      name: 'ListenerNotFoundException',
    });
  });

  test.each([
    ['a port that is taken', { Port: 80 }, 'DuplicateListenerException'],
    ['a protocol of the other type', { Port: 81, Protocol: 'TCP' as const }, 'ValidationError'],
    ['no certificate', { Port: 81, Protocol: 'HTTPS' as const }, 'CertificateNotFoundException'],
  ])('with %s is refused', async (_what, change, name) => {
    const TargetGroupArn = await makeTargetGroup(account);
    const LoadBalancerArn = await makeFront(account, TargetGroupArn);
    const create = new CreateListenerCommand({
      LoadBalancerArn,
      Protocol: 'HTTP',
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
      ...change,
    });
    await expect(send(create)).rejects.toMatchObject({ name });
  });

  test('does not forward to a target group of another protocol or of another load balancer', async () => {
    const TargetGroupArn = await makeTargetGroup(account);
    await makeFront(account, TargetGroupArn);
    await expect(makeFront(account, TargetGroupArn, { name: 'second' })).rejects.toMatchObject({
      name: 'TargetGroupAssociationLimitException',
    });
    await expect(makeFront(account, TargetGroupArn, { name: 'third', type: 'network' })).rejects.toMatchObject({
      name: 'InvalidConfigurationRequestException',
    });
  });
});

test('rules are kept by priority, the default one last and undeletable', async () => {
  const TargetGroupArn = await makeTargetGroup(account);
  const LoadBalancerArn = await makeFront(account, TargetGroupArn);
  const { Listeners: [listener] = [] } = await send(new DescribeListenersCommand({ LoadBalancerArn }));
  const ListenerArn = listener?.ListenerArn;
  const rule = (Priority: number) =>
    send(
      new CreateRuleCommand({
        ListenerArn,
        Priority,
        Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/v1/*'] } }],
        Actions: [{ Type: 'forward', TargetGroupArn }],
      }),
    );
  const { Rules: [twenty] = [] } = await rule(20);
  await rule(10);
  await expect(rule(10)).rejects.toMatchObject({ name: 'PriorityInUseException' });
  const RulePriorities = [{ RuleArn: twenty?.RuleArn, Priority: 5 }];
  await send(new SetRulePrioritiesCommand({ RulePriorities }));
  const { Rules = [] } = await send(new DescribeRulesCommand({ ListenerArn }));
  expect(Rules.map((one) => one.Priority)).toEqual(['5', '10', 'default']);
  const removed = (RuleArn: string | undefined) => send(new DeleteRuleCommand({ RuleArn }));
  await expect(removed(Rules[2]?.RuleArn)).rejects.toMatchObject({ name: 'OperationNotPermittedException' });
  await removed(twenty?.RuleArn);
  await expect(removed(twenty?.RuleArn)).rejects.toMatchObject({ name: 'RuleNotFoundException' });
});

test('load balancers, listeners, rules and target groups carry tags', async () => {
  const target = await makeTargetGroup(account, { Tags: [{ Key: 'Name', Value: 'consul' }] });
  const LoadBalancerArn = await makeFront(account, target);
  const { Listeners: [listener] = [] } = await send(new DescribeListenersCommand({ LoadBalancerArn }));
  const { Rules: [rule] = [] } = await send(new DescribeRulesCommand({ ListenerArn: listener?.ListenerArn }));
  const ResourceArns = [target, LoadBalancerArn, listener?.ListenerArn ?? '', rule?.RuleArn ?? ''];
  await send(new AddTagsCommand({ ResourceArns, Tags: [{ Key: 'team', Value: 'a' }] }));
  await send(new RemoveTagsCommand({ ResourceArns: [target], TagKeys: ['Name'] }));
  const { TagDescriptions = [] } = await send(new DescribeTagsCommand({ ResourceArns }));
  expect(TagDescriptions).toEqual(
    ResourceArns.map((ResourceArn) => ({ ResourceArn, Tags: [{ Key: 'team', Value: 'a' }] })),
  );
});
