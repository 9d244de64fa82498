import { describe, expect, it } from 'vitest';
import { RollError } from '../../../src/lib/model/errors.js';
import { createFakeEngine, runRoll } from '../../helpers/fake-engine.js';

/** Every write of the lock takes as long, as a commit does on slow disks. */
async function rollWithSlowCommits(commitMs: number, lockTtlMs: number) {
  const engine = createFakeEngine(3);
  const compareAndSet = engine.consul.compareAndSet.bind(engine.consul);
  engine.consul.compareAndSet = async (...change) => {
    if (change[1].endsWith('/lock')) await engine.clock.sleep(commitMs);
    return compareAndSet(...change);
  };
  return (await runRoll(engine, { order: { lockTtlMs } })).result;
}

describe('renewals of the lock that take as long as a slow commit', () => {
  it('do not stop a roll whose lock lives long enough', async () => {
    expect(await rollWithSlowCommits(12_000, 60_000)).toMatchObject({ outcome: 'rolled' });
  });

  it('otherwise keep a roll from its first change, and name the setting', async () => {
    expect(await rollWithSlowCommits(12_000, 30_000)).toMatchObject({
      outcome: 'refused',
      reason: { kind: 'step-failed', message: expect.stringContaining('--lock-ttl') },
    });
  });
});

describe('a renewal of the lock before a step', () => {
  it('that fails once does not end a roll that has changed nothing', async () => {
    const engine = createFakeEngine(3);
    const readKey = engine.consul.readKey.bind(engine.consul);
    let isHeld = false;
    let failures = 0;
    engine.consul.readKey = async (host, key) => {
      if (!key.endsWith('/lock')) return readKey(host, key);
      const found = await readKey(host, key);
      if (isHeld && failures++ === 0)
        throw new RollError({ code: 'no-leader', message: 'The cluster has no leader.', kind: 'stopped', next: '' });
      isHeld ||= found.modifyIndex === 0;
      return found;
    };
    const { result } = await runRoll(engine);
    expect(failures).toBeGreaterThan(1);
    expect(result.outcome).toBe('rolled');
  });

  it('that fails puts the step off: the leader may have died since it was observed', async () => {
    const engine = createFakeEngine(3);
    const readKey = engine.consul.readKey.bind(engine.consul);
    let leaves = 0;
    let isCrashed = false;
    engine.consul.readKey = async (host, key) => {
      if (leaves === 0 || isCrashed || !key.endsWith('/lock')) return readKey(host, key);
      isCrashed = true;
      engine.servers.crash(engine.servers.leader);
      return readKey(host, key);
    };
    const leaders: string[] = [];
    await runRoll(engine, {
      onEvent: (event) => {
        if (event.kind === 'observed' && event.decision.kind === 'act')
          leaves += Number(event.decision.step.action.kind === 'leave');
        if (event.kind === 'step-started' && event.step.action.kind === 'leave') leaders.push(engine.servers.leader);
      },
    });
    expect(isCrashed).toBe(true);
    expect(leaders.length).toBeGreaterThan(1);
    expect(leaders).not.toContain('');
  });
});
