import { describe, expect, it } from 'vitest';
import { readStatus } from '../../../src/lib/engine/status.js';
import { createFakeEngine, type FakeEngine, listWrites, runRoll } from '../../helpers/fake-engine.js';
import { limits } from '../../helpers/intents.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

/** A roll that was stopped at once while its canary booted, which has taken the cluster over since. */
async function takeOver(needsToken: boolean): Promise<FakeEngine> {
  const engine = createFakeEngine(3);
  if (needsToken) engine.requireToken();
  engine.setImage(NEW_IMAGE, 'founder');
  const stop = new AbortController();
  await runRoll(engine, {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.kind === 'waiting' && event.wait.for.kind === 'ready') stop.abort();
    },
  });
  await engine.clock.sleep(60_000);
  engine.calls.length = 0;
  return engine;
}

function findCanary({ account, names }: FakeEngine) {
  return account.instances.find(({ group }) => group !== names.group);
}

// failure-mode: founder-took-over
describe('a cluster that a server of a roll took over while no process ran it', () => {
  it.each([false, true])(
    'is named by status, with the command that brings it back (needs a token: %s)',
    async (token) => {
      const engine = await takeOver(token);
      const { next, intent } = await readStatus(engine, { cluster: 'consul', group: undefined, limits });
      const action = { kind: 'terminate', instanceId: findCanary(engine)?.instanceId };
      expect(next).toMatchObject({ kind: 'act', step: { action, reason: { kind: 'founder', followers: 3 } } });
      expect(intent?.rollId).toBe('7f3a');
      expect(listWrites(engine)).toEqual([]);
    },
  );

  it.each([
    ['resume', false],
    ['resume', true],
    ['rollback', false],
    ['rollback', true],
  ] as const)('is brought back by %s, which asks nothing of it (needs a token: %s)', async (kind, token) => {
    const engine = await takeOver(token);
    const canary = findCanary(engine);
    const { result } = await runRoll(engine, { order: { kind, rollId: '7f3a' } });
    expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'founder', followers: 3 } });
    expect(engine.calls.filter((call) => call.startsWith('terminate'))).toEqual([`terminate ${canary?.instanceId}`]);
    expect(engine.tokenRecipients).not.toContain(canary?.address);
    await engine.clock.sleep(60_000);
    expect(engine.servers.peers.filter(({ voter, up }) => voter && up)).toHaveLength(3);
    const { result: end } = await runRoll(engine, { order: { kind: 'rollback', rollId: '7f3a' } });
    expect(end.outcome).toBe('rolled-back');
  });
});
