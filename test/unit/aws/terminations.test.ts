import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAccount, type SandboxAccount } from './sandbox-account.js';

let account: SandboxAccount;
let group: string;

beforeAll(async () => {
  account = await openAccount(3);
  group = account.cluster.groupName;
});

afterAll(() => account.close());

const readGroup = () => account.world.inside.groups.get(group);
const listMembers = (): readonly string[] => [...(readGroup()?.members.keys() ?? [])];

describe('an instance that is terminated', () => {
  it('is taken off the desired capacity of its group, which is not lowered below the minimum', async () => {
    const [first = '', second = ''] = listMembers();
    await account.cloud.setSizes(group, { minSize: 2 });
    await account.cloud.terminate(first);
    expect(readGroup()?.desired).toBe(2);
    await expect(account.cloud.terminate(second)).rejects.toThrow('minSize (2)');
  });

  it('is terminated also where the desired capacity was set below the instances, which are protected', async () => {
    account.advance(120_000);
    const all = listMembers();
    account.world.call('autoscaling', 'SetInstanceProtection', {
      AutoScalingGroupName: group,
      InstanceIds: [...all],
      ProtectedFromScaleIn: true,
    });
    const sizes = { MinSize: 0, DesiredCapacity: 0 };
    account.world.call('autoscaling', 'UpdateAutoScalingGroup', { AutoScalingGroupName: group, ...sizes });
    account.advance(60_000);
    expect(listMembers()).toHaveLength(2);
    for (const instanceId of listMembers()) await account.cloud.terminate(instanceId);
    account.advance(120_000);
    expect({ members: listMembers(), desired: readGroup()?.desired }).toEqual({ members: [], desired: 0 });
  });
});
