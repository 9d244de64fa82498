import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../src/lib/model/event.js';
import { advanced, type Progress, progressAt } from '../../src/lib/ui/progress.js';
import { type Frame, frameOf, type Room } from '../../src/lib/ui/terminal/frame.js';
import { intentFor } from '../support/intents.js';
import { scriptedRoll } from '../support/scripted-roll.js';
import { LOOK_MS } from '../support/servers.js';
import { surveyOf } from '../support/surveys.js';

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
  return [...stages, '', ...frame.foot].join('\n');
}

function heightOf(frame: Frame): number {
  const stages = frame.stages.reduce((lines, { detail }) => lines + 1 + detail.length, 0);
  return stages + 1 + frame.foot.length;
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

  it.each([
    ['80x24', SMALL],
    ['60x20', { columns: 60, rows: 20 }],
    ['200x60', LARGE],
  ])('fits %s at every event', (_, room) => {
    let progress = progressAt(LOOK_MS);
    for (const event of scriptedRoll()) {
      progress = advanced(progress, event);
      const frame = frameOf(progress, room, event.atMs);
      expect(heightOf(frame)).toBeLessThan(room.rows);
      const texts = frame.stages.flatMap(({ title, detail }) => [
        title.length + 2,
        ...detail.map(({ text }) => text.length + 4),
      ]);
      expect(Math.max(...texts, ...frame.foot.map((line) => line.length))).toBeLessThan(room.columns);
    }
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
    expect(heightOf(frame)).toBeLessThan(20);
    expect(drawn(frame)).toContain('i-0b19');
    expect(drawn(frame)).toContain('i-0b18');
    expect(drawn(frame)).toMatch(/and \d others/);
    expect(frame.foot.at(-1)).toContain('Ctrl-C again');
  });
});
