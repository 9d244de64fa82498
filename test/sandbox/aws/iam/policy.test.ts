import { DescribeAutoScalingGroupsCommand, SuspendProcessesCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { DescribeLoadBalancersCommand } from '@aws-sdk/client-elastic-load-balancing';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluatePolicy, policySchema } from '../../../../src/sandbox/aws/iam/policy.js';
import { type Account, openAccount } from '../../endpoint/account.js';

const policy = (...Statement: object[]) => policySchema.parse({ Version: '2012-10-17', Statement });
const allow = (Action: unknown, Resource: unknown = '*', Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const asked = (action: string, resource = '*', context = {}) => ({ action, resource, context });

describe('a policy', () => {
  it('allows by action and resource, both with wildcards', () => {
    const one = policy(allow(['ec2:Describe*', 'ec2:RunInstance?'], 'arn:aws:ec2:*:*:thing/consul-??'));
    expect(evaluatePolicy(one, asked('ec2:DescribeImages', 'arn:aws:ec2:x:1:thing/consul-ab'))).toBe('allowed');
    expect(evaluatePolicy(one, asked('EC2:runinstances', 'arn:aws:ec2:x:1:thing/consul-ab'))).toBe('allowed');
    expect(evaluatePolicy(one, asked('ec2:DescribeImages', 'arn:aws:ec2:x:1:thing/consul-abc'))).toBe('not allowed');
    expect(evaluatePolicy(one, asked('ec2:CreateTags', 'arn:aws:ec2:x:1:thing/consul-ab'))).toBe('not allowed');
  });

  it('checks conditions on the context of the request; missing context does not match', () => {
    const tag = 'aws:ResourceTag/team';
    const one = policy(allow('a:B', '*', { StringEquals: { [tag]: ['x*', 'y'] }, StringLike: { k: 'l*' } }));
    expect(evaluatePolicy(one, asked('a:B', '*', { [tag]: 'y', k: 'long' }))).toBe('allowed');
    expect(evaluatePolicy(one, asked('a:B', '*', { [tag]: 'xx', k: 'long' }))).toBe('not allowed');
    expect(evaluatePolicy(one, asked('a:B', '*', { [tag]: 'y' }))).toBe('not allowed');
  });

  it('holds a condition on several values as AWS does', () => {
    const keys = 'aws:TagKeys';
    const says = (Condition: object, context: object) =>
      evaluatePolicy(policy(allow('a:B', '*', Condition)), asked('a:B', '*', context));
    const all = { 'ForAllValues:StringLike': { [keys]: ['x*', 'y'] } };
    expect(says(all, { [keys]: ['x1', 'y'] })).toBe('allowed');
    expect(says(all, { [keys]: ['x1', 'z'] })).toBe('not allowed');
    expect(says(all, {})).toBe('allowed');
    expect(says({ ...all, Null: { [keys]: 'false' } }, {})).toBe('not allowed');
    expect(says({ ...all, Null: { [keys]: 'false' } }, { [keys]: ['y'] })).toBe('allowed');
    const any = { 'ForAnyValue:StringEquals': { [keys]: ['y'] } };
    expect([says(any, { [keys]: ['z', 'y'] }), says(any, { [keys]: ['Y'] }), says(any, {})]).toEqual([
      'allowed',
      'not allowed',
      'not allowed',
    ]);
    // Values are case-sensitive, names of keys are not.
    expect(says(all, { 'AWS:tagkeys': ['X1'] })).toBe('not allowed');
  });

  it('lets a condition be about the requests that have its key only', () => {
    const says = (operator: string, context: object) =>
      evaluatePolicy(policy(allow('a:B', '*', { [operator]: { force: 'false' } })), asked('a:B', '*', context));
    expect([says('BoolIfExists', {}), says('Bool', {})]).toEqual(['allowed', 'not allowed']);
    for (const operator of ['BoolIfExists', 'Bool']) {
      expect([says(operator, { force: 'False' }), says(operator, { force: 'true' })]).toEqual([
        'allowed',
        'not allowed',
      ]);
    }
  });

  it('takes an escaped wildcard for that character, and everything but the resources of NotResource', () => {
    const one = policy(allow('a:B', ['thing/$' + '{*}', 'other/$' + '{?}$' + '{$}']));
    expect(evaluatePolicy(one, asked('a:B', 'thing/*'))).toBe('allowed');
    expect(evaluatePolicy(one, asked('a:B', 'thing/x'))).toBe('not allowed');
    expect(evaluatePolicy(one, asked('a:B', 'other/?$'))).toBe('allowed');
    const not = policy({ Effect: 'Allow', Action: 'a:B', NotResource: 'image/*' });
    expect(evaluatePolicy(not, asked('a:B', 'subnet/1'))).toBe('allowed');
    expect(evaluatePolicy(not, asked('a:B', 'image/1'))).toBe('not allowed');
  });

  it('denies even if another statement allows', () => {
    const one = policy(allow('*'), { Effect: 'Deny', Action: 'a:B', Resource: '*' });
    expect(evaluatePolicy(one, asked('a:B'))).toBe('denied');
    expect(evaluatePolicy(one, asked('a:C'))).toBe('allowed');
  });

  it('is refused if the sandbox cannot enforce all of it', () => {
    expect(() => policy({ Effect: 'Allow', Action: 'a:B' })).toThrow();
    expect(() => policy({ ...allow('a:B'), NotResource: 'x' })).toThrow();
    expect(() => policy(allow('a:B', '*', { 'ForAllValues:Null': { x: 'true' } }))).toThrow();
    expect(() => policy({ Effect: 'Allow', NotAction: 'a:B', Resource: '*' })).toThrow();
    expect(() => policy(allow('a:B', '*', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }))).toThrow();
  });
});

