import { describe, expect, it } from 'vitest';
import { UNKNOWN_ETA, updateEta } from '../../../src/lib/engine/plan/estimate.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import type { AutopilotSettings } from '../../../src/lib/model/observation.js';
import { applyEvent, type Progress, startProgress } from '../../../src/lib/output/progress.js';
import { buildFrame, type Frame, type Size } from '../../../src/lib/output/terminal/frame.js';
import { buildOrder, createFakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { buildFacts, buildIntent } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildScriptedRoll } from '../../helpers/scripted-roll.js';
import { OBSERVED_AT_MS } from '../../helpers/servers.js';

const SMALL: Size = { columns: 80, rows: 24 };
const LARGE: Size = { columns: 200, rows: 60 };

function progressAfter(count: number): { progress: Progress; atMs: number } {
  const events = buildScriptedRoll().slice(0, count);
  return {
    progress: events.reduce(applyEvent, startProgress(OBSERVED_AT_MS)),
    atMs: events.at(-1)?.atMs ?? OBSERVED_AT_MS,
  };
}

function indexOf(wanted: (event: RollEvent) => boolean): number {
  return buildScriptedRoll().findIndex(wanted) + 1;
}

/** The frame as listr2 lays it out. */
function drawn(frame: Frame): string {
  const stages = frame.phases.flatMap(({ state, title, detail }) => [
    `${state.padEnd(8)}${title}`,
    ...detail.map(({ style: tone, text }, line) => `        ${line === 0 ? '' : '  '}${text}${' '}<${tone}>`),
  ]);
  return [...frame.heading, ...stages, '', ...frame.footer].join('\n');
}

function heightOf(frame: Frame): number {
  const stages = frame.phases.reduce((lines, { detail }) => lines + 1 + detail.length, 0);
  return frame.heading.length + stages + 1 + frame.footer.length;
}

/** From the smallest that is drawn at all to the largest. */
/** A roll, with an estimate and four frames at each of its events: seconds of processor time. */
const WHOLE_ROLL_MS = 60_000;
const SIZES: readonly Size[] = [{ columns: 60, rows: 20 }, SMALL, { columns: 100, rows: 45 }, LARGE];

function expectToFit(frame: Frame, size: Size): void {
  expect(heightOf(frame)).toBeLessThanOrEqual(size.rows);
  const widths = frame.phases.flatMap(({ title, detail }) => [
    title.length + 2,
    ...detail.map(({ text }) => text.length + 4),
  ]);
  const others = [...frame.heading, ...frame.footer].map((line) => line.length);
  expect(Math.max(...widths, ...others)).toBeLessThan(size.columns);
}

