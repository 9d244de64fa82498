import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClients } from '../../../src/lib/aws/clients.js';
import { createIamClient } from '../../../src/lib/aws/iam-client.js';
import { createCloudInspection } from '../../../src/lib/aws/inspect.js';
import { resolvePrincipal, simulatePermissions } from '../../../src/lib/aws/policy-simulation.js';
import type { ProbeTargets } from '../../../src/lib/model/doctor.js';
import type { CloudInspection } from '../../../src/lib/ports.js';
import { policySchema } from '../../../src/sandbox/aws/iam/policy.js';
import { CREDENTIALS, openAccount, type SandboxAccount } from './sandbox-account.js';

const CREATE = 'autoscaling:CreateAutoScalingGroup';
const TERMINATE = 'autoscaling:TerminateInstanceInAutoScalingGroup';
const GROUPS = 'arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName';
const LOOK = ['autoscaling:Describe*'];
const EVERYTHING = { Effect: 'Allow', Action: '*', Resource: '*' };
const ASK = ['iam:SimulatePrincipalPolicy', 'iam:GetInstanceProfile'];

let account: SandboxAccount;
let inspection: CloudInspection;
let targets: ProbeTargets;

beforeAll(async () => {
  account = await openAccount(3);
  const { url, world, cluster } = account;
  inspection = createCloudInspection({ region: world.region, endpoint: url, credentials: CREDENTIALS });
  targets = {
    oldGroup: cluster.groupName,
    suspended: [],
    createsGroup: true,
    newGroupActions: [CREATE],
    unusedName: 'consul-roll-7f3a21',
    launchTemplate: undefined,
    imageId: 'ami-1',
    subnet: undefined,
    instanceId: undefined,
    balancer: undefined,
    targetGroup: undefined,
  };
});
afterAll(async () => {
  inspection.close();
  await account.close();
});

/** What IAM says of these under a policy of such statements. */
async function asked(actions: readonly string[], over: Partial<ProbeTargets>, ...statements: object[]) {
  const Statement = [{ Action: [...LOOK, ...ASK] }, ...statements].map((one) => {
    return { Effect: 'Allow', Resource: '*', ...one };
  });
  account.enforce(policySchema.parse({ Version: '2012-10-17', Statement }));
  const found = await inspection.simulatePolicies(actions, { ...targets, ...over });
  return found.map(({ allowed, why }) => why ?? allowed);
}

describe('simulatePermissions', () => {
  it('checks the existing group and the new one', async () => {
    const [both, old] = [{ Action: TERMINATE }, `${GROUPS}/${targets.oldGroup}`];
    expect(await asked([TERMINATE], {}, both)).toEqual([true]);
    expect(await asked([TERMINATE], {})).toEqual([false]);
    expect(await asked([TERMINATE], {}, { Action: TERMINATE, Resource: old })).toEqual([false]);
    // What is never done to the existing group need not be allowed on it.
    expect(await asked([CREATE], {}, { Action: CREATE, Resource: `${GROUPS}/consul-roll-??????` })).toEqual([true]);
    expect(await asked([CREATE], {}, { Action: CREATE, Resource: old })).toEqual([false]);
    const inPlace = { createsGroup: false };
    expect(await asked([TERMINATE], inPlace, { Action: TERMINATE, Resource: old })).toEqual([true]);
  });

  it('uses the tags of the group', async () => {
    const tagged = (value: string) => ({
      Action: TERMINATE,
      Condition: { StringEquals: { 'aws:ResourceTag/Name': value } },
    });
    expect(await asked([TERMINATE], {}, tagged('consul'))).toEqual([true]);
    expect(await asked([TERMINATE], {}, tagged('other'))).toEqual([false]);
  });

  it('is unknown where it depends on missing context', async () => {
    const mfa = { Action: TERMINATE, Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } };
    expect(await asked([TERMINATE], {}, mfa)).toEqual(['it depends on aws:MultiFactorAuthPresent']);
  });

  it('checks PassRole on the servers’ role', async () => {
    const pass = (role: string) => ({ Action: 'iam:PassRole', Resource: `arn:aws:iam::*:role/${role}` });
    expect(await asked(['iam:PassRole'], {}, pass('consul'))).toEqual([true]);
    expect(await asked(['iam:PassRole'], {}, pass('other'))).toEqual([false]);
  });

  it('is unknown where IAM cannot be reached', async () => {
    account.enforce(policySchema.parse({ Version: '2012-10-17', Statement: [EVERYTHING] }));
    const here = { region: account.world.region, endpoint: account.url, credentials: CREDENTIALS };
    const clients = createClients(here);
    const iam = createIamClient({ ...here, endpoint: 'http://127.0.0.1:1' });
    const found = await simulatePermissions(clients, iam, [TERMINATE], targets);
    expect(found).toMatchObject([{ allowed: undefined, why: expect.stringContaining('IAM did not answer') }]);
    iam.destroy();
    clients.close();
  });

  it('is unknown without permission, and allowed for the root', async () => {
    const deny = { Effect: 'Deny', Action: ASK };
    expect(await asked([TERMINATE, 'iam:PassRole'], {}, deny)).toEqual([
      'iam:SimulatePrincipalPolicy would tell',
      expect.stringContaining('iam:GetInstanceProfile and'),
    ]);
    account.enforce(undefined);
    expect(await inspection.simulatePolicies([TERMINATE], targets)).toEqual([
      { action: TERMINATE, allowed: true, why: expect.stringContaining('root') },
    ]);
  });
});

it('probes the existing group without changing it', async () => {
  account.enforce(undefined);
  const before = account.world.call('autoscaling', 'DescribeAutoScalingGroups', {});
  const actions = ['DeleteTags', 'ResumeProcesses', 'UpdateAutoScalingGroup'].map((name) => `autoscaling:${name}`);
  const tried = await inspection.probeOldGroupChanges([...actions, TERMINATE], targets);
  expect(tried.map(({ allowed }) => allowed)).toEqual([true, true, true, undefined]);
  expect(account.world.call('autoscaling', 'DescribeAutoScalingGroups', {})).toEqual(before);
});

describe('resolvePrincipal', () => {
  const user = 'arn:aws:iam::1:user/ops/ada';
  const session = 'arn:aws:sts::1:assumed-role/ci/build-7';
  const refused = () => Promise.reject(Object.assign(new Error('no'), { $fault: 'client' }));
  const role = () => Promise.resolve({ Role: { Arn: 'arn:aws:iam::1:role/teams/ci' } });

  it.each([
    ['a user', user, refused, user],
    ['a role, with its path', session, role, 'arn:aws:iam::1:role/teams/ci'],
    ['a role that may not be looked up', session, refused, 'arn:aws:iam::1:role/ci'],
  ])('is %s', async (_what, caller, getRole, principal) => {
    expect(await resolvePrincipal({ getRole } as never, caller)).toBe(principal);
  });
});
