import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Account, openAccount } from './account.js';
import { clusterGroup, settledCluster } from './cluster.js';

const present = spawnSync('aws', ['--version']).status === 0;
if (!present) process.stderr.write('\nSKIPPED: there is no aws command on the PATH to try against the endpoint\n');

describe.skipIf(!present)('the aws command', { timeout: 60_000 }, () => {
  let account: Account;
  beforeAll(async () => {
    account = await openAccount();
    settledCluster(account, 3);
  });
  afterAll(() => account.close());

  /** What the command prints, read. */
  async function aws(...words: string[]): Promise<unknown> {
    const env = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      AWS_ENDPOINT_URL: account.endpoint.url,
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    const { stdout } = await promisify(execFile)('aws', [...words, '--output', 'json'], { env });
    return JSON.parse(stdout);
  }

  test('autoscaling describe-auto-scaling-groups', async () => {
    expect(await aws('autoscaling', 'describe-auto-scaling-groups')).toMatchObject({
      AutoScalingGroups: [
        {
          AutoScalingGroupName: clusterGroup,
          DesiredCapacity: 3,
          LoadBalancerNames: ['consul'],
          Instances: Array(3).fill({ LifecycleState: 'InService', HealthStatus: 'Healthy' }),
          Tags: [{ Key: 'Name', Value: 'consul', PropagateAtLaunch: true }],
        },
      ],
    });
  });

  test('elb describe-instance-health', async () => {
    expect(await aws('elb', 'describe-instance-health', '--load-balancer-name', 'consul')).toMatchObject({
      InstanceStates: Array(3).fill({ State: 'InService' }),
    });
  });

  test('ec2 describe-instances', async () => {
    const filter = 'Name=instance-state-name,Values=running';
    const query = 'Reservations[].Instances[].PrivateIpAddress';
    const addresses = await aws('ec2', 'describe-instances', '--filters', filter, '--query', query);
    expect(addresses).toEqual(['127.99.1.4', '127.99.2.4', '127.99.3.4']);
  });

  test('an error has AWS’s form', async () => {
    const refused = aws('ec2', 'describe-instances', '--instance-ids', 'i-0123456789abcdef0');
    await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining('(InvalidInstanceID.NotFound)') });
  });
});
