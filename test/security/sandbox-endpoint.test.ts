import { request } from 'node:http';
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SERVICES, type ServiceDefinition } from '../../src/sandbox/endpoint/services.js';
import { INSTANCE_KEY } from '../../src/sandbox/instances/metadata.js';
import { type Account, KEYS, openAccount, openClients, signForm } from '../sandbox/endpoint/account.js';

let account: Account;
beforeEach(async () => {
  account = await openAccount();
});
afterEach(() => account.close());

const ATTACK = 'Action=RunInstances&Version=2016-11-15&ImageId=ami-1&MinCount=1&MaxCount=1&UserData=aWQ=';

/** Sends a request as it is; `fetch` would not set Host and Origin. */
function send(method: string, path: string, headers: Readonly<Record<string, string>>, body = '') {
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const { port } = account.endpoint;
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

describe("the sandbox's endpoint refuses", () => {
  it.each([
    ['a form without a signature', 'POST', '/', ATTACK],
    ['a link', 'GET', `/?${ATTACK}`, ''],
    [
      'a presigned link',
      'GET',
      `/?${ATTACK}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20260101%2Feu-west-1%2Fec2%2Faws4_request&X-Amz-SignedHeaders=host&X-Amz-Signature=0`,
      '',
    ],
  ])('%s', async (_what, method, path, body) => {
    const host = new URL(account.endpoint.url).host;
    const { status, text } = await send(method, path, { host }, body);
    expect([status, text]).toEqual([403, expect.stringContaining('<Code>MissingAuthenticationToken</Code>')]);
  });

  it.each([
    ['another secret key', { secretKey: 'sandbox' }],
    ["the operator's key in the name of an instance", { accessKeyId: INSTANCE_KEY }],
    ["the role's key in the name of the operator", { secretKey: KEYS.instances }],
  ])('a signature with %s', async (_what, options) => {
    const headers = await signForm(account.endpoint.url, ATTACK, { service: 'ec2', ...options });
    const { status, text } = await send('POST', '/', headers, ATTACK);
    expect([status, text]).toEqual([403, expect.stringContaining('<Code>SignatureDoesNotMatch</Code>')]);
  });

  it('a body, a query or a date that was not signed', async () => {
    const { url } = account.endpoint;
    const headers = await signForm(url, ATTACK, { service: 'ec2' });
    const tampered = [
      await send('POST', '/', headers, `${ATTACK}&DryRun=true`),
      await send('POST', '/?DryRun=true', headers, ATTACK),
      await send('POST', '/', { ...headers, 'x-amz-date': '20200101T000000Z' }, ATTACK),
      await send('POST', '/', { ...headers, 'x-amz-date': 'soon' }, ATTACK),
    ];
    expect(tampered.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  });

  it.each([
    ['of a web page', { origin: 'https://example.com' }],
    ['of a page without an origin', { origin: 'null' }],
    ['by a name that leads here', { host: 'rebound.example.com' }],
    ['by a name that begins like an address', { host: '127.0.0.1.example.com' }],
  ])('a signed request %s, and questions of its own', async (_what, headers) => {
    const signed = await signForm(account.endpoint.url, ATTACK, { service: 'ec2' });
    const answers = [
      await send('POST', '/', { ...signed, ...headers }, ATTACK),
      await send('GET', '/_sandbox/state', headers),
    ];
    for (const { status, text } of answers)
      expect([status, text]).toEqual([403, expect.stringContaining('no web page')]);
  });
});

describe('the keys of the role that instances have', () => {
  const call = async ({ signingName, version, dialect, target }: ServiceDefinition, action: string, rest = '') => {
    const isJson = dialect === 'json';
    const body = isJson ? '{}' : `Action=${action}&Version=${version}${rest}`;
    const named: Record<string, string> = isJson
      ? { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${target}.${action}` }
      : {};
    const keys = { accessKeyId: INSTANCE_KEY, secretKey: KEYS.instances };
    const headers = await signForm(account.endpoint.url, body, { service: signingName, ...keys, headers: named });
    return send('POST', '/', headers, body);
  };
  const serviceOf = (name: string) => {
    const found = Object.values(SERVICES).find((service) => service.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };

  it('launch nothing and change nothing: of all operations, they only describe instances and groups', async () => {
    const answered: string[] = [];
    for (const service of Object.values(SERVICES)) {
      for (const action of Object.keys(service.operations)) {
        const { status, text } = await call(service, action);
        if (status === 200) answered.push(`${service.name}:${action}`);
        else expect([action, status, text]).toEqual([action, 403, expect.stringContaining('assumed-role/')]);
      }
    }
    expect(answered.sort()).toEqual([
      'autoscaling:DescribeAutoScalingGroups',
      'autoscaling:DescribeAutoScalingInstances',
      'autoscaling:DescribeTags',
      'ec2:DescribeInstances',
      'ec2:DescribeTags',
      'sts:GetCallerIdentity',
    ]);
  });

  it('do not run a script of their own through a launch configuration and a group', async () => {
    const scaling = serviceOf('autoscaling');
    const script = '&LaunchConfigurationName=x&ImageId=ami-1&InstanceType=t2.medium&UserData=aWQ=';
    const group = '&AutoScalingGroupName=x&LaunchConfigurationName=x&MinSize=1&MaxSize=1';
    for (const [action, rest] of [
      ['CreateLaunchConfiguration', script],
      ['CreateAutoScalingGroup', group],
    ] as const)
      expect(await call(scaling, action, rest)).toMatchObject({
        status: 403,
        text: expect.stringContaining('AccessDenied'),
      });
    expect(account.world.inside.groups.size).toBe(0);
  });

  it('stay limited under a policy that limits the others less', async () => {
    account.endpoint.enforce({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
    });
    expect(await call(serviceOf('autoscaling'), 'CreateLaunchConfiguration')).toMatchObject({ status: 403 });
  });
});

it('the clients of AWS sign what the endpoint accepts, query and odd characters included', async () => {
  const clients = openClients(account.endpoint.url);
  const names = ["it's a group / ~ * + é %2F"];
  const { AutoScalingGroups } = await clients.scaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: names }),
  );
  expect(AutoScalingGroups).toEqual([]);
  for (const client of Object.values(clients)) client.destroy();
});
