import { describe, expect, it } from 'vitest';
import { inTrouble, ROLL_MS } from '../../helpers/trouble.js';
import type { Troubled } from '../../helpers/troubled-sandbox.js';
import { leaderOf, serversOn } from '../../helpers/troubled-servers.js';
import { until } from '../../sandbox/instances/until.js';

const DIRECT = { through: 'neither' } as const;

/** Stops the leader's process and a follower's: two of the first three servers, so that nobody leads. */
function silenceTwo(sandbox: Troubled): readonly string[] {
  const leader = leaderOf(sandbox);
  const [follower = ''] = serversOn(sandbox, 'consul-v1').filter((address) => address !== leader);
  for (const address of [leader, follower]) sandbox.network.freeze(address);
  return [leader, follower];
}

describe.concurrent('Consul has no leader', { timeout: ROLL_MS }, () => {
  it('for a while: the roll waits, touches nothing, and goes on', async () => {
    await inTrouble(DIRECT, async ({ sandbox, roll, saw, when }) => {
      const falter = () => {
        const silent = silenceTwo(sandbox);
        const waits = saw('waiting');
        void until('the roll waits', () => saw('waiting') > waits).then(() => {
          for (const address of silent) sandbox.network.thaw(address);
        });
      };
      when({ step: 'create-group', is: 'done', bring: falter });
      const { result, log } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(log).toContain('wait for a leader that all agree on');
    });
  });

  it('for longer: a person is called, nothing was touched meanwhile, and with a leader again it can be resumed', async () => {
    await inTrouble(DIRECT, async ({ sandbox, roll, resume, when }) => {
      let silent: readonly string[] = [];
      const falter = () => {
        silent = silenceTwo(sandbox);
      };
      when({ step: 'create-group', is: 'done', bring: falter });
      const { result, events, happened, next } = await roll({}, { leaderTimeoutMs: 2_000 });
      expect(result).toMatchObject({ outcome: 'quorum-at-risk', reason: { kind: 'no-leader' } });
      expect(happened).toMatch(/a person is needed\. No leader that all agree on \(.*names nobody/);
      expect(next).toMatch(/^terminate nothing; see what each server says with: consul-roll status/);
      const lastStep = events.findLast(({ kind }) => kind === 'step-started');
      expect(lastStep).toMatchObject({ step: { action: { kind: 'create-group' } } });
      for (const address of silent) sandbox.network.thaw(address);
      expect((await resume()).result.outcome).toBe('rolled');
    });
  });
});

describe.concurrent('the leader is lost in the middle of a drain', { timeout: ROLL_MS }, () => {
  it('and starts again: another is elected, and the roll goes on', async () => {
    await inTrouble(DIRECT, async ({ sandbox, roll, when }) => {
      when({ step: 'leave', is: 'done', bring: () => sandbox.network.kill(leaderOf(sandbox)) });
      const { result } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(result.leaderChanges).toBeGreaterThan(0);
    });
  });

  it('and never answers again: the others elect, it is terminated alone and struck out, and the roll goes on', async () => {
    await inTrouble(DIRECT, async ({ sandbox, roll, when }) => {
      when({ step: 'leave', is: 'done', bring: () => sandbox.network.freeze(leaderOf(sandbox)) });
      const { result, log } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(log).toMatch(/terminate i-\w+: .*(it answers nobody|its agent hangs)/);
    });
  });
});
