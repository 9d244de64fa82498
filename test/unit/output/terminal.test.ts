import { describe, expect, it } from 'vitest';
import { createView, detectViewKind, supportsColour } from '../../../src/lib/output/create-view.js';
import { createTestLogSink } from '../../helpers/log-sink.js';
import { buildResult, buildScriptedRoll } from '../../helpers/scripted-roll.js';

const TERMINAL = { isTTY: true, columns: 80, rows: 24 };

describe('the terminal', () => {
  it('keeps the stages, one line each, and has its cursor back', async () => {
    const { stream, text } = createTestLogSink(TERMINAL);
    let nowMs = buildScriptedRoll()[0]?.atMs ?? 0;
    const view = await createView('terminal', { stream, colour: false, now: () => nowMs });
    for (const event of buildScriptedRoll()) {
      nowMs = event.atMs;
      view.handle(event);
    }
    await view.end(buildResult());
    const last = withoutControls(text()).split('\n').slice(-8);
    expect(last.map((line) => line.slice(2, 12).trim()).filter(Boolean)).toEqual([
      'Preflight',
      'Snapshot',
      'Prepare',
      'Canary',
      'Grow',
      'Drain',
      'Finish',
    ]);
    expect(text().lastIndexOf('\u001B[?25h')).toBeGreaterThan(text().lastIndexOf('\u001B[?25l'));
  });

  it('is restored when the roll ends in an error', async () => {
    const { stream, text } = createTestLogSink(TERMINAL);
    const view = await createView('terminal', { stream, colour: false, now: () => 0 });
    await view.end(undefined);
    expect(withoutControls(text())).toMatch(/✖ Preflight/);
    const before = text();
    stream.write('after');
    expect(text()).toBe(`${before}after`);
  });
});

describe('the choice of a view', () => {
  it.each([
    ['a terminal', TERMINAL, {}, 'terminal'],
    ['a pipe', { ...TERMINAL, isTTY: false }, {}, 'plain'],
    ['a dumb terminal', TERMINAL, { TERM: 'dumb' }, 'plain'],
    ['CI', TERMINAL, { CI: 'true' }, 'plain'],
    ['CI that is off', TERMINAL, { CI: 'false' }, 'terminal'],
    ['few rows', { ...TERMINAL, rows: 19 }, {}, 'plain'],
    ['few columns', { ...TERMINAL, columns: 59 }, {}, 'plain'],
  ])('%s', (_, stream, env, kind) => {
    expect(detectViewKind(stream, env)).toBe(kind);
  });

  it('has no colour with NO_COLOR', () => {
    expect(supportsColour(TERMINAL, {})).toBe(true);
    expect(supportsColour(TERMINAL, { NO_COLOR: '1' })).toBe(false);
    expect(supportsColour({ isTTY: false }, {})).toBe(false);
  });
});

function withoutControls(text: string): string {
  const controls = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g');
  return text.replaceAll(controls, '').replaceAll('\r', '');
}
