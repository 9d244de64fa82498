import { describe, expect, it } from 'vitest';
import { ROLL_MS, runWithFaults } from '../../helpers/fault-scenario.js';
import type { FaultySandbox } from '../../helpers/faulty-sandbox.js';
import { getLeaderAddress, listServersOnImage } from '../../helpers/faulty-servers.js';
import { until } from '../../sandbox/instances/until.js';

const DIRECT = { through: 'neither' } as const;

/** Stops the leader's process and a follower's: two of the first three servers, so that there is no leader. */
function silenceTwo(sandbox: FaultySandbox): readonly string[] {
  const leader = getLeaderAddress(sandbox);
  const [follower = ''] = listServersOnImage(sandbox, 'consul-v1').filter((address) => address !== leader);
  for (const address of [leader, follower]) sandbox.network.pause(address);
  return [leader, follower];
}

describe.concurrent('Consul has no leader', { timeout: ROLL_MS }, () => {
  // failure-mode: no-leader-briefly
  it('for a while: the roll waits, changes nothing, and continues', async () => {
    await runWithFaults(DIRECT, async ({ sandbox, roll, saw, when }) => {
      const falter = () => {
        const silent = silenceTwo(sandbox);
        const waits = saw('waiting');
        void until('the roll waits', () => saw('waiting') > waits).then(() => {
          for (const address of silent) sandbox.network.unpause(address);
        });
      };
      when({ step: 'create-group', is: 'done', inject: falter });
      const { result, log } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(log).toContain('wait for an agreed leader');
    });
  });

  // failure-mode: no-leader-longer
  it('for longer: the roll stops without a change, and can be resumed once there is a leader', async () => {
    await runWithFaults(DIRECT, async ({ sandbox, roll, resume, when }) => {
      let silent: readonly string[] = [];
      const falter = () => {
        silent = silenceTwo(sandbox);
      };
      when({ step: 'create-group', is: 'done', inject: falter });
      const { result, events, happened, next } = await roll({}, { leaderTimeoutMs: 2_000 });
      expect(result).toMatchObject({ outcome: 'quorum-at-risk', reason: { kind: 'no-leader' } });
      expect(happened).toMatch(/manual action is required\. The servers do not agree on a leader \(.*names no leader/);
      expect(next).toMatch(/^do not terminate any server; check each server with: consul-roll status/);
      const lastStep = events.findLast(({ kind }) => kind === 'step-started');
      expect(lastStep).toMatchObject({ step: { action: { kind: 'create-group' } } });
      for (const address of silent) sandbox.network.unpause(address);
      expect((await resume()).result.outcome).toBe('rolled');
    });
  });
});

describe.concurrent('the leader is lost during a drain', { timeout: ROLL_MS }, () => {
  // failure-mode: leader-lost-restarts
  it('and starts again: another is elected; the roll continues', async () => {
    await runWithFaults(DIRECT, async ({ sandbox, roll, when }) => {
      when({ step: 'leave', is: 'done', inject: () => sandbox.network.kill(getLeaderAddress(sandbox)) });
      const { result } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(result.leaderChanges).toBeGreaterThan(0);
    });
  });

  it('and never answers again: the others elect, it is terminated alone and struck out; the roll continues', async () => {
    await runWithFaults(DIRECT, async ({ sandbox, roll, when }) => {
      when({ step: 'leave', is: 'done', inject: () => sandbox.network.pause(getLeaderAddress(sandbox)) });
      const { result, log } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(log).toMatch(/terminate i-\w+: .*(does not answer)/);
    });
  });
});
