import { describe, expect, it } from 'vitest';
import { readAccount } from '../../helpers/account.js';
import { ROLL_MS, runWithFaults } from '../../helpers/fault-scenario.js';

describe.concurrent('the load balancer never finds a new server healthy', { timeout: ROLL_MS }, () => {
  it('while the old ones are all there: the roll is rolled back, says what to check, and the account is as it was', async () => {
    await runWithFaults({ through: 'neither' }, async ({ sandbox, roll }) => {
      const before = readAccount(sandbox.aws);
      sandbox.quirks.failsCheck = ({ image }) => image.name === 'consul-v2';
      const { result, happened } = await roll({}, { healthTimeoutMs: 25_000 });
      expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'timed-out' } });
      expect(happened).toMatch(/to be in service in the load balancer \(Consul reports them healthy, /);
      expect(readAccount(sandbox.aws)).toEqual(before);
    });
  });

  // failure-mode: target-group-never-healthy-late
  it('once old ones have left: the roll stops with both sides running; taken back by hand it ends on the old image', async () => {
    await runWithFaults({ through: 'neither' }, async ({ sandbox, roll, resume, when }) => {
      const sicken = () => {
        sandbox.quirks.failsCheck = ({ image, instanceId }) =>
          image.name === 'consul-v2' && !known.includes(instanceId);
      };
      let known: string[] = [];
      const fall = () => {
        known = [...sandbox.specs.keys()];
        sicken();
      };
      when({ step: 'leave', is: 'done', inject: fall });
      const { result, happened, next } = await roll({ surge: 1 }, { healthTimeoutMs: 25_000 });
      expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'old-already-left', left: 1 } });
      expect(happened).toContain('the roll is not rolled back automatically, because 1 old server already left');
      expect(next).toContain('or roll back with: consul-roll rollback --cluster consul');
      sandbox.quirks.failsCheck = () => false;
      const back = await resume({ kind: 'rollback', allowDowngrade: true });
      expect(back.result.outcome).toBe('rolled-back');
    });
  });
});
