import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import { createView } from '../../../src/lib/output/create-view.js';
import type { View } from '../../../src/lib/output/view.js';
import { createFakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { limits } from '../../helpers/intents.js';
import { createTestLogSink } from '../../helpers/log-sink.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildResult, buildScriptedRoll } from '../../helpers/scripted-roll.js';

const events = buildScriptedRoll();
const WAIT = { phase: 'drain', for: { kind: 'drained', instanceId: 'i-0a11' }, limitMs: 1000 } as const;

function plainView(): { view: Promise<View>; text: () => string } {
  const { stream, text } = createTestLogSink();
  return { view: createView('plain', { stream, colour: false, now: Date.now }), text };
}

function tellUntil(view: View, stop: (event: RollEvent) => boolean): void {
  for (const event of events) {
    vi.setSystemTime(event.atMs);
    view.handle(event);
    if (stop(event)) return;
  }
}

describe('a log of a roll', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: events[0]?.atMs });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    [true, 'ops@there 2', 'watching roll 7f3a, started 2026-01-02 03:04:05 UTC, run by ops@there 2'],
    [false, 'ops@there 2', 'watching roll 7f3a, which starts, run by ops@there 2, 2026-01-02 03:04:07 UTC'],
    [true, undefined, 'watching roll 7f3a, started 2026-01-02 03:04:05 UTC'],
  ])('does not claim the lock of another process (%s, %s)', async (resumed, holder, words) => {
    const started = events.find(({ kind }) => kind === 'started');
    if (started?.kind !== 'started') throw new Error('a roll begins by starting');
    const { view, text } = plainView();
    const shown = await view;
    shown.handle({ ...started, resumed, watched: { holder, sinceMs: started.atMs } });
    const intent = { ...started.intent, direction: 'rollback' } as const;
    shown.handle({ ...started, intent, resumed: true, watched: { holder, sinceMs: started.atMs } });
    await shown.end(undefined);
    expect(text()).toContain(`  ${words}\n`);
    expect(text()).toContain('  watching roll 7f3a, a rollback, started 2026-01-02');
  });

  it('has a line for every event', async () => {
    const { view, text } = plainView();
    const shown = await view;
    tellUntil(shown, () => false);
    await shown.end(buildResult());
    expect(text()).toMatchSnapshot();
  });

  it('reports once, without delay, why a group cannot launch a server', async () => {
    const { view, text } = plainView();
    const shown = await view;
    const failing = buildObservation({ new: 1, newGroup: { launchFailure: 'We have none left.' } });
    const decision = { kind: 'done', outcome: 'rolled' } as const;
    const observe = (observation: Observation) =>
      shown.handle({ kind: 'observed', atMs: observation.atMs, observation, memory: EMPTY_MEMORY, decision });
    observe(buildObservation({ new: 1 }));
    observe(failing);
    observe(failing);
    await shown.end(undefined);
    expect(text()).toMatch(/consul-7f3a could not launch a server.*We have none left\./s);
    expect(text().split('could not launch a server')).toHaveLength(2);
  });

  it('has no control characters', async () => {
    const { view, text } = plainView();
    const shown = await view;
    tellUntil(shown, () => false);
    await shown.end(undefined);
    expect([...text()].filter((letter) => letter < ' ' && letter !== '\n')).toEqual([]);
  });

  it('has a line at least every half minute, with what it waits for', async () => {
    const { view, text } = plainView();
    const shown = await view;
    tellUntil(shown, (event) => event.kind === 'waiting');
    const before = text().length;
    vi.advanceTimersByTime(95_000);
    const lines = text().slice(before).trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('still waiting for i-0b11 to be ready, 30 s of 10 m');
    expect(lines[2]).toContain('still waiting for i-0b11 to be ready, 1 m 30 s of 10 m');
    await shown.end(undefined);
  });

  it('has a heartbeat with the time left, if that is known', async () => {
    const { stream, text } = createTestLogSink();
    const conditions = { limits, intervalMs: 1000 };
    const shown = await createView('plain', { stream, colour: false, now: Date.now, conditions });
    const roll = await runRoll(createFakeEngine(3));
    const register = roll.events.findIndex(
      (event) => event.kind === 'step-started' && event.step.action.kind === 'register',
    );
    for (const event of roll.events.slice(0, register)) {
      vi.setSystemTime(event.atMs);
      shown.handle(event);
    }
    vi.advanceTimersByTime(35_000);
    expect(text().trimEnd().split('\n').at(-1)).toMatch(
      / still waiting for i-\w+ to be ready, .*; time left about \d+ (m|s)( \d+ s)?, an estimate$/,
    );
    await shown.end(undefined);
  });

  it('ends with the roll', async () => {
    const { view, text } = plainView();
    const shown = await view;
    await shown.end(undefined);
    vi.advanceTimersByTime(120_000);
    expect(text()).toBe('');
  });

  it('reports a failed observation once, and again with every heartbeat', async () => {
    const { view, text } = plainView();
    const shown = await view;
    for (let inARow = 1; inARow <= 5; inARow += 1) {
      shown.handle({ kind: 'observation-failed', atMs: Date.now(), message: 'Throttling: Rate exceeded', inARow });
    }
    vi.advanceTimersByTime(31_000);
    const lines = text().trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('observation failed: Throttling: Rate exceeded');
    expect(lines[1]).toContain('observation still fails: Throttling: Rate exceeded');
    await shown.end(undefined);
  });

  it('gives the whole path of the snapshot once', async () => {
    const { view, text } = plainView();
    const shown = await view;
    tellUntil(shown, () => false);
    await shown.end(buildResult());
    expect(text().match(/snapshot saved, 1\.2 MB: \/var\/tmp\/consul-7f3a\.snap\.gz/g)).toHaveLength(1);
  });

  it('gives the reason of a failed roll at the end', async () => {
    const { view, text } = plainView();
    const shown = await view;
    const result = buildResult({ outcome: 'stopped', reason: { kind: 'rejoined', instanceId: 'i-0a13', leaves: 3 } });
    shown.handle({ kind: 'ended', atMs: Date.now(), result });
    await shown.end(result);
    expect(text()).toMatch(/ended after 1 m 22 s: stopped: i-0a13 rejoined after 3 leave requests\.$/m);
  });

  it('gives the date when it changes', async () => {
    const { view, text } = plainView();
    const shown = await view;
    for (const atMs of [Date.UTC(2026, 0, 2, 23, 59, 59), Date.UTC(2026, 0, 3, 0, 0, 1)]) {
      shown.handle({ kind: 'waiting', atMs, wait: { ...WAIT, sinceMs: atMs } });
    }
    await shown.end(undefined);
    const lines = text().trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^00:00:01Z .* date 2026-01-03$/);
  });

  it('keeps messages of others on one line', async () => {
    const { view, text } = plainView();
    const shown = await view;
    const message = 'AccessDenied:\r\n::error::no\u001b[31m';
    shown.handle({ kind: 'observation-failed', atMs: Date.now(), message, inARow: 1 });
    await shown.end(undefined);
    expect(text()).toMatch(/^\S+ .* observation failed: AccessDenied: ::error::no \[31m\n$/);
  });

  it('repeats whose lock it waits for', async () => {
    const { view, text } = plainView();
    const shown = await view;
    const holder = { holder: 'ann@ops pid 7', rollId: '7f3a', sinceMs: 0, renewedAtMs: 0, ttlMs: 90_000 };
    shown.handle({ kind: 'lock-held', atMs: Date.now(), holder });
    vi.advanceTimersByTime(31_000);
    const lines = text().trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toContain('ann@ops pid 7 holds the lock');
    await shown.end(undefined);
  });
});
