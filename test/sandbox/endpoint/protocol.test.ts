import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PortTakenError, startEndpoint } from '../../../src/sandbox/endpoint/endpoint.js';
import { INSTANCE_KEY } from '../../../src/sandbox/instances/metadata.js';
import { type Account, KEYS, openAccount, signForm } from './account.js';

let account: Account;
beforeEach(async () => {
  account = await openAccount();
});
afterEach(() => account.close());

async function post(body: string, options?: Parameters<typeof signForm>[2]) {
  const { url } = account.endpoint;
  return fetch(url, { method: 'POST', body, headers: await signForm(url, body, options) });
}

describe('an error', () => {
  test('of the query services has their form', async () => {
    const answer = await post('Action=SetDesiredCapacity&AutoScalingGroupName=%3Cg%3E&DesiredCapacity=1');
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('text/xml');
    expect(await answer.text()).toMatch(
      /^<ErrorResponse><Error><Type>Sender<\/Type><Code>ValidationError<\/Code><Message>AutoScalingGroup name not found - AutoScalingGroup '&lt;g&gt;' not found<\/Message><\/Error><RequestId>[0-9a-f-]{36}<\/RequestId><\/ErrorResponse>$/,
    );
  });

  test('of EC2 has its own', async () => {
    const answer = await post('Action=Nonsense', { service: 'ec2' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(
      /^<Response><Errors><Error><Code>InvalidAction<\/Code><Message>The action Nonsense is not valid for this web service.<\/Message><\/Error><\/Errors><RequestID>[0-9a-f-]{36}<\/RequestID><\/Response>$/,
    );
  });

  test('of a JSON service is JSON', async () => {
    const ask = async (body: string, service: string, action: string) => {
      const answer = await post(body, { service, headers: { 'x-amz-target': action } });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/x-amz-json-1.1']);
      return answer.json();
    };
    expect(await ask('{"Name":"/none"}', 'ssm', 'AmazonSSM.GetParameter')).toMatchObject({
      __type: 'ParameterNotFound',
    });
    expect(await ask('[]', 'ssm', 'AmazonSSM.GetParameter')).toMatchObject({ __type: 'SerializationException' });
    expect(await ask('{"Name":', 'ssm', 'AmazonSSM.GetParameter')).toMatchObject({ __type: 'SerializationException' });
    expect(await ask('{}', 'ssm', 'AmazonSSM.toString')).toMatchObject({ __type: 'InvalidAction' });
    expect(await ask('{}', 'ssm', 'DynamoDB.GetParameter')).toMatchObject({ __type: 'MissingAction' });
    expect(await ask('{}', 'dynamodb', 'DynamoDB_20120810.GetItem')).toEqual({
      __type: 'InvalidAction',
      message: 'The sandbox does not have the service dynamodb.',
    });
  });
});

describe('a request', () => {
  test('with expired credentials is refused with each service’s error', async () => {
    account.endpoint.expire('AKID');
    const asks = (service: string) => ({ service, accessKeyId: 'AKID' });
    const scaling = await post('Action=DescribeAutoScalingGroups&Version=2011-01-01', asks('autoscaling'));
    expect([scaling.status, await scaling.text()]).toEqual([403, expect.stringContaining('ExpiredToken')]);
    const ec2 = await post('Action=DescribeVpcs&Version=2016-11-15', asks('ec2'));
    expect([ec2.status, await ec2.text()]).toEqual([400, expect.stringContaining('RequestExpired')]);
  });

  test('with malformed credentials is refused', async () => {
    const headers = { authorization: 'Bearer x' };
    const answer = await fetch(account.endpoint.url, { method: 'POST', body: 'Action=DescribeTags', headers });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('<Code>IncompleteSignature</Code>');
  });

  test.each([
    ['nothing', ''],
    ['no action', 'Version=2011-01-01'],
    ['binary', '\u0000\u0001%%%=&&&='],
    ['an inherited name', 'Action=toString'],
    ['an invalid number', 'Action=SetDesiredCapacity&AutoScalingGroupName=g&DesiredCapacity=many'],
    ['a deep name', `Action=DescribeTags&${'a.'.repeat(100)}=1`],
  ])('with %s gets an AWS error', async (_what, body) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(/^<ErrorResponse><Error><Type>Sender<\/Type><Code>\w+<\/Code>/);
  });

  test('too long gets an AWS error', async () => {
    const answer = await post(`Action=DescribeTags&x=${'x'.repeat(5_000_000)}`);
    expect(answer.status).toBe(413);
    expect(await answer.text()).toContain('<Code>RequestEntityTooLarge</Code>');
  });
});

test('the sandbox serves its own health and state', async () => {
  const health = await fetch(`${account.endpoint.url}/_sandbox/health`);
  expect(await health.json()).toEqual({ status: 'ok' });
  const state = await fetch(`${account.endpoint.url}/_sandbox/state`);
  expect(await state.json()).toMatchObject({ region: 'eu-west-1', accountId: '000000000000', balancers: [] });
});

test('the calls of the operator are counted by their names in IAM, and those of the instances are not', async () => {
  const describeGroups = 'Action=DescribeAutoScalingGroups&Version=2011-01-01';
  await post(describeGroups);
  await post(describeGroups);
  await post('Action=SetDesiredCapacity&Version=2011-01-01&AutoScalingGroupName=g&DesiredCapacity=1');
  await post(describeGroups, { accessKeyId: INSTANCE_KEY, secretKey: KEYS.instances });
  await post('Action=Nonsense&Version=2011-01-01');
  await post(describeGroups, { secretKey: 'another' });
  expect(Object.fromEntries(account.endpoint.calls())).toEqual({
    'autoscaling:DescribeAutoScalingGroups': 2,
    'autoscaling:SetDesiredCapacity': 1,
  });
});

test('a taken port is a clear error', async () => {
  const { world, endpoint } = account;
  const second = startEndpoint({ aws: world, host: '127.0.0.1', port: endpoint.port, keys: KEYS });
  await expect(second).rejects.toBeInstanceOf(PortTakenError);
});
