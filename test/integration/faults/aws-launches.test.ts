import { describe, expect, it } from 'vitest';
import { AwsFault } from '../../../src/sandbox/aws/fault.js';
import { getImage } from '../../../src/sandbox/aws/images.js';
import { readAccount } from '../../helpers/account.js';
import { answerWith, parseAction } from '../../helpers/aws-faults.js';
import { ROLL_MS, runWithFaults } from '../../helpers/fault-scenario.js';
import { PASS_THROUGH } from '../../helpers/faulty-proxy.js';

/** What EC2 says to Auto Scaling when it launches nothing. */
const REFUSALS = {
  'no capacity': new AwsFault(
    'InsufficientInstanceCapacity',
    'We currently do not have sufficient t2.medium capacity in the Availability Zone you requested (eu-west-1a).',
  ),
  'an image that is gone': new AwsFault(
    'InvalidAMIID.NotFound',
    `The image id '[${getImage('consul-v2').imageId}]' does not exist`,
  ),
  'a quota that is full': new AwsFault(
    'VcpuLimitExceeded',
    'You have requested more vCPU capacity than your current vCPU limit of 8 allows.',
  ),
} as const;

describe.concurrent('a launch fails', { timeout: ROLL_MS }, () => {
  it.each(Object.keys(REFUSALS) as (keyof typeof REFUSALS)[])(
    // failure-mode: launch-fails
    'for %s: the log says so at once, the roll is rolled back and quotes AWS, and the account is as it was',
    async (why) => {
      await runWithFaults({ through: 'neither' }, async ({ sandbox, roll, when }) => {
        const before = readAccount(sandbox.aws);
        const refuse = () => {
          sandbox.aws.inside.launchFault = REFUSALS[why];
        };
        when({ step: 'create-group', is: 'done', inject: refuse });
        const { result, happened, log } = await roll({}, { healthTimeoutMs: 6_000 });
        expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'timed-out' } });
        expect(happened).toContain(`only 0 of 1 were launched: ${REFUSALS[why].message}`);
        expect(log).toMatch(/consul-[\w-]+ could not launch a server/);
        expect(readAccount(sandbox.aws)).toEqual(before);
      });
    },
  );

  // failure-mode: launch-fails-late
  it('once old servers have left: the roll stops and leaves the choice to the operator; resumed, it rolls', async () => {
    await runWithFaults({ through: 'neither' }, async ({ sandbox, roll, resume, when }) => {
      const refuse = () => {
        sandbox.aws.inside.launchFault = REFUSALS['no capacity'];
      };
      when({ step: 'leave', is: 'done', inject: refuse });
      const { result, happened, next } = await roll({ surge: 1 }, { healthTimeoutMs: 25_000 });
      expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'old-already-left', left: 1 } });
      expect(happened).toContain(`were launched: ${REFUSALS['no capacity'].message}`);
      expect(next).toMatch(/consul-roll resume .*or roll back with: consul-roll rollback/);
      sandbox.aws.inside.launchFault = undefined;
      expect((await resume()).result.outcome).toBe('rolled');
    });
  });

  // failure-mode: group-quota
  it('before it, for want of room for another group: the roll stops, says what to do, and can be taken back', async () => {
    await runWithFaults({ through: 'aws' }, async ({ sandbox, roll, resume }) => {
      const before = readAccount(sandbox.aws);
      sandbox.awsProxy.decideOutcome = (call) =>
        parseAction(call) === 'CreateAutoScalingGroup' ? answerWith(call, 'LimitExceeded') : PASS_THROUGH;
      const { result, happened, next } = await roll();
      expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'step-failed' } });
      expect(happened).toContain('A quota of the AWS account does not allow autoscaling:CreateAutoScalingGroup');
      expect(next).toMatch(/ask for a higher quota.*resume.*rollback/);
      expect((await resume({ kind: 'rollback' })).result.outcome).toBe('rolled-back');
      expect(readAccount(sandbox.aws)).toEqual(before);
    });
  });
});
