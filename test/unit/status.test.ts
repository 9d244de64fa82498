import { describe, expect, it } from 'vitest';
import { status } from '../../src/lib/engine/status.js';
import { statusJson } from '../../src/lib/output/json/documents.js';
import { VERDICTS, verdictOn } from '../../src/lib/output/text/outcome.js';
import { statusReport } from '../../src/lib/output/text/status.js';
import { type FakeEngine, fakeEngine, runRoll, writesOf } from '../helpers/fake-engine.js';
import { intentFor, limits } from '../helpers/intents.js';
import { LOOK_MS } from '../helpers/servers.js';
import { surveyOf } from '../helpers/surveys.js';

const SIDED = /^(old|new) {2}|\b(old|new)\b/m;

async function statusOf(engine: FakeEngine) {
  const seen = await status(engine, { cluster: 'consul', group: undefined, limits });
  const lines = statusReport(seen, 100).map(({ text }) => text);
  return {
    seen,
    text: lines.join('\n'),
    next: answerTo('Next', lines),
    document: statusJson(seen),
  };
}

/** The answer to one of the three questions, on one line. */
function answerTo(label: string, lines: readonly string[]): string {
  const from = lines.findIndex((line) => line.startsWith(label));
  const more = lines.slice(from + 1);
  const rest = more.slice(
    0,
    more.findIndex((line) => !line.startsWith(' ')),
  );
  return [lines[from] ?? '', ...rest].map((line) => line.slice(9)).join(' ');
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
    expect(next).toMatch(/then waiting for the load balancer to drain i-0a12, up to \d+/);
    expect(next).toMatch(/^nothing, until somebody carries on with: consul-roll resume/);
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

describe('the verdict', () => {
  const survey = surveyOf();
  const alone = { survey, intent: undefined, next: undefined, lock: undefined, ailments: [] };
  const intent = intentFor(survey);
  const lock = {
    holder: 'ann@ops pid 7',
    rollId: '7f3a',
    sinceMs: 0,
    renewedAtMs: LOOK_MS - 4_000,
    ttlMs: 30_000,
  };
  const dead = { ...lock, renewedAtMs: LOOK_MS - 31_000 };
  const sick = surveyOf({ stages: { 'i-0a15': 'unhealthy' } });
  const lost = surveyOf({ leader: undefined });

  it.each([
    ['ready', 0, alone],
    ['unhealthy', 3, { ...alone, survey: sick }],
    ['unfinished', 5, { ...alone, intent }],
    ['unfinished', 5, { ...alone, intent, lock: dead }],
    ['rolling', 7, { ...alone, intent, lock }],
    ['rolling', 7, { ...alone, intent, lock, survey: sick }],
    ['quorum-at-risk', 6, { ...alone, survey: lost }],
    ['quorum-at-risk', 6, { ...alone, intent, lock, survey: lost }],
  ] as const)('%s exits %d', (verdict, exitCode, seen) => {
    expect(verdictOn(seen)).toBe(verdict);
    expect(VERDICTS[verdict].exitCode).toBe(exitCode);
    expect(statusJson(seen).verdict).toBe(verdict);
  });

  it('tells a holder that lives from one that has probably died', () => {
    const told = (seen: Parameters<typeof statusReport>[0]) =>
      answerTo(
        'Roll',
        statusReport(seen, 120).map(({ text }) => text),
      );
    expect(told({ ...alone, intent, lock })).toMatch(
      /run by ann@ops pid 7 since .*: alive, last seen 4 s ago/,
    );
    expect(told({ ...alone, intent, lock: dead })).toContain('not seen for 31 s');
    expect(told({ ...alone, intent })).toContain('nobody is running it');
    const back = { ...intent, direction: 'back' } as const;
    expect(told({ ...alone, intent, lock })).toContain(', on its way, begun');
    expect(told({ ...alone, intent: back, lock })).toContain(', on its way back, begun');
    for (const idle of [{ intent }, { intent, lock: dead }]) {
      expect(told({ ...alone, ...idle })).toContain(', unfinished, begun');
    }
    expect(told({ ...alone, intent: back })).toContain(', unfinished on its way back, begun');
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
