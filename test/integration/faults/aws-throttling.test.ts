import { describe, expect, it } from 'vitest';
import { answerWith } from '../../helpers/aws-faults.js';
import { ROLL_MS, runWithFaults } from '../../helpers/fault-scenario.js';
import { PASS_THROUGH } from '../../helpers/faulty-proxy.js';

const THROUGH_AWS = { through: 'aws' } as const;

describe.concurrent('AWS throttles', { timeout: ROLL_MS }, () => {
  // failure-mode: aws-throttling-burst
  it('every second call of each request in a burst: the SDK retries, and the roll is not affected', async () => {
    await runWithFaults(THROUGH_AWS, async ({ sandbox, roll, when }) => {
      let calls = 0;
      const byRequest = new Map<string, number>();
      const burst = () => {
        sandbox.awsProxy.decideOutcome = (call) => {
          calls += 1;
          // Of each request, or the retries of one could be every second call of all.
          const count = (byRequest.get(call.body) ?? 0) + 1;
          byRequest.set(call.body, count);
          return count % 2 === 1 && calls < 60 ? answerWith(call, 'RequestLimitExceeded', 503) : PASS_THROUGH;
        };
      };
      when({ step: 'scale-out', is: 'done', inject: burst });
      const { result, log } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(calls).toBeGreaterThan(60);
      expect(log).not.toContain('observation failed');
    });
  });

  // failure-mode: aws-throttling-longer
  it('for longer than the SDK asks again, growing and draining: the roll observes again and continues', async () => {
    await runWithFaults(THROUGH_AWS, async ({ sandbox, roll, when, saw }) => {
      const throttleUntil = (failures: number) => () => {
        sandbox.awsProxy.decideOutcome = (call) =>
          saw('observation-failed') < failures ? answerWith(call, 'Throttling') : PASS_THROUGH;
      };
      when({ step: 'scale-out', is: 'done', inject: throttleUntil(1) });
      when({ step: 'leave', is: 'done', inject: throttleUntil(3) });
      const { result, log } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(log.match(/observation failed: AWS kept throttling /g)).toHaveLength(2);
    });
  });

  // failure-mode: aws-throttling-endless
  it('without end: the roll stops, says how long no observation succeeded, and can be resumed', async () => {
    await runWithFaults(THROUGH_AWS, async ({ sandbox, roll, resume, when }) => {
      const throttle = () => {
        sandbox.awsProxy.decideOutcome = (call) => answerWith(call, 'Throttling');
      };
      when({ step: 'leave', is: 'done', inject: throttle });
      const { result, happened, next } = await roll({}, { awsTimeoutMs: 2_000 });
      expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'unreadable' } });
      expect(happened).toMatch(/when last observed, 6 of 6 voters were healthy/);
      expect(happened).toMatch(/Every observation failed for \d+ s \(AWS kept throttling /);
      expect(next).toMatch(/wait a minute .*; resume with: consul-roll resume --cluster consul/);
      sandbox.awsProxy.decideOutcome = () => PASS_THROUGH;
      expect((await resume()).result.outcome).toBe('rolled');
    });
  });
});
