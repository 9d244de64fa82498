import { describe, expect, it } from 'vitest';
import { STATUS_EXIT_CODES } from '../../src/cli/exit-codes.js';
import { readStatus } from '../../src/lib/engine/status.js';
import { EMPTY_MEMORY } from '../../src/lib/model/memory.js';
import { buildStatusDocument } from '../../src/lib/output/json/documents.js';

import { getStatusVerdict } from '../../src/lib/output/text/cluster.js';

import { formatStatus } from '../../src/lib/output/text/status.js';
import { createFakeEngine, type FakeEngine, listWrites, runRoll } from '../helpers/fake-engine.js';
import { buildIntent, limits } from '../helpers/intents.js';
import { buildObservation } from '../helpers/observations.js';
import { OBSERVED_AT_MS } from '../helpers/servers.js';

/** Longer than the followers take to apply what the leader has committed. */
const REPLICATED_MS = 1_000;
const SIDED = /^(old|new) {2}|\b(old|new)\b/m;

async function statusOf(engine: FakeEngine) {
  const seen = await readStatus(engine, { cluster: 'consul', group: undefined, limits });
  const lines = formatStatus(seen, 100).map(({ text }) => text);
  return { seen, text: lines.join('\n'), next: answerTo('Next', lines), document: buildStatusDocument(seen, 0) };
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
/** @param count how many steps of this kind are taken */
function pausedAfter(engine: FakeEngine, kind: string, count = 1) {
  let seen = 0;
  return runRoll(engine, {
    pauseRequested: () => seen >= count,
    onEvent: (event) => {
      if (event.kind === 'step-done' && event.step.action.kind === kind) seen += 1;
    },
  });
}

describe('the status of a roll', () => {
  it('says what a roll in progress does next, not that it waits for servers that are ready', async () => {
    const engine = createFakeEngine(3);
    const { events } = await pausedAfter(engine, 'deregister');
    const [drained] = events.flatMap((event) =>
      event.kind === 'step-done' && event.step.action.kind === 'deregister' ? [event.step.action] : [],
    );
    await engine.clock.sleep(REPLICATED_MS);
    const { next, document } = await statusOf(engine);
    expect(document.next).toMatchObject({ wait: { for: 'drained', instanceIds: drained?.instanceIds.slice(0, 1) } });
    // No process has seen that wait begin, so its time is unknown.
    expect(next).toMatch(
      new RegExp(`then waiting for the load balancer to drain ${drained?.instanceIds[0]}, up to \\d+`),
    );
    expect(next).toMatch(/^nothing until the roll is resumed: consul-roll resume/);
  });

  it('shows old and new servers, and changes nothing', async () => {
    const engine = createFakeEngine(3);
    await pausedAfter(engine, 'deregister');
    const before = listWrites(engine).length;
    const { text, document } = await statusOf(engine);
    expect(text).toMatch(SIDED);
    expect(new Set(document.servers.map(({ side }) => side))).toEqual(new Set(['old', 'new']));
    expect(listWrites(engine)).toHaveLength(before);
  });
});

describe('the verdict', () => {
  const observation = buildObservation();
  const alone = {
    observation,
    memory: EMPTY_MEMORY,
    intent: undefined,
    next: undefined,
    lock: undefined,
    healthIssues: [],
  };
  const intent = buildIntent(observation);
  const lock = {
    holder: 'ann@ops pid 7',
    rollId: '7f3a',
    sinceMs: 0,
    renewedAtMs: OBSERVED_AT_MS - 4_000,
    ttlMs: 30_000,
  };
  const dead = { ...lock, renewedAtMs: OBSERVED_AT_MS - 31_000 };
  const unhealthy = buildObservation({ stages: { 'i-0a15': 'unhealthy' } });
  const lost = buildObservation({ leader: undefined });

  it.each([
    ['ready', 0, alone],
    ['unhealthy', 3, { ...alone, observation: unhealthy }],
    ['unfinished', 5, { ...alone, intent }],
    ['unfinished', 5, { ...alone, intent, lock: dead }],
    ['rolling', 7, { ...alone, intent, lock }],
    ['rolling', 7, { ...alone, intent, lock, observation: unhealthy }],
    ['quorum-at-risk', 6, { ...alone, observation: lost }],
    ['quorum-at-risk', 6, { ...alone, intent, lock, observation: lost }],
  ] as const)('%s exits %d', (verdict, exitCode, seen) => {
    expect(getStatusVerdict(seen)).toBe(verdict);
    expect(STATUS_EXIT_CODES[verdict]).toBe(exitCode);
    expect(buildStatusDocument(seen, 0).verdict).toBe(verdict);
  });

  it('tells a live holder from one that has probably exited', () => {
    const told = (seen: Parameters<typeof formatStatus>[0]) =>
      answerTo(
        'Roll',
        formatStatus(seen, 120).map(({ text }) => text),
      );
    expect(told({ ...alone, intent, lock })).toMatch(/run by ann@ops pid 7 since .*: alive, last seen 4 s ago/);
    expect(told({ ...alone, intent, lock: dead })).toContain('not seen for 31 s');
    expect(told({ ...alone, intent })).toContain('no process runs it');
    const back = { ...intent, direction: 'rollback' } as const;
    expect(told({ ...alone, intent, lock })).toContain(', in progress, started');
    expect(told({ ...alone, intent: back, lock })).toContain(', in progress, rolling back, started');
    for (const idle of [{ intent }, { intent, lock: dead }]) {
      expect(told({ ...alone, ...idle })).toContain(', unfinished, started');
    }
    expect(told({ ...alone, intent: back })).toContain(', unfinished, rolling back, started');
  });
});

describe('the status of a cluster without a roll', () => {
  it.each(['before a roll', 'after one'])('calls no server old: %s', async (when) => {
    const engine = createFakeEngine(3);
    if (when === 'after one') await runRoll(engine);
    const { text, document } = await statusOf(engine);
    expect(text).toContain('no roll is in progress');
    expect(text).not.toMatch(SIDED);
    expect(document.servers.map(({ side }) => side)).toEqual([null, null, null]);
    expect(document.next).toBeNull();
  });
});
