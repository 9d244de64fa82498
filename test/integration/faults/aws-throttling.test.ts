import { describe, expect, it } from 'vitest';
import { answerWith } from '../../helpers/aws-faults.js';
import { PASS } from '../../helpers/faulty-proxy.js';
import { inTrouble, ROLL_MS } from '../../helpers/trouble.js';

const THROUGH_AWS = { through: 'aws' } as const;

describe.concurrent('AWS throttles', { timeout: ROLL_MS }, () => {
  it('every second call of a burst: the SDK asks again, and nobody notices', async () => {
    await inTrouble(THROUGH_AWS, async ({ sandbox, roll, when }) => {
      let calls = 0;
      const burst = () => {
        sandbox.aws.fateOf = (call) => {
          calls += 1;
          return calls % 2 === 1 && calls < 60 ? answerWith(call, 'RequestLimitExceeded', 503) : PASS;
        };
      };
      when({ step: 'grow', is: 'done', bring: burst });
      const { result, log } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(calls).toBeGreaterThan(60);
      expect(log).not.toContain('could not look');
    });
  });

  it('for longer than the SDK asks again, growing and draining: the roll looks again, and goes on', async () => {
    await inTrouble(THROUGH_AWS, async ({ sandbox, roll, when, saw }) => {
      const throttleUntil = (failedLooks: number) => () => {
        sandbox.aws.fateOf = (call) =>
          saw('look-failed') < failedLooks ? answerWith(call, 'Throttling') : PASS;
      };
      when({ step: 'grow', is: 'done', bring: throttleUntil(1) });
      when({ step: 'leave', is: 'done', bring: throttleUntil(3) });
      const { result, log } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(log.match(/could not look: AWS kept throttling /g)).toHaveLength(2);
    });
  });

  it('without end: the roll stops part-way, says for how long it saw nothing, and can be resumed', async () => {
    await inTrouble(THROUGH_AWS, async ({ sandbox, roll, resume, when }) => {
      const throttle = () => {
        sandbox.aws.fateOf = (call) => answerWith(call, 'Throttling');
      };
      when({ step: 'leave', is: 'done', bring: throttle });
      const { result, happened, next } = await roll({}, { awsTimeoutMs: 2_000 });
      expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'blind' } });
      expect(happened).toMatch(/at the last look, before that, 6 of 6 voters were healthy/);
      expect(happened).toMatch(/Nothing could be read for \d+ s \(AWS kept throttling /);
      expect(next).toMatch(/Wait a minute .*; carry on with: consul-roll resume --cluster consul/);
      sandbox.aws.fateOf = () => PASS;
      expect((await resume()).result.outcome).toBe('rolled');
    });
  });
});
