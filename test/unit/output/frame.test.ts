import { describe, expect, it } from 'vitest';
import { expectedWith, NOTHING_EXPECTED } from '../../../src/lib/engine/plan/estimate.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import type { AutopilotSettings } from '../../../src/lib/model/observation.js';
import { advanced, type Progress, progressAt } from '../../../src/lib/output/progress.js';
import { type Frame, frameOf, type Room } from '../../../src/lib/output/terminal/frame.js';
import { fakeEngine, orderFor, runRoll } from '../../helpers/fake-engine.js';
import { facts, intentFor } from '../../helpers/intents.js';
import { scriptedRoll } from '../../helpers/scripted-roll.js';
import { LOOK_MS } from '../../helpers/servers.js';
import { surveyOf } from '../../helpers/surveys.js';

const SMALL: Room = { columns: 80, rows: 24 };
const LARGE: Room = { columns: 200, rows: 60 };

function progressAfter(count: number): { progress: Progress; atMs: number } {
  const events = scriptedRoll().slice(0, count);
  return { progress: events.reduce(advanced, progressAt(LOOK_MS)), atMs: events.at(-1)?.atMs ?? LOOK_MS };
}

function indexOf(wanted: (event: RollEvent) => boolean): number {
  return scriptedRoll().findIndex(wanted) + 1;
}

/** The picture as listr2 lays it out. */
function drawn(frame: Frame): string {
  const stages = frame.stages.flatMap(({ state, title, detail }) => [
    `${state.padEnd(8)}${title}`,
    ...detail.map(({ tone, text }, line) => `        ${line === 0 ? '' : '  '}${text}${' '}<${tone}>`),
  ]);
  return [...frame.heading, ...stages, '', ...frame.foot].join('\n');
}

function heightOf(frame: Frame): number {
  const stages = frame.stages.reduce((lines, { detail }) => lines + 1 + detail.length, 0);
  return frame.heading.length + stages + 1 + frame.foot.length;
}

/** From the least that is drawn at all to the largest. */
const ROOMS: readonly Room[] = [{ columns: 60, rows: 20 }, SMALL, { columns: 100, rows: 45 }, LARGE];

function expectToFit(frame: Frame, room: Room): void {
  expect(heightOf(frame)).toBeLessThanOrEqual(room.rows);
  const widths = frame.stages.flatMap(({ title, detail }) => [
    title.length + 2,
    ...detail.map(({ text }) => text.length + 4),
  ]);
  const others = [...frame.heading, ...frame.foot].map((line) => line.length);
  expect(Math.max(...widths, ...others)).toBeLessThan(room.columns);
}

