import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCloud } from '../../../src/lib/aws/connect.js';
import { CREDENTIALS } from './sandbox-account.js';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** An AWS that answers every call with this error. */
async function refusing(code: string, message: string, status: number) {
  const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
  return served((_, response) => response.writeHead(status, { 'content-type': 'text/xml' }).end(body));
}

/** @param requestTimeoutMs longer than a loaded machine takes to answer, unless a test waits for it */
async function served(listener: Parameters<typeof createServer>[1], requestTimeoutMs = 10_000) {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  return createCloud({ region: 'eu-west-1', endpoint, credentials: CREDENTIALS, maxAttempts: 1, requestTimeoutMs });
}

describe('an error of AWS', () => {
  it.each([
    ['ExpiredToken', 403, 'no-credentials', 'expired'],
    ['InvalidClientTokenId', 403, 'no-credentials', 'does not accept'],
    ['AccessDenied', 403, 'access-denied', 'autoscaling:SuspendProcesses'],
    ['Throttling', 400, 'aws-throttled', 'throttling'],
    ['ScalingActivityInProgress', 400, 'aws-busy', 'busy'],
    ['ResourceContentionFault', 400, 'aws-busy', 'busy'],
    ['LimitExceeded', 400, 'aws-limit', 'quota'],
    ['ServiceUnavailable', 503, 'aws-unavailable', 'failed to answer'],
    ['SomethingNew', 500, 'aws-unavailable', 'failed to answer'],
  ])('%s (%i) becomes %s', async (awsCode, status, code, words) => {
    const cloud = await refusing(awsCode, 'the words of AWS', status);
    await expect(cloud.suspendProcesses('group', ['Launch'])).rejects.toMatchObject({
      name: 'RollError',
      code,
      kind: 'refused',
      message: expect.stringContaining(words),
      next: expect.stringMatching(/.{10}/),
    });
  });

  it('names the action in the remedy when it is denied', async () => {
    const cloud = await refusing('AccessDenied', 'User: arn:aws:iam::1:user/x is not authorized', 403);
    await expect(cloud.deleteGroup('group')).rejects.toMatchObject({ next: expect.stringContaining('autoscaling:') });
  });

  it('names the refused action where a call needs more than its own', async () => {
    const words = 'User: arn:aws:iam::1:user/x is not authorized to perform: iam:PassRole on resource: arn:x';
    const cloud = await refusing('AccessDenied', words, 403);
    await expect(cloud.deleteGroup('group')).rejects.toMatchObject({
      message: expect.stringContaining('iam:PassRole'),
      next: expect.stringContaining('allow iam:PassRole'),
    });
  });

  it('passes through if the operator cannot act on it', async () => {
    const cloud = await refusing('ValidationError', 'something is odd', 400);
    await expect(cloud.suspendProcesses('group', ['Launch'])).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'something is odd',
    });
  });

  it('is undefined where a permission is missing that only preflight needs', async () => {
    const cloud = await refusing('AccessDenied', 'no', 403);
    expect(await cloud.readQuota()).toBeUndefined();
    expect(await cloud.findArchitectures('t3.small')).toBeUndefined();
    await expect(cloud.readCaller()).rejects.toMatchObject({ code: 'access-denied' });
  });

  it('is a time-out when AWS does not answer', async () => {
    const cloud = await served(() => {}, 300);
    await expect(cloud.readCaller()).rejects.toMatchObject({ code: 'aws-unreachable' });
  });

  it.each([
    [502, '<html>Bad gateway</html>'],
    [503, ''],
    [200, '{ "not": "XML" }'],
    [200, '<DescribeAutoScalingGroupsResponse><DescribeAuto'],
  ])('is an unavailable AWS for status %i with %j', async (status, body) => {
    const cloud = await served((_, response) => response.writeHead(status).end(body));
    await expect(cloud.findGroups('consul')).rejects.toMatchObject({ code: 'aws-unavailable' });
  });

  it('says that the effect is unknown, unless the call only reads', async () => {
    const cloud = await served(() => {}, 300);
    const unknown = { state: expect.stringContaining('is not known'), passing: true };
    await expect(cloud.suspendProcesses('group', ['Launch'])).rejects.toMatchObject(unknown);
    const asked = { state: 'This call only reads, so it changed nothing.', passing: true };
    await expect(cloud.findGroups('consul')).rejects.toMatchObject(asked);
    await expect(cloud.readCaller()).rejects.toMatchObject(asked);
  });

  it('is not retried at once for a call that never reached AWS', async () => {
    const nowhere = 'http://127.0.0.1:9';
    const region = 'eu-west-1';
    const cloud = createCloud({ region, endpoint: nowhere, credentials: CREDENTIALS, maxAttempts: 1 });
    await expect(cloud.suspendProcesses('group', ['Launch'])).rejects.toMatchObject({
      code: 'aws-unreachable',
      state: 'The call never reached AWS, so it changed nothing.',
      passing: false,
    });
  });
});

