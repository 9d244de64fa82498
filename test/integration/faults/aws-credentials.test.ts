import { describe, expect, it } from 'vitest';
import { answerWith } from '../../helpers/aws-faults.js';
import { ROLL_MS, runWithFaults } from '../../helpers/fault-scenario.js';
import { PASS_THROUGH } from '../../helpers/faulty-proxy.js';

describe('the AWS credentials expire', { timeout: ROLL_MS }, () => {
  // failure-mode: credentials-expired-resume
  it('in mid-roll: it stops and says to sign in; resumed too early it stops again, later it rolls', async () => {
    await runWithFaults({ through: 'aws' }, async ({ sandbox, roll, resume, when }) => {
      const expire = () => {
        sandbox.awsProxy.decideOutcome = (call) => answerWith(call, 'ExpiredToken', 403);
      };
      when({ step: 'leave', is: 'done', inject: expire });
      const { result, happened, next } = await roll({}, { awsTimeoutMs: 1_000 });
      expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'unreadable' } });
      expect(happened).toContain('6 of 6 voters were healthy');
      expect(happened).toContain('The AWS credentials have expired');
      expect(next).toMatch(/sign in again.*; resume with: consul-roll resume --cluster consul/);
      await expect(resume()).rejects.toMatchObject({
        code: 'no-credentials',
        kind: 'stopped',
        state: 'A roll of consul may be in progress; this command changed nothing.',
        next: expect.stringMatching(/sign in again.*consul-roll status --cluster consul/),
      });
      sandbox.awsProxy.decideOutcome = () => PASS_THROUGH;
      expect((await resume()).result.outcome).toBe('rolled');
    });
  });
});
