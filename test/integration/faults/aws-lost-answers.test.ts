import { describe, expect, it } from 'vitest';
import { isReadOnlyRequest, parseAction } from '../../helpers/aws-faults.js';
import { ROLL_MS, runWithFaults } from '../../helpers/fault-scenario.js';
import { PASS_THROUGH, type ProxyOutcome } from '../../helpers/faulty-proxy.js';

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
  it.each<[string, ProxyOutcome[]]>([
    [
      'the connection is reset before the change, after it, or during the answer',
      [{ kind: 'reset', when: 'before' }, { kind: 'reset', when: 'after' }, { kind: 'half' }],
    ],
    ['the answer never comes, and the change is made', [{ kind: 'silence', when: 'after' }]],
    // failure-mode: aws-connection-reset
  ])('%s, to every kind of change: each is made once; the roll continues', async (_name, outcomes) => {
    await runWithFaults(THROUGH_AWS, async ({ sandbox, roll }) => {
      const times = new Map<string, number>();
      sandbox.awsProxy.decideOutcome = (call) => {
        if (isReadOnlyRequest(call)) return PASS_THROUGH;
        const before = times.get(parseAction(call)) ?? 0;
        times.set(parseAction(call), before + 1);
        return outcomes[before] ?? PASS_THROUGH;
      };
      expect((await roll()).result.outcome).toBe('rolled');
      expect([...times.keys()]).toEqual(expect.arrayContaining(CHANGES));
      const { aws: world } = sandbox;
      const { AutoScalingGroups } = world.call('autoscaling', 'DescribeAutoScalingGroups', {});
      expect(AutoScalingGroups).toMatchObject([{ DesiredCapacity: 3, MinSize: 3, SuspendedProcesses: [] }]);
      const { LaunchConfigurations } = world.call('autoscaling', 'DescribeLaunchConfigurations', {});
      expect(LaunchConfigurations).toHaveLength(1);
    });
  });

  // failure-mode: aws-timeout
  it('every one, for a while: the roll observes again and continues', async () => {
    await runWithFaults(THROUGH_AWS, async ({ sandbox, roll, when, saw }) => {
      const silence = () => {
        sandbox.awsProxy.decideOutcome = () =>
          saw('observation-failed') < 1 ? { kind: 'silence', when: 'before' } : PASS_THROUGH;
      };
      when({ step: 'create-group', is: 'done', inject: silence });
      const { result, log } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(log).toMatch(/observation failed: The connection to AWS broke before .* was answered completely/);
    });
  });
});
