import { describe, expect, it } from 'vitest';
import { status } from '../src/lib/status.js';
import { statusJson } from '../src/lib/ui/json/documents.js';
import { statusReport } from '../src/lib/ui/reports/status.js';
import { type FakeEngine, fakeEngine, runRoll, writesOf } from './support/fake-engine.js';
import { limits } from './support/intents.js';

const SIDED = /^(old|new) {2}|\b(old|new)\b/m;

async function statusOf(engine: FakeEngine) {
  const seen = await status(engine, { cluster: 'consul', group: undefined, limits });
  const lines = statusReport(seen, 100).map(({ text }) => text);
  return { seen, text: lines.join('\n'), next: lines.at(-1), document: statusJson(seen) };
}

/** Pauses a roll once a step of this kind is done. */
function pausedAfter(engine: FakeEngine, kind: string) {
  let seen = false;
  return runRoll(engine, {
    pauseRequested: () => seen,
    onEvent: (event) => {
      seen ||= event.kind === 'step-done' && event.step.action.kind === kind;
    },
  });
}

describe('the status of a roll', () => {
  it('says what a roll under way does next, not that it waits for servers long ready', async () => {
    const engine = fakeEngine(3);
    await pausedAfter(engine, 'deregister');
    const { next, document } = await statusOf(engine);
    expect(document.next).toMatchObject({ wait: { for: { kind: 'drained', instanceId: 'i-0a12' } } });
    // Nobody has seen that wait begin, so no time of it is known.
    expect(next).toMatch(/^next: waiting for the load balancer to drain i-0a12, up to \d+/);
  });

  it('tells the sides apart, and changes nothing', async () => {
    const engine = fakeEngine(3);
    await pausedAfter(engine, 'deregister');
    const before = writesOf(engine).length;
    const { text, document } = await statusOf(engine);
    expect(text).toMatch(SIDED);
    expect(new Set(document.servers.map(({ side }) => side))).toEqual(new Set(['old', 'new']));
    expect(writesOf(engine)).toHaveLength(before);
  });
});

describe('the status of a cluster that nobody rolls', () => {
  it.each(['before a roll', 'after one'])('calls nothing old: %s', async (when) => {
    const engine = fakeEngine(3);
    if (when === 'after one') await runRoll(engine);
    const { text, document } = await statusOf(engine);
    expect(text).toContain('no roll is going on');
    expect(text).not.toMatch(SIDED);
    expect(document.servers.map(({ side }) => side)).toEqual([null, null, null]);
    expect(document.next).toBeNull();
  });
});