describe('a picture of a roll', () => {
  it('shows new servers coming up', () => {
    const { progress, atMs } = progressAfter(
      indexOf((event) => event.kind === 'looked' && event.survey.servers.length === 10) + 1,
    );
    expect(drawn(frameOf(progress, SMALL, atMs + 21_000))).toMatchSnapshot();
  });

  it('shows an old server leaving', () => {
    const leave = indexOf((event) => event.kind === 'step-started' && event.step.action.kind === 'leave');
    const { progress, atMs } = progressAfter(leave + 2);
    expect(drawn(frameOf(progress, SMALL, atMs + 3_000))).toMatchSnapshot();
  });

  it('says how long the roll may take: estimated, measured, overdue; and of one that is stopping or over, nothing', () => {
    const { progress, atMs } = progressAfter(40);
    const share = { span: 'boot', count: 1, ms: 200_000, eachMs: 200_000 } as const;
    const timeOf = (basis: 'assumed' | 'measured', leftMs: number, laterMs = 0, change = {}) => {
      const expected = { atMs, forecast: { leftMs, shares: [{ ...share, ms: leftMs, basis }] } };
      const shown = { ...progress, startedAtMs: atMs - 47_000, ...change };
      return frameOf(shown, SMALL, atMs + laterMs, { expected })
        .foot.at(-1)
        ?.trimEnd();
    };
    expect(timeOf('assumed', 200_000)).toMatch(/the step in hand +47 s of an estimated 4 m 10 s$/);
    expect(timeOf('measured', 41_000)).toMatch(/ 47 s of about 1 m 30 s$/);
    expect(timeOf('measured', 3_000, 2_500)).toMatch(/ 49 s of about 50 s$/);
    expect(timeOf('measured', 3_000, 10_000)).toMatch(/ 57 s, expected about 50 s$/);
    expect(timeOf('measured', 41_000, 0, { pausing: true })).toMatch(/stops at once +47 s$/);
    expect(timeOf('measured', 41_000, 0, { stages: [] })).toMatch(/^ +47 s$/);
  });

  it('says whose lock it waits for, until it has it', () => {
    const first = indexOf((event) => event.kind === 'step-started');
    const { progress, atMs } = progressAfter(first - 1);
    const holder = { holder: 'ann@ops pid 7', rollId: '7f3a', sinceMs: 0, renewedAtMs: 0, ttlMs: 30_000 };
    const contested = advanced(progress, { kind: 'lock-held', atMs, holder });
    const words = 'ann@ops pid 7 holds the lock; watching whether it is still alive';
    expect(drawn(frameOf(contested, SMALL, atMs))).toContain(words);
    const [next] = scriptedRoll().slice(first - 1);
    if (next === undefined) throw new Error('the roll has a step');
    expect(drawn(frameOf(advanced(contested, next), SMALL, atMs))).not.toContain(words);
  });

  it('uses the room there is, but no more than can be read', () => {
    const { progress, atMs } = progressAfter(40);
    const titles = frameOf(progress, LARGE, atMs).stages.map(({ title }) => title.length);
    expect(Math.max(...titles)).toBeGreaterThan(80);
    expect(Math.max(...titles)).toBeLessThanOrEqual(100);
  });

  it.each([3, 5, 7])('fits every screen at every event of a roll of %d servers', async (size) => {
    const { events } = await runRoll(fakeEngine(size));
    expect(events.length).toBeGreaterThan(100);
    let progress = progressAt(events[0]?.atMs ?? 0);
    let expectation = NOTHING_EXPECTED;
    for (const event of events) {
      progress = advanced(progress, event);
      expectation = expectedWith(expectation, event, orderFor());
      const expected = expectation.latest;
      for (const room of ROOMS) expectToFit(frameOf(progress, room, event.atMs, { expected }), room);
    }
  });

  it('shows every server of a roll of five at 80x24, and keeps each on its line', async () => {
    const { events } = await runRoll(fakeEngine(5));
    let progress = progressAt(events[0]?.atMs ?? 0);
    const lines = new Map<string, Set<number>>();
    for (const event of events) {
      progress = advanced(progress, event);
      const { stages } = frameOf(progress, SMALL, event.atMs);
      const servers = stages.flatMap(({ detail }) =>
        detail.slice(1).map(({ text }) => text.split(' ')[0] ?? ''),
      );
      const known = progress.roster.servers.map(({ instanceId }) => instanceId);
      if (servers.length > 0) expect(servers).toEqual(known);
      for (const [line, id] of servers.entries()) lines.set(id, (lines.get(id) ?? new Set()).add(line));
    }
    expect(lines.size).toBe(10);
    for (const places of lines.values()) expect(places.size).toBe(1);
  });

  it('counts the seconds until Consul lets a new server vote', () => {
    const autopilot = { serverStabilizationMs: 10_000 } as AutopilotSettings;
    const first = surveyOf({ over: { facts: facts({ autopilot }) } });
    const joined = surveyOf({ new: 1, stages: { 'i-0b11': 'joined' } });
    const atMs = LOOK_MS;
    const decision = { kind: 'done', outcome: 'rolled' } as const;
    const events: RollEvent[] = [
      { kind: 'started', atMs, intent: intentFor(first), resumed: false },
      { kind: 'looked', atMs, survey: first, decision },
      { kind: 'phase', atMs, phase: 'canary' },
      { kind: 'looked', atMs, survey: joined, decision },
    ];
    const progress = events.reduce(advanced, progressAt(atMs));
    expect(drawn(frameOf(progress, SMALL, atMs + 2_000))).toContain('voter in 8 s');
    expect(drawn(frameOf(progress, SMALL, atMs + 30_000))).toContain('voter soon');
  });

  it('ticks off no stage that this roll did not do, where stages share a line on the way back', () => {
    const survey = surveyOf({ old: 6, new: 7, leader: 6 });
    const intent = { ...intentFor(survey), direction: 'back' } as const;
    const decision = { kind: 'done', outcome: 'rolled-back' } as const;
    const events: RollEvent[] = [
      { kind: 'started', atMs: LOOK_MS, intent, resumed: true },
      { kind: 'looked', atMs: LOOK_MS, survey, decision },
      { kind: 'phase', atMs: LOOK_MS, phase: 'back' },
    ];
    const progress = events.reduce(advanced, progressAt(LOOK_MS));
    const shown = frameOf(progress, SMALL, LOOK_MS);
    expect(shown.stages.map(({ state, title }) => [state, title.split(/ {2}/)[0]])).toEqual([
      ['done', 'Preflight, Snapshot, Prepare, Canary, Grow'],
      ['skipped', 'Drain, Finish'],
      ['running', 'Back'],
    ]);
    expectToFit(shown, SMALL);
  });

  it('fits a cluster that outgrows the screen, and shows what is not simply serving', () => {
    const survey = surveyOf({ old: 9, new: 9, stages: { 'i-0b19': 'booting', 'i-0b18': 'joined' } });
    const events: RollEvent[] = [
      { kind: 'started', atMs: LOOK_MS, intent: intentFor(survey), resumed: false },
      { kind: 'phase', atMs: LOOK_MS, phase: 'grow' },
      { kind: 'looked', atMs: LOOK_MS, survey, decision: { kind: 'done', outcome: 'rolled' } },
      { kind: 'pause-requested', atMs: LOOK_MS },
    ];
    const frame = frameOf(events.reduce(advanced, progressAt(LOOK_MS)), { columns: 80, rows: 20 }, LOOK_MS);
    expect(heightOf(frame)).toBeLessThanOrEqual(20);
    expect(drawn(frame)).toContain('i-0b19');
    expect(drawn(frame)).toContain('i-0b18');
    expect(drawn(frame)).toMatch(/and \d others/);
    expect(frame.foot.at(-1)).toContain('Ctrl-C again');
    const again = advanced(events.reduce(advanced, progressAt(LOOK_MS)), {
      kind: 'stop-requested',
      atMs: LOOK_MS,
    });
    expect(frameOf(again, SMALL, LOOK_MS).foot.at(-1)).toContain('a third Ctrl-C ends it where it stands');
  });
});
