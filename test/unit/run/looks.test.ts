import { describe, expect, it } from 'vitest';
import { sumTime, TimeJournal } from '../../../src/lib/output/time-spent.js';
import { createFakeEngine, runRoll } from '../../helpers/fake-engine.js';

const INTERVAL_MS = 5_000;

/** How long a roll of five servers waited for each thing, milliseconds. */
async function measureWaits() {
  const { events, result } = await runRoll(createFakeEngine(5), { order: { intervalMs: INTERVAL_MS } });
  expect(result.outcome).toBe('rolled');
  const journal = new TimeJournal();
  for (const event of events) journal.take(event, 'preflight');
  return new Map(sumTime(journal.spans).map((sum) => [sum.for, sum]));
}

describe('a roll that waits', () => {
  it('sees soon what is over soon: a termination and a deletion that take a second', async () => {
    const waits = await measureWaits();
    for (const what of ['terminated', 'deleted']) {
      expect(waits.get(what)?.elapsedMs ?? 0, what).toBeLessThan(INTERVAL_MS / 2);
    }
  });

  it('sees a vote within a second, and counts a streak again as soon as it may', async () => {
    const ready = (await measureWaits()).get('ready');
    // Twice: the boot and autopilot's 10 s, of which nothing is seen late, and a streak of three, 10 s.
    expect(ready?.elapsedMs).toBeLessThan(62_000);
  });

  it('asks servers to leave together, so that one wait is for all of them', async () => {
    const waits = await measureWaits();
    expect(waits.get('leave')?.count ?? 0).toBeLessThanOrEqual(2);
    expect(waits.get('out-of-raft')?.elapsedMs).toBeLessThan(3 * INTERVAL_MS);
  });
});
