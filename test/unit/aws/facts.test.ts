import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCaller } from '../../../src/lib/aws/caller.js';
import { createClients } from '../../../src/lib/aws/clients.js';
import { createCloud } from '../../../src/lib/aws/connect.js';
import { createIamClient } from '../../../src/lib/aws/iam-client.js';
import { policySchema } from '../../../src/sandbox/aws/iam/policy.js';
import { CREDENTIALS, NEW_IMAGE, openAccount, type SandboxAccount } from './sandbox-account.js';

let account: SandboxAccount;

beforeAll(async () => {
  account = await openAccount(3);
});

afterAll(async () => {
  await account.close();
});

describe('reads for preflight', () => {
  it('are who calls AWS, and where', async () => {
    const { accountId, region } = account.world;
    const arn = `arn:aws:iam::${accountId}:root`;
    expect(await account.cloud.readCaller()).toEqual({ account: accountId, alias: 'consul-roll-sandbox', region, arn });
  });

  it('go without the alias where the caller may not read it, or IAM does not answer', async () => {
    const read = { Effect: 'Allow', Action: 'sts:*', Resource: '*' };
    account.enforce(policySchema.parse({ Version: '2012-10-17', Statement: [read] }));
    expect(await account.cloud.readCaller()).toMatchObject({ account: account.world.accountId, alias: undefined });
    account.enforce(undefined);
    const clients = createClients({ region: 'eu-west-1', endpoint: account.url, credentials: CREDENTIALS });
    const iam = createIamClient({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1', credentials: CREDENTIALS });
    const caller = await readCaller({ ...clients, loadIam: async () => iam });
    expect(caller).toMatchObject({ account: account.world.accountId, alias: undefined });
    iam.destroy();
    clients.close();
  });

  it('finds an image, or undefined', async () => {
    expect(await account.cloud.findImage(NEW_IMAGE.imageId)).toEqual({
      id: NEW_IMAGE.imageId,
      name: 'consul-v2',
      architecture: 'x86_64',
      state: 'available',
      createdAtMs: Date.UTC(2026, 1, 1),
    });
    expect(await account.cloud.findImage('ami-0123456789abcdef0')).toBeUndefined();
    expect(await account.cloud.findImage('consul-v2')).toBeUndefined();
  });

  it('finds the architectures of an instance type, or undefined', async () => {
    expect(await account.cloud.findArchitectures('t2.medium')).toContain('x86_64');
    expect(await account.cloud.findArchitectures('z9.enormous')).toBeUndefined();
  });

  it('reads the console of a server: the latest, or where the type has none, what was posted', async () => {
    const console = { kind: 'read', lines: ['booted', 'acl token=[masked]'] };
    const [classic, nitro] = ['t2.medium', 'm5.large'].map((type) => account.runServer(type));
    account.requests.length = 0;
    expect(await account.cloud.readConsole(classic ?? '')).toEqual(console);
    expect(account.requests).toEqual(['GetConsoleOutput', 'GetConsoleOutput']);
    expect(await account.cloud.readConsole(nitro ?? '')).toEqual(console);
    expect(account.requests).toHaveLength(3);
    expect(await account.cloud.readConsole('i-0123456789abcdef0')).toMatchObject({ kind: 'unavailable' });
  });

  it('finds an instance refresh in progress', async () => {
    expect(await account.cloud.isRefreshInProgress(account.cluster.groupName)).toBe(false);
  });

  it('counts the free addresses of subnets', async () => {
    const [group] = await account.cloud.findGroups('consul');
    const free = await account.cloud.countFreeAddresses(group?.subnets ?? []);
    expect(free.map((subnet) => subnet.id).sort()).toEqual([...(group?.subnets ?? [])].sort());
    expect(free.map((subnet) => subnet.zone).sort()).toEqual(['eu-west-1a', 'eu-west-1b', 'eu-west-1c']);
    for (const subnet of free) expect(subnet.freeAddresses).toBeGreaterThan(200);
    expect(await account.cloud.countFreeAddresses(['subnet-0123456789abcdef0'])).toEqual([]);
    expect(await account.cloud.countFreeAddresses([])).toEqual([]);
  });

  it('reads what is left of the quotas', async () => {
    const quota = await account.cloud.readQuota();
    expect(quota?.groupsLeft).toBeGreaterThan(0);
    expect(quota?.launchConfigurationsLeft).toBeGreaterThan(0);
  });

  it('needs an AWS that answers', async () => {
    const cloud = createCloud({
      region: 'eu-west-1',
      endpoint: 'http://127.0.0.1:9',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    await expect(cloud.readCaller()).rejects.toMatchObject({
      name: 'RollError',
      code: 'aws-unreachable',
      kind: 'refused',
      message: expect.stringContaining('sts:GetCallerIdentity'),
    });
    await expect(cloud.readQuota()).rejects.toMatchObject({ code: 'aws-unreachable' });
    cloud.close();
  });
});
