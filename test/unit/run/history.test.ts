import { describe, expect, it } from 'vitest';
import { addPastRoll, formatHistory, parseHistory } from '../../../src/lib/engine/run/history.js';
import type { PastRoll } from '../../../src/lib/model/past-roll.js';
import { createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { HOSTILE } from '../../helpers/hostile-text.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

const KEY = 'consul-roll/consul/history';

const readPast = (engine: FakeEngine) => parseHistory(engine.servers.get(KEY)?.value);

const PAST: PastRoll = {
  rollId: '7f3a',
  from: OLD_IMAGE,
  to: NEW_IMAGE,
  outcome: 'rolled',
  reason: undefined,
  holder: 'ops@here 1',
  runs: 1,
  startedAtMs: 1_000,
  endedAtMs: 61_000,
};

describe('the history of a cluster', () => {
  it('has a roll that ended, with its images, its holder and its times', async () => {
    const engine = createFakeEngine(3);
    const { result } = await runRoll(engine);
    expect(readPast(engine)).toEqual([
      {
        rollId: '7f3a',
        from: OLD_IMAGE,
        to: NEW_IMAGE,
        outcome: 'rolled',
        reason: undefined,
        holder: 'ops@here 1',
        runs: 1,
        startedAtMs: result.intent?.startedAtMs,
        endedAtMs: expect.any(Number),
      },
    ]);
  });

  it('has the image before a roll in place too', async () => {
    const engine = createFakeEngine(3);
    await runRoll(engine, { order: { strategy: 'in-place' } });
    expect(readPast(engine)).toMatchObject([{ from: OLD_IMAGE, to: NEW_IMAGE, outcome: 'rolled' }]);
  });

  it('has one line for a roll of several runs, how the last one ended, and what the first one knew', async () => {
    const engine = createFakeEngine(3);
    let isAsked = false;
    const first = await runRoll(engine, {
      pauseRequested: () => isAsked,
      onEvent: (event) => {
        isAsked ||= event.kind === 'step-done' && event.step.action.kind === 'leave';
      },
    });
    expect(first.result.outcome).toBe('interrupted');
    expect(readPast(engine)).toMatchObject([{ outcome: 'interrupted', runs: 1 }]);
    await runRoll(engine, { order: { kind: 'resume', imageId: undefined } });
    expect(readPast(engine)).toMatchObject([{ outcome: 'rolled', runs: 2, from: OLD_IMAGE }]);
  });

  it('has why a roll was rolled back', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'broken');
    await runRoll(engine);
    expect(readPast(engine)).toMatchObject([{ outcome: 'rolled-back', reason: expect.any(String) }]);
  });

  it('has nothing of a run that changed nothing', async () => {
    const engine = createFakeEngine(3);
    await runRoll(engine, { pauseRequested: () => true });
    expect(engine.servers.get(KEY)).toBeUndefined();
  });

  it('delays no end of a roll where its store does not take it', async () => {
    const engine = createFakeEngine(3);
    await engine.servers.put(KEY, 'x'.repeat(100_000));
    const { result } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    expect(readPast(engine)).toHaveLength(1);
  });

  it('keeps the last 20 rolls, the last first', () => {
    let history: readonly PastRoll[] = [];
    for (let n = 0; n < 25; n++) history = addPastRoll(history, { ...PAST, rollId: String(n) });
    expect(history.map(({ rollId }) => Number(rollId))).toEqual(Array.from({ length: 20 }, (_, n) => 24 - n));
  });

  it('keeps the end of a roll that was completed, whatever an earlier run says afterwards', () => {
    const late = { ...PAST, outcome: 'interrupted', holder: 'ops@asleep 2' } as const;
    expect(addPastRoll([PAST], late)).toEqual([{ ...PAST, runs: 2 }]);
    expect(addPastRoll([late], PAST)).toMatchObject([{ outcome: 'rolled', runs: 2 }]);
  });

  it('stays as a later build wrote it', async () => {
    const engine = createFakeEngine(3);
    const later = '{"version":2,"rolls":["of another shape"]}';
    await engine.servers.put(KEY, later);
    await runRoll(engine);
    expect(engine.servers.get(KEY)?.value).toBe(later);
  });

  it('fits into its limit with the longest texts there are', () => {
    const long = '\u{1F600}'.repeat(400);
    const rolls = Array.from({ length: 20 }, (_, n) => ({
      ...PAST,
      rollId: `${n}`,
      from: long,
      to: long,
      holder: long,
      reason: long,
    }));
    expect(Buffer.byteLength(formatHistory(rolls))).toBeLessThan(32 * 1024);
    expect(parseHistory(formatHistory(rolls)).length).toBeGreaterThan(5);
  });

  it.each([
    undefined,
    '',
    '[]',
    'null',
    '{"version":2,"rolls":[]}',
    '{"version":1,"rolls":[1,null,"x",{"rollId":"a"}]}',
    `{"version":1,"rolls":[${JSON.stringify({ ...PAST, endedAtMs: 1e300 })}]}`,
    `{"version":1,"rolls":[${JSON.stringify({ ...PAST, outcome: '__proto__' })}]}`,
    'x'.repeat(100_000),
  ])('is empty for %j', (value) => {
    expect(parseHistory(value)).toEqual([]);
  });

  it.each(HOSTILE)('leaves out a roll with a hostile text: %j', (text) => {
    const rolls = [{ ...PAST, holder: text }, PAST];
    const read = parseHistory(JSON.stringify({ version: 1, rolls }));
    for (const { holder } of read) expect(holder).not.toMatch(/[^\P{C}]/u);
    expect(parseHistory(formatHistory(rolls)).length).toBeGreaterThan(0);
  });
});
