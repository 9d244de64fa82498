import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeEngine, runRoll } from '../helpers/fake-engine.js';
import { compileProgram, type Program } from '../helpers/program.js';
import { hasTmux, openPane, type Pane } from '../helpers/tmux.js';

const PLAYBACK = new URL('../helpers/playback.mjs', import.meta.url).pathname;
const STUCK = new URL('../helpers/stuck-roll.mjs', import.meta.url).pathname;
const PAUSE_MS = 25;
const LIMIT_MS = 60_000;
const STAGES = ['Preflight', 'Snapshot', 'Prepare', 'Canary', 'Grow', 'Drain', 'Finish'];

const present = hasTmux();
if (!present) process.stderr.write('SKIPPED: the frames of a roll in a terminal: there is no tmux\n');

/** Each kind of screen, and what the window becomes in mid-roll. */
const CASES = [
  { servers: 3, columns: 80, rows: 24, to: { columns: 66, rows: 20 } },
  { servers: 5, columns: 100, rows: 45, to: { columns: 80, rows: 24 } },
  { servers: 7, columns: 200, rows: 60, to: { columns: 60, rows: 22 } },
];

describe.skipIf(!present)('a roll on a real terminal', () => {
  let program: Program;
  let folder: string;

  beforeAll(() => {
    program = compileProgram();
    folder = mkdtempSync(join(tmpdir(), 'screen-'));
  }, LIMIT_MS);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.concurrent.each(CASES)(
    'of $servers servers at $columns x $rows is steady, and ends with the summary',
    async ({ servers, columns, rows, to }) => {
      const { events } = await runRoll(createFakeEngine(servers));
      const file = join(folder, `${servers}.json`);
      writeFileSync(file, JSON.stringify(events));
      const command = [process.execPath, PLAYBACK, program.root, file, String(PAUSE_MS)];
      const pane = openPane(command, columns, rows);
      try {
        const frames = await record(pane, to);
        expect(frames.length).toBeGreaterThan(10);
        for (const frame of frames) expectSteady(frame);
        expectSummaryLast(pane.everything(), pane.screen());
      } finally {
        pane.close();
      }
    },
    LIMIT_MS,
  );

  it(
    // failure-mode: interrupted-thrice
    'is given back by a third Ctrl-C, where the roll heeds no other',
    async () => {
      const pane = openPane([process.execPath, STUCK, program.root], 80, 24);
      const shows = (text: string) => pane.screen().some((line) => line.includes(text));
      try {
        await until(() => pane.isSecond() && shows('Ctrl-C stops after the current step'));
        pane.press('C-c');
        await until(() => shows('Ctrl-C again stops at once'));
        pane.press('C-c');
        await until(() => shows('heard the second one'));
        pane.press('C-c');
        await until(() => shows('Stopped during a step. Next:') && shows('consul-roll status --cluster consul'));
        expect(pane.isSecond()).toBe(false);
        expect(pane.hasCursor()).toBe(true);
      } finally {
        pane.close();
      }
    },
    LIMIT_MS,
  );
});

async function until(holds: () => boolean): Promise<void> {
  const startMs = Date.now();
  while (!holds()) {
    if (Date.now() - startMs > LIMIT_MS / 4) throw new Error(`it did not come about: ${holds}`);
    await sleep(50);
  }
}

/** The screen as it was several times a second, until the summary is there; resized once servers are on it. */
async function record(pane: Pane, to: { columns: number; rows: number }): Promise<string[][]> {
  const frames: string[][] = [];
  const startMs = Date.now();
  let resized = false;
  for (;;) {
    const screen = pane.screen();
    if (screen.some((line) => line.startsWith('Next'))) return frames;
    if (Date.now() - startMs > LIMIT_MS / 2) throw new Error(`no summary came:\n${screen.join('\n')}`);
    if (screen.some((line) => line.includes('voters '))) frames.push(screen);
    if (!resized && frames.length > 8) {
      pane.resize(to.columns, to.rows);
      resized = true;
    }
    await sleep(120);
  }
}

/** Nothing is there twice: no line of a picture before was left behind, and none was wrapped. */
function expectSteady(frame: readonly string[]): void {
  const ids = frame.flatMap((line) => line.match(/^ {4}(i-\w+)/)?.[1] ?? []);
  expect(new Set(ids).size).toBe(ids.length);
  for (const once of [/^consul {3}roll/, /voters \d/, /Ctrl-C/]) {
    expect(frame.filter((line) => once.test(line)).length).toBeLessThanOrEqual(1);
  }
}

/** Above the summary are the stages, each once, and nothing else: the pictures left no trace. */
function expectSummaryLast(everything: readonly string[], screen: readonly string[]): void {
  const stages = everything.flatMap((line) => line.match(/^\S (\w+)/)?.[1] ?? []).filter((one) => STAGES.includes(one));
  expect(stages).toEqual(STAGES);
  expect(everything[STAGES.length]).toMatch(/^Rolled: /);
  expect(everything.some((line) => /voters \d+ {3}quorum/.test(line))).toBe(false);
  expect(screen.at(-1)).toMatch(/consul-roll status --cluster consul/);
}
