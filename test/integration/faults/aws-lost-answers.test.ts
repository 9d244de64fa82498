import { describe, expect, it } from 'vitest';
import { actionOf, onlyAsks } from '../../helpers/aws-faults.js';
import { type Fate, PASS } from '../../helpers/faulty-proxy.js';
import { inTrouble, ROLL_MS } from '../../helpers/trouble.js';

const THROUGH_AWS = { through: 'aws' } as const;
const CHANGES = [
  'CreateLaunchConfiguration',
  'CreateAutoScalingGroup',
  'UpdateAutoScalingGroup',
  'RegisterInstancesWithLoadBalancer',
  'TerminateInstanceInAutoScalingGroup',
  'DeleteAutoScalingGroup',
];

describe.concurrent('an answer of AWS is lost', { timeout: ROLL_MS }, () => {
  it.each<[string, Fate[]]>([
    [
      'the connection is reset before the change, or after it, or in the middle of the answer',
      [{ kind: 'reset', when: 'before' }, { kind: 'reset', when: 'after' }, { kind: 'half' }],
    ],
    ['the answer never comes, and the change is made', [{ kind: 'silence', when: 'after' }]],
  ])('%s, to every kind of change: each is made once, and the roll goes on', async (_name, fates) => {
    await inTrouble(THROUGH_AWS, async ({ sandbox, roll }) => {
      const times = new Map<string, number>();
      sandbox.aws.fateOf = (call) => {
        if (onlyAsks(call)) return PASS;
        const before = times.get(actionOf(call)) ?? 0;
        times.set(actionOf(call), before + 1);
        return fates[before] ?? PASS;
      };
      expect((await roll()).result.outcome).toBe('rolled');
      expect([...times.keys()]).toEqual(expect.arrayContaining(CHANGES));
      const { world } = sandbox;
      const { AutoScalingGroups } = world.call('autoscaling', 'DescribeAutoScalingGroups', {});
      expect(AutoScalingGroups).toMatchObject([{ DesiredCapacity: 3, MinSize: 3, SuspendedProcesses: [] }]);
      const { LaunchConfigurations } = world.call('autoscaling', 'DescribeLaunchConfigurations', {});
      expect(LaunchConfigurations).toHaveLength(1);
    });
  });

  it('every one, for a while: the roll looks again, and goes on', async () => {
    await inTrouble(THROUGH_AWS, async ({ sandbox, roll, when, saw }) => {
      const silence = () => {
        sandbox.aws.fateOf = () => (saw('look-failed') < 1 ? { kind: 'silence', when: 'before' } : PASS);
      };
      when({ step: 'create-group', is: 'done', bring: silence });
      const { result, log } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(log).toMatch(/could not look: AWS was asked for .*, and no whole answer came/);
    });
  });
});
