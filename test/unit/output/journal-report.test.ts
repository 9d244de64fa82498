import { describe, expect, it } from 'vitest';
import { getRollExitCode } from '../../../src/cli/exit-codes.js';
import { readRecordedRoll } from '../../../src/lib/engine/history.js';
import { formatJournal, MAX_JOURNAL_BYTES } from '../../../src/lib/engine/run/journal-value.js';
import type { Journal } from '../../../src/lib/model/journal.js';
import { eventSchema } from '../../../src/lib/output/events/schema.js';
import { buildJournalRecord } from '../../../src/lib/output/report/journal-documents.js';
import { type RenderedReport, renderRecord } from '../../../src/lib/output/report/page.js';
import { createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

const KEY = 'consul-roll/consul/journal';

const read = (engine: FakeEngine, rollId?: string) =>
  readRecordedRoll(engine, { cluster: 'consul', group: undefined, rollId });

async function readRecord(engine: FakeEngine, change: (journal: Journal) => Journal = (same) => same) {
  const { journal, past } = await read(engine, '7f3a');
  return buildJournalRecord({
    cluster: 'consul',
    journal: change(journal),
    past,
    program: '1.0.0',
    exitCodeOf: getRollExitCode,
  });
}

async function report(engine: FakeEngine, change?: (journal: Journal) => Journal): Promise<RenderedReport> {
  return renderRecord(await readRecord(engine, change), '7f3a');
}

describe('the report of a roll from its journal', () => {
  it('has its images, its steps with how long they took, its time and its end', async () => {
    const engine = createFakeEngine(3);
    const { result, events } = await runRoll(engine);
    const record = await readRecord(engine);
    for (const document of record.documents) expect(eventSchema.safeParse(document).error).toBeUndefined();
    const { report: made, page } = await report(engine);
    expect(made).toMatchObject({
      rollId: '7f3a',
      cluster: 'consul',
      started: { size: 3, resumed: false, from: { image: OLD_IMAGE }, to: { image: NEW_IMAGE } },
      end: { outcome: 'rolled', exitCode: 0, elapsedMs: result.elapsedMs },
      leaderChanges: result.leaderChanges,
      problems: [expect.stringContaining('made from the journal')],
    });
    const steps = events.filter(({ kind }) => kind === 'step-done').length;
    expect(made.entries.filter(({ tookMs }) => tookMs !== undefined)).toHaveLength(steps);
    const timeMs = made.time.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    expect(timeMs).toBe(result.elapsedMs);
    expect(page).toContain(OLD_IMAGE);
    expect(page).toContain('<b>Phase</b>');
    // Nothing that only observations tell.
    expect(page).not.toMatch(/<b>(Leader|Voters)<|0 old servers/);
  });

  it('has every run of a roll that was stopped and resumed', async () => {
    const engine = createFakeEngine(3);
    let isAsked = false;
    await runRoll(engine, {
      pauseRequested: () => isAsked,
      onEvent: (event) => {
        isAsked ||= event.kind === 'step-done' && event.step.action.kind === 'leave';
      },
    });
    await runRoll({ ...engine, holder: 'ops@there 2' }, { order: { kind: 'resume', imageId: undefined } });
    const { report: made } = await report(engine);
    expect(made.runs).toHaveLength(2);
    expect(made.end).toMatchObject({ outcome: 'rolled' });
  });

  it('has a roll that was rolled back, with why', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'broken');
    await runRoll(engine);
    const { report: made } = await report(engine);
    expect(made.end).toMatchObject({ outcome: 'rolled-back', exitCode: 4, reason: { kind: 'timed-out' } });
  });

  it('says what a journal without its beginning and its end lacks', async () => {
    const engine = createFakeEngine(3);
    await runRoll(engine);
    const { report: made, page } = await report(engine, ({ intent: _, entries, ...head }) => ({
      ...head,
      entries: entries.slice(4, -1),
    }));
    expect(made.problems.join(' ')).toContain('no room for 4 earlier events');
    expect(made.problems.join(' ')).toContain('has no end in this record');
    expect(page).toContain('No end recorded');
  });

  it('has the settings of the roll where the first entries have no room', async () => {
    const engine = createFakeEngine(3);
    await runRoll(engine);
    const { journal } = await read(engine);
    const entry = journal.entries.find(({ kind }) => kind === 'step');
    if (entry === undefined) throw new Error('no step');
    const entries = Array.from({ length: 100 }, (_, n) => ({ ...entry, n: n + 1 }));
    await engine.servers.put(KEY, formatJournal({ ...journal, entries }));
    expect(Buffer.byteLength(engine.servers.get(KEY)?.value ?? '')).toBeLessThanOrEqual(MAX_JOURNAL_BYTES);
    expect((await read(engine)).journal.intent).toMatchObject({ imageId: NEW_IMAGE, size: 3 });
  });
});

describe('a roll that the store has no journal of', () => {
  it('is refused with the rolls that there are', async () => {
    const engine = createFakeEngine(3);
    await runRoll(engine);
    await expect(read(engine, 'abcdef')).rejects.toMatchObject({
      code: 'roll-not-recorded',
      kind: 'refused',
      message: expect.stringMatching(/no journal of roll abcdef.*the last roll, 7f3a.*Its history lists 7f3a/),
      next: expect.stringContaining('consul-roll report --cluster consul --roll 7f3a'),
    });
  });

  it('is refused where the cluster was never rolled', async () => {
    await expect(read(createFakeEngine(3))).rejects.toMatchObject({
      code: 'roll-not-recorded',
      message: expect.stringContaining('Its history is empty'),
      next: 'consul-roll history --cluster consul',
    });
  });

  it('is refused where others wrote something else there', async () => {
    const engine = createFakeEngine(3);
    await engine.servers.put(KEY, '{"version":1,"rollId":"<b>","entries":"none"}');
    await expect(read(engine)).rejects.toMatchObject({ code: 'roll-not-recorded' });
  });
});
