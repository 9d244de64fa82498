import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../../src/lib/model/events.js';
import type { RollResult } from '../../../src/lib/model/outcome.js';
import { formatNdjson } from '../../../src/lib/model/printable.js';
import { EventRecorder } from '../../../src/lib/output/events/event-recorder.js';
import type { EventDocument } from '../../../src/lib/output/events/schema.js';
import type { TimeSpent } from '../../../src/lib/output/json/parts.js';
import { buildRenderedReport } from '../../../src/lib/output/report/page.js';
import { buildTimeDocument, sumTime, TimeJournal } from '../../../src/lib/output/time-spent.js';
import { createFakeEngine, type FakeEngine, type FakeRunOptions, runRoll } from '../../helpers/fake-engine.js';
import { limits } from '../../helpers/intents.js';
import { readRollFile } from '../../helpers/rolls.js';
import { buildResultEnd } from '../../helpers/scripted-roll.js';

interface Recorded {
  readonly result: RollResult;
  readonly events: readonly RollEvent[];
  readonly documents: EventDocument[];
  readonly spans: readonly TimeSpent[];
}

/** A run under the virtual clock, as events, as documents and as time. */
async function record(engine: FakeEngine, options: FakeRunOptions = {}): Promise<Recorded> {
  const documents: EventDocument[] = [];
  const run = { program: '0.1.0', cluster: 'consul', limits, intervalMs: 5000 };
  const recorder = new EventRecorder(run, [(document) => void documents.push(document)], engine.clock.now());
  const { result, events } = await runRoll(engine, { ...options, onEvent: (event) => recorder.handle(event) });
  recorder.conclude(buildResultEnd(result), engine.clock.now());
  return { result, events, documents, spans: recorder.timeSpent };
}

/** The first `steps` steps of a roll, which then pauses. */
function recordUntil(engine: FakeEngine, steps: number): Promise<Recorded> {
  let left = steps;
  return record(engine, {
    pauseRequested: () => {
      left -= 1;
      return left < 0;
    },
  });
}