describe('an account with a policy', () => {
  let account: Account;
  const groups = 'arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName';
  beforeAll(async () => {
    account = await openAccount();
    account.endpoint.enforce(policy(allow('autoscaling:*', `${groups}/mine-*`)));
  });
  afterAll(() => account.close());

  const suspend = (AutoScalingGroupName: string) =>
    account.scaling.send(new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses: ['Launch'] }));
  const refused = (name: string, action: string, more = '') => ({
    name,
    $metadata: { httpStatusCode: 403 },
    message: expect.stringContaining(
      `User: arn:aws:iam::000000000000:user/sandbox is not authorized to perform: ${action}${more} because no identity-based policy allows the ${action} action`,
    ),
  });

  it('refuses in the words and the protocol of each service', async () => {
    await expect(account.scaling.send(new DescribeAutoScalingGroupsCommand({}))).rejects.toMatchObject(
      refused('AccessDenied', 'autoscaling:DescribeAutoScalingGroups'),
    );
    await expect(account.balancing.send(new DescribeLoadBalancersCommand({}))).rejects.toMatchObject(
      refused('AccessDenied', 'elasticloadbalancing:DescribeLoadBalancers'),
    );
    await expect(account.ec2.send(new DescribeInstancesCommand({ DryRun: true }))).rejects.toMatchObject(
      refused('UnauthorizedOperation', 'ec2:DescribeInstances'),
    );
  });

  it('refuses before it reads the named resource, and names it', async () => {
    const arn = 'arn:aws:autoscaling:eu-west-1:000000000000:autoScalingGroup:*:autoScalingGroupName/yours';
    await expect(suspend('yours')).rejects.toMatchObject(
      refused('AccessDenied', 'autoscaling:SuspendProcesses', ` on resource: ${arn}`),
    );
    await expect(suspend('mine-1')).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('answers GetCallerIdentity to every caller', async () => {
    const caller = await account.sts.send(new GetCallerIdentityCommand({}));
    expect(caller).toMatchObject({ Arn: 'arn:aws:iam::000000000000:user/sandbox' });
  });

  it('launches only through groups, and answers a dry run', async () => {
    account.endpoint.enforce(policy(allow('ec2:RunInstances')));
    const run = (DryRun: boolean) => account.ec2.send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1, DryRun }));
    await expect(run(true)).rejects.toMatchObject({ name: 'DryRunOperation' });
    await expect(run(false)).rejects.toMatchObject({ name: 'UnsupportedOperation' });
  });
});