describe('without', () => {
  beforeEach(() => {
    for (const name of Object.keys(process.env).filter((each) => each.startsWith('AWS_'))) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  });
  afterEach(() => vi.unstubAllEnvs());

  it('missing credentials are an error with the remedy', async () => {
    const cloud = createCloud({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:9', maxAttempts: 1 });
    await expect(cloud.readCaller()).rejects.toMatchObject({
      name: 'RollError',
      code: 'no-credentials',
      kind: 'refused',
      next: expect.stringContaining('AWS_PROFILE'),
    });
  });

  it('a missing region is an error with the remedy', async () => {
    const cloud = createCloud({ credentials: CREDENTIALS, maxAttempts: 1 });
    await expect(cloud.findGroups('consul')).rejects.toMatchObject({
      name: 'RollError',
      code: 'no-region',
      next: expect.stringContaining('AWS_REGION'),
    });
  });

  it('a missing profile is an error with the remedy', async () => {
    vi.stubEnv('AWS_PROFILE', 'no-such-profile');
    const cloud = createCloud({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:9', maxAttempts: 1 });
    await expect(cloud.readCaller()).rejects.toMatchObject({ code: 'no-credentials' });
  });
});

describe('user data', () => {
  it('is not quoted when AWS quotes it', async () => {
    const secret = Buffer.from('password=hunter2 '.repeat(20)).toString('base64');
    const described = `<DescribeLaunchConfigurationsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><DescribeLaunchConfigurationsResult><LaunchConfigurations><member><LaunchConfigurationName>old</LaunchConfigurationName><ImageId>ami-1</ImageId><InstanceType>t3.small</InstanceType><CreatedTime>2026-01-02T03:04:05Z</CreatedTime><UserData>${secret}</UserData></member></LaunchConfigurations></DescribeLaunchConfigurationsResult></DescribeLaunchConfigurationsResponse>`;
    const cloud = await served(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const asked = new URLSearchParams(Buffer.concat(chunks).toString());
      if (asked.get('Action') === 'DescribeLaunchConfigurations') {
        const isOld = asked.get('LaunchConfigurationNames.member.1') === 'old';
        return response.end(isOld ? described : described.replace(/<member>.*<\/member>/, ''));
      }
      if (asked.get('Action') === 'DescribeImages') {
        return response.end('<DescribeImagesResponse><imagesSet/></DescribeImagesResponse>');
      }
      const Message = `Value '${secret}' at 'userData' failed to satisfy constraint`;
      response.writeHead(400);
      response.end(
        `<ErrorResponse><Error><Code>ValidationError</Code><Message>${Message}</Message></Error></ErrorResponse>`,
      );
    });
    const refused = cloud.createLaunchConfiguration('old', 'new', 'ami-2');
    await expect(refused).rejects.toMatchObject({ code: 'launch-source-refused', cause: undefined });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining(secret.slice(0, 20)) });
  });
});