function sumMs(spans: readonly TimeSpent[]): number {
  return spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

function expectNoGaps(spans: readonly TimeSpent[]): void {
  for (const [index, { fromMs, toMs }] of spans.entries()) {
    expect(toMs).toBeGreaterThan(fromMs);
    if (index > 0) expect(fromMs).toBe(spans[index - 1]?.toMs);
  }
}

describe('the time of a roll', () => {
  it('is every millisecond of it, each on one thing', async () => {
    const { result, events, spans } = await record(createFakeEngine(5));
    expect(result.outcome).toBe('rolled');
    expectNoGaps(spans);
    expect(spans[0]?.fromMs).toBe(events.find(({ kind }) => kind === 'started')?.atMs);
    expect(sumMs(spans)).toBe(result.elapsedMs);
    const time = buildTimeDocument(spans);
    expect(time.elapsedMs).toBe(result.elapsedMs);
    expect(time.sums.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0)).toBe(result.elapsedMs);
    const waits = time.sums.filter(({ use }) => use === 'wait').map((one) => one.for);
    expect(waits).toEqual(expect.arrayContaining(['ready', 'in-service', 'out-of-raft', 'terminated']));
  });

  it('names the server that a wait is for', async () => {
    const { spans } = await record(createFakeEngine(3));
    const leaves = spans.filter((span) => span.for === 'out-of-raft');
    expect(new Set(leaves.flatMap(({ instanceIds }) => instanceIds)).size).toBeGreaterThan(0);
    expect(leaves.every(({ instanceIds, phase }) => instanceIds.length === 1 && phase === 'drain')).toBe(true);
  });

  it('is in the events, each span once it has ended', async () => {
    const { documents, spans } = await record(createFakeEngine(3));
    const written = documents.flatMap((one) => (one.kind === 'time-spent' ? [one] : []));
    expect(written.map(({ from, at }) => [Date.parse(from), Date.parse(at)])).toEqual(
      spans.map(({ fromMs, toMs }) => [fromMs, toMs]),
    );
    expect(written.map(({ phase }) => phase)).toEqual(spans.map(({ phase }) => phase));
    expect(documents.at(-1)?.kind).toBe('ended');
  });

  it('is a wait again after a step that did not end it', () => {
    const step = {
      phase: 'grow',
      action: { kind: 'register', instanceIds: ['i-1'], balancers: ['lb'] },
      reason: { kind: 'passed-gates', servers: 1 },
      margin: undefined,
    } as const;
    const wait = {
      phase: 'grow',
      for: { kind: 'ready', side: 'new', instanceIds: ['i-2'], expected: 5 },
      limitMs: 1000,
      sinceMs: 0,
    } as const;
    const at = (atMs: number, event: object) => ({ atMs, ...event }) as RollEvent;
    const journal = new TimeJournal();
    const observed = (atMs: number, decision: object) => at(atMs, { kind: 'observed', decision });
    const events = [
      at(0, { kind: 'started' }),
      observed(100, { kind: 'wait', wait }),
      at(100, { kind: 'waiting', wait }),
      observed(5100, { kind: 'act', step }),
      at(5200, { kind: 'step-started', step, number: 1 }),
      at(5300, { kind: 'step-done', step, number: 1, elapsedMs: 100 }),
      // The engine tells of the same wait once.
      observed(5400, { kind: 'wait', wait }),
      observed(9400, { kind: 'act', step }),
      at(9500, { kind: 'step-refused', step, reason: { kind: 'unknown' } }),
      observed(10_500, { kind: 'act', step }),
      at(11_000, { kind: 'step-failed', step, message: 'throttled' }),
    ];
    for (const event of events) journal.take(event, 'grow');
    journal.end(12_000);
    expect(journal.spans.map(({ use, for: on, fromMs, toMs }) => `${use} ${on} ${toMs - fromMs}`)).toEqual([
      'observation null 100',
      'wait ready 5000',
      'observation null 100',
      'step register 100',
      'observation null 100',
      'wait ready 4000',
      'observation null 100',
      'refusal unknown 1500',
      'retry register 1000',
    ]);
  });

  it('has the time between two processes as time in which none was running, and adds up to the whole roll', async () => {
    const engine = createFakeEngine(3);
    const first = await recordUntil(engine, 12);
    expect(first.result.outcome).toBe('interrupted');
    await engine.clock.sleep(3_600_000);
    const second = await record(engine);
    expect(second.result.outcome).toBe('rolled');
    const { report, page } = buildRenderedReport([], [...first.documents, ...second.documents], undefined);
    expectNoGaps(report.time);
    const idle = report.time.filter(({ use }) => use === 'no-process');
    expect(idle).toHaveLength(1);
    expect(sumMs(idle)).toBeGreaterThanOrEqual(3_600_000);
    expect(sumMs(report.time) - sumMs(idle)).toBe(first.result.elapsedMs + second.result.elapsedMs);
    expect(page).toContain('no process was running');
    expect(report.phases.map(({ name }) => name)).not.toContain(undefined);
  });

  it('is not known between the last record of a killed process and its end', async () => {
    const engine = createFakeEngine(3);
    const first = await recordUntil(engine, 12);
    const killed = first.documents.slice(0, -3);
    const last = killed.findLastIndex(({ kind }) => kind === 'time-spent');
    expect(last).toBeLessThan(killed.length - 1);
    const second = await record(engine);
    const text = [...killed, ...second.documents].map(formatNdjson).join('');
    const { report } = buildRenderedReport([{ name: 'roll.ndjson', text }], [], undefined);
    expectNoGaps(report.time);
    expect(report.time.filter(({ use }) => use === 'not-recorded' || use === 'no-process')).not.toEqual([]);
  });

  it('is left out of the report where an earlier version wrote the events', () => {
    const { report, page } = buildRenderedReport([readRollFile('rolled')], [], undefined);
    expect(report.time).toEqual([]);
    expect(page).not.toContain('Where the time went');
  });

  it('is added up by use, the longest first', () => {
    const span = { phase: 'drain', use: 'wait', instanceIds: [] } as const;
    const sums = sumTime([
      { ...span, for: 'drained', fromMs: 0, toMs: 10 },
      { ...span, for: 'out-of-raft', fromMs: 10, toMs: 40 },
      { ...span, for: 'drained', fromMs: 40, toMs: 45 },
    ]);
    expect(sums).toEqual([
      { use: 'wait', for: 'out-of-raft', count: 1, elapsedMs: 30 },
      { use: 'wait', for: 'drained', count: 2, elapsedMs: 15 },
    ]);
  });
});
