import { describe, expect, it } from 'vitest';
import { answerWith, isReadOnlyRequest, parseAction } from '../../helpers/aws-faults.js';
import { ROLL_MS, runWithFaults } from '../../helpers/fault-scenario.js';
import { PASS_THROUGH } from '../../helpers/faulty-proxy.js';

const THROUGH_AWS = { through: 'aws' } as const;
const HTML = { type: 'text/html', body: '<h1>Bad gateway</h1>' } as const;
const PAGE = { kind: 'answer', when: 'before', status: 502, ...HTML } as const;

describe.concurrent('AWS answers 500', { timeout: ROLL_MS }, () => {
  // failure-mode: aws-500-sometimes
  it('to every tenth call, and to each kind of change that it has made: nothing is made twice', async () => {
    await runWithFaults(THROUGH_AWS, async ({ sandbox, roll }) => {
      let calls = 0;
      const answered = new Set<string>();
      sandbox.awsProxy.decideOutcome = (call) => {
        calls += 1;
        if (calls % 10 === 0) return answerWith(call, 'InternalFailure', 500);
        if (isReadOnlyRequest(call) || answered.has(parseAction(call))) return PASS_THROUGH;
        answered.add(parseAction(call));
        return answerWith(call, 'InternalFailure', 500, 'after');
      };
      expect((await roll()).result.outcome).toBe('rolled');
      expect(answered.size).toBeGreaterThan(12);
      const { AutoScalingGroups } = sandbox.aws.call('autoscaling', 'DescribeAutoScalingGroups', {});
      expect(AutoScalingGroups).toMatchObject([{ DesiredCapacity: 3, MinSize: 3, SuspendedProcesses: [] }]);
    });
  });

  // failure-mode: aws-proxy-page
  it('with the page of a proxy, for a while: the roll observes again and continues', async () => {
    await runWithFaults(THROUGH_AWS, async ({ sandbox, roll, when, saw }) => {
      const pages = () => {
        sandbox.awsProxy.decideOutcome = () => (saw('observation-failed') < 2 ? PAGE : PASS_THROUGH);
      };
      when({ step: 'leave', is: 'done', inject: pages });
      const { result, log } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(log).toContain('observation failed: AWS failed to answer');
    });
  });

  // failure-mode: aws-500-one-change
  it('to one kind of change for good: the roll stops, names it, and can be resumed', async () => {
    await runWithFaults(THROUGH_AWS, async ({ sandbox, roll, resume }) => {
      const broken = 'TerminateInstanceInAutoScalingGroup';
      sandbox.awsProxy.decideOutcome = (call) =>
        parseAction(call) === broken ? answerWith(call, 'InternalFailure', 500) : PASS_THROUGH;
      const { result, happened, next } = await roll();
      expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'step-failed', times: 5 } });
      expect(happened).toContain(`Terminate failed 5 times in a row (AWS failed to answer autoscaling:${broken}.)`);
      expect(next).toMatch(/health\.aws\.amazon\.com.*resume with: consul-roll resume/);
      sandbox.awsProxy.decideOutcome = () => PASS_THROUGH;
      expect((await resume()).result.outcome).toBe('rolled');
    });
  });
});
