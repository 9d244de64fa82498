import { afterAll, beforeAll, expect, it } from 'vitest';
import { openAccount, type SandboxAccount } from './sandbox-account.js';

let account: SandboxAccount;
let group: string;

beforeAll(async () => {
  account = await openAccount(3);
  group = account.cluster.groupName;
  for (const [LifecycleHookName, transition] of [
    ['configure', 'LAUNCHING'],
    ['archive', 'TERMINATING'],
  ]) {
    account.world.call('autoscaling', 'PutLifecycleHook', {
      AutoScalingGroupName: group,
      LifecycleHookName,
      LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
      HeartbeatTimeout: 600,
      DefaultResult: 'CONTINUE',
    });
  }
});

afterAll(() => account.close());

const HOOKS = [
  { name: 'configure', holds: 'launches', timeoutMs: 600_000, defaultResult: 'CONTINUE' },
  { name: 'archive', holds: 'terminations', timeoutMs: 600_000, defaultResult: 'CONTINUE' },
];

async function readCluster() {
  account.requests.length = 0;
  const { groups, instances } = await account.cloud.describeCluster([group], [], []);
  return { hooks: groups[0]?.hooks, lifecycles: instances.map(({ lifecycle }) => lifecycle) };
}

it('the hooks of a group are read, and with the cluster only where one holds a server', async () => {
  expect(await account.cloud.readLifecycleHooks(group)).toEqual(HOOKS);
  expect((await readCluster()).hooks).toBeUndefined();
  expect(account.requests).not.toContain('DescribeLifecycleHooks');
});

it('a termination that a hook holds is completed, as often as it is asked for', async () => {
  const [instanceId = ''] = account.world.inside.groups.get(group)?.members.keys() ?? [];
  await account.cloud.setSizes(group, { minSize: 0 });
  await account.cloud.terminate(instanceId);
  account.advance(30_000);
  const { hooks, lifecycles } = await readCluster();
  expect(hooks).toEqual(HOOKS);
  expect(lifecycles).toContain('Terminating:Wait');
  const what = { group, instanceIds: [instanceId], hooks: ['configure', 'archive'], result: 'ABANDON' } as const;
  expect(await account.cloud.completeLifecycleHooks(what)).toBe('completed');
  expect((await readCluster()).lifecycles).toContain('Terminating:Proceed');
  expect(await account.cloud.completeLifecycleHooks(what)).toBe('completed');
});

it('a caller who may not complete hooks is told so', async () => {
  const [instanceId = ''] = account.world.inside.groups.get(group)?.members.keys() ?? [];
  account.enforce({ Version: '2012-10-17', Statement: [] });
  const what = { group, instanceIds: [instanceId], hooks: ['archive'], result: 'ABANDON' } as const;
  expect(await account.cloud.completeLifecycleHooks(what)).toBe('denied');
});