describe('buildFrame', () => {
  it('shows new servers coming up', () => {
    const { progress, atMs } = progressAfter(
      indexOf((event) => event.kind === 'observed' && event.observation.servers.length === 10) + 1,
    );
    expect(drawn(buildFrame(progress, SMALL, atMs + 21_000))).toMatchSnapshot();
  });

  it('shows an old server leaving', () => {
    const leave = indexOf((event) => event.kind === 'step-started' && event.step.action.kind === 'leave');
    const { progress, atMs } = progressAfter(leave + 2);
    expect(drawn(buildFrame(progress, SMALL, atMs + 3_000))).toMatchSnapshot();
  });

  it('says how long the roll may take: estimated, measured, overdue; and of one that is stopping or over, nothing', () => {
    const { progress, atMs } = progressAfter(40);
    const share = { kind: 'boot', count: 1, ms: 200_000, eachMs: 200_000 } as const;
    const timeOf = (basis: 'assumed' | 'measured', leftMs: number, laterMs = 0, change = {}) => {
      const expected = { atMs, forecast: { remainingMs: leftMs, parts: [{ ...share, ms: leftMs, basis }] } };
      const shown = { ...progress, startedAtMs: atMs - 47_000, ...change };
      return buildFrame(shown, SMALL, atMs + laterMs, { expected })
        .footer.at(-1)
        ?.trimEnd();
    };
    expect(timeOf('assumed', 200_000)).toMatch(/the current step +47 s of an estimated 4 m 10 s$/);
    expect(timeOf('measured', 41_000)).toMatch(/ 47 s of about 1 m 30 s$/);
    expect(timeOf('measured', 3_000, 2_500)).toMatch(/ 49 s of about 50 s$/);
    expect(timeOf('measured', 3_000, 10_000)).toMatch(/ 57 s, expected about 50 s$/);
    expect(timeOf('measured', 41_000, 0, { pausing: true })).toMatch(/stops at once +47 s$/);
    expect(timeOf('measured', 41_000, 0, { phases: [] })).toMatch(/^ +47 s$/);
  });

  it('says whose lock it waits for, until it has it', () => {
    const first = indexOf((event) => event.kind === 'step-started');
    const { progress, atMs } = progressAfter(first - 1);
    const holder = { holder: 'ann@ops pid 7', rollId: '7f3a', sinceMs: 0, renewedAtMs: 0, ttlMs: 30_000 };
    const contested = applyEvent(progress, { kind: 'lock-held', atMs, holder });
    const words = 'ann@ops pid 7 holds the lock; checking whether it is still alive';
    expect(drawn(buildFrame(contested, SMALL, atMs))).toContain(words);
    const [next] = buildScriptedRoll().slice(first - 1);
    if (next === undefined) throw new Error('the roll has a step');
    expect(drawn(buildFrame(applyEvent(contested, next), SMALL, atMs))).not.toContain(words);
  });

  it('uses the width of the screen, up to 100 columns', () => {
    const { progress, atMs } = progressAfter(40);
    const titles = buildFrame(progress, LARGE, atMs).phases.map(({ title }) => title.length);
    expect(Math.max(...titles)).toBeGreaterThan(80);
    expect(Math.max(...titles)).toBeLessThanOrEqual(100);
  });

  it.each([3, 5, 7])(
    'fits every screen at every event of a roll of %d servers',
    async (servers) => {
      const { events } = await runRoll(createFakeEngine(servers));
      expect(events.length).toBeGreaterThan(100);
      let progress = startProgress(events[0]?.atMs ?? 0);
      let eta = UNKNOWN_ETA;
      for (const event of events) {
        progress = applyEvent(progress, event);
        eta = updateEta(eta, event, buildOrder());
        const expected = eta.latest;
        for (const size of SIZES) expectToFit(buildFrame(progress, size, event.atMs, { expected }), size);
      }
    },
    WHOLE_ROLL_MS,
  );

  it('shows every server of a roll of five at 80x24, and keeps each on its line', async () => {
    const { events } = await runRoll(createFakeEngine(5));
    let progress = startProgress(events[0]?.atMs ?? 0);
    const lines = new Map<string, Set<number>>();
    for (const event of events) {
      progress = applyEvent(progress, event);
      const { phases: stages } = buildFrame(progress, SMALL, event.atMs);
      const servers = stages.flatMap(({ detail }) => detail.slice(1).map(({ text }) => text.split(' ')[0] ?? ''));
      const known = progress.serverList.servers.map(({ instanceId }) => instanceId);
      if (servers.length > 0) expect(servers).toEqual(known);
      for (const [line, id] of servers.entries()) lines.set(id, (lines.get(id) ?? new Set()).add(line));
    }
    expect(lines.size).toBe(10);
    for (const places of lines.values()) expect(places.size).toBe(1);
  });

  it('counts the seconds until Consul lets a new server vote', () => {
    const autopilot = { serverStabilizationMs: 10_000 } as AutopilotSettings;
    const first = buildObservation({ over: { preflightFacts: buildFacts({ autopilot }) } });
    const joined = buildObservation({ new: 1, stages: { 'i-0b11': 'joined' } });
    const atMs = OBSERVED_AT_MS;
    const decision = { kind: 'done', outcome: 'rolled' } as const;
    const events: RollEvent[] = [
      { kind: 'started', atMs, intent: buildIntent(first), resumed: false },
      { kind: 'observed', atMs, observation: first, memory: EMPTY_MEMORY, decision },
      { kind: 'phase', atMs, phase: 'canary' },
      { kind: 'observed', atMs, observation: joined, memory: EMPTY_MEMORY, decision },
    ];
    const progress = events.reduce(applyEvent, startProgress(atMs));
    expect(drawn(buildFrame(progress, SMALL, atMs + 2_000))).toContain('voter in 8 s');
    expect(drawn(buildFrame(progress, SMALL, atMs + 30_000))).toContain('voter soon');
  });

  it('marks no phase as done that this roll skipped, where phases share a line in a rollback', () => {
    const observation = buildObservation({ old: 6, new: 7, leader: 6 });
    const intent = { ...buildIntent(observation), direction: 'rollback' } as const;
    const decision = { kind: 'done', outcome: 'rolled-back' } as const;
    const events: RollEvent[] = [
      { kind: 'started', atMs: OBSERVED_AT_MS, intent, resumed: true },
      { kind: 'observed', atMs: OBSERVED_AT_MS, observation, memory: EMPTY_MEMORY, decision },
      { kind: 'phase', atMs: OBSERVED_AT_MS, phase: 'rollback' },
    ];
    const progress = events.reduce(applyEvent, startProgress(OBSERVED_AT_MS));
    const shown = buildFrame(progress, SMALL, OBSERVED_AT_MS);
    expect(shown.phases.map(({ state, title }) => [state, title.split(/ {2}/)[0]])).toEqual([
      ['done', 'Preflight, Snapshot, Prepare, Canary, Grow'],
      ['skipped', 'Drain, Finish'],
      ['running', 'Rollback'],
    ]);
    expectToFit(shown, SMALL);
  });

  it('fits a cluster that outgrows the screen, and shows what is not simply serving', () => {
    const observation = buildObservation({ old: 9, new: 9, stages: { 'i-0b19': 'booting', 'i-0b18': 'joined' } });
    const events: RollEvent[] = [
      { kind: 'started', atMs: OBSERVED_AT_MS, intent: buildIntent(observation), resumed: false },
      { kind: 'phase', atMs: OBSERVED_AT_MS, phase: 'grow' },
      {
        kind: 'observed',
        atMs: OBSERVED_AT_MS,
        observation,
        memory: EMPTY_MEMORY,
        decision: { kind: 'done', outcome: 'rolled' },
      },
      { kind: 'pause-requested', atMs: OBSERVED_AT_MS },
    ];
    const frame = buildFrame(
      events.reduce(applyEvent, startProgress(OBSERVED_AT_MS)),
      { columns: 80, rows: 20 },
      OBSERVED_AT_MS,
    );
    expect(heightOf(frame)).toBeLessThanOrEqual(20);
    expect(drawn(frame)).toContain('i-0b19');
    expect(drawn(frame)).toContain('i-0b18');
    expect(drawn(frame)).toMatch(/and \d others/);
    expect(frame.footer.at(-1)).toContain('Ctrl-C again');
    const again = applyEvent(events.reduce(applyEvent, startProgress(OBSERVED_AT_MS)), {
      kind: 'stop-requested',
      atMs: OBSERVED_AT_MS,
    });
    expect(buildFrame(again, SMALL, OBSERVED_AT_MS).footer.at(-1)).toContain('a third Ctrl-C exits during the step');
  });
});
