import { describe, expect, it } from 'vitest';
import { withContext } from '../../../src/cli/outputs.js';
import type { Decision } from '../../../src/lib/model/decision.js';
import { RollError } from '../../../src/lib/model/errors.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import { formatNdjson } from '../../../src/lib/model/printable.js';
import { EventRecorder } from '../../../src/lib/output/events/event-recorder.js';
import { parseEvent } from '../../../src/lib/output/events/read.js';
import type { DocumentOf, EventDocument, EventKind } from '../../../src/lib/output/events/schema.js';
import { parseEvents } from '../../helpers/events-file.js';
import { limits } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { CONTEXT } from '../../helpers/plans.js';
import { buildResult, buildResultEnd, buildScriptedRoll } from '../../helpers/scripted-roll.js';
import { OBSERVED_AT_MS } from '../../helpers/servers.js';

const SECOND_MS = 1000;
const WAIT: Decision = {
  kind: 'wait',
  wait: { phase: 'grow', for: { kind: 'ready', side: 'new', instanceIds: [], expected: 5 }, limitMs: 1, sinceMs: 0 },
};

function chronicle(): { told: EventDocument[]; chronicle: EventRecorder } {
  const told: EventDocument[] = [];
  const run = { program: '0.1.0', cluster: 'consul', limits, intervalMs: 5000 };
  return { told, chronicle: new EventRecorder(run, [(document) => void told.push(document)], OBSERVED_AT_MS) };
}

function storyOf(events: readonly RollEvent[]): EventDocument[] {
  const { told, chronicle: writer } = chronicle();
  writer.setFound(buildObservation());
  const view = withContext(writer, CONTEXT);
  for (const event of events) view.handle(event);
  return told;
}

function buildObservedEvents(...observations: readonly [atS: number, survey: Observation][]): RollEvent[] {
  return observations.map(([atS, observation]) => {
    const atMs = OBSERVED_AT_MS + atS * SECOND_MS;
    return { kind: 'observed', atMs, observation: { ...observation, atMs }, memory: EMPTY_MEMORY, decision: WAIT };
  });
}

function ofKind<K extends EventKind>(told: readonly EventDocument[], kind: K): DocumentOf<K>[] {
  return told.filter((document): document is DocumentOf<K> => document.kind === kind);
}

describe('the events of a roll', () => {
  it('are read back as they were written', () => {
    const { told, chronicle: writer } = chronicle();
    for (const event of buildScriptedRoll()) writer.handle(event);
    writer.conclude(buildResultEnd(buildResult()), OBSERVED_AT_MS + 82_000);
    const read = parseEvents(told.map(formatNdjson).join(''));
    expect(read.errors).toEqual([]);
    expect(read.events).toEqual(told);
    expect(told.map(({ number }) => number)).toEqual(told.map((_, index) => index + 1));
    expect(told.at(-1)).toMatchObject({ rollId: '7f3a', groups: { old: 'consul', new: 'consul-7f3a' } });
    expect(new Set(told.map(({ cluster }) => cluster))).toEqual(new Set(['consul']));
    expect(told.every(({ text }) => text.length > 3)).toBe(true);
  });

  it('begin with the roll and its target', () => {
    const [started] = ofKind(storyOf(buildScriptedRoll()), 'started');
    expect(started).toMatchObject({
      rollId: '7f3a',
      size: 5,
      groups: { old: 'consul', new: 'consul-7f3a' },
      from: { image: 'ami-0c0ffee01', consul: ['1.20.2'] },
      to: { image: 'ami-0c0ffee02', name: 'consul-v2', createdAt: new Date(OBSERVED_AT_MS - 7_200_000).toISOString() },
      where: { account: '123456789012', alias: 'prod', region: 'eu-west-1', arn: 'arn:aws:iam::123456789012:user/ci' },
      limits: { healthTimeoutMs: 600_000, intervalMs: 5000 },
    });
  });

  it('have every phase once, in order, and each event has its phase', () => {
    const told = storyOf(buildScriptedRoll());
    const phases = ofKind(told, 'phase').map(({ phase }) => phase);
    expect(phases).toEqual(['snapshot', 'prepare', 'canary', 'grow', 'drain', 'finish']);
    expect(ofKind(told, 'step-started').every(({ phase, step }) => phase === step.phase)).toBe(true);
  });

  it('contain the life of a server and of its predecessor', () => {
    const states = new Map<string, string[]>();
    for (const { servers } of ofKind(storyOf(buildScriptedRoll()), 'observed')) {
      for (const { instanceId, state } of servers) {
        const earlier = states.get(instanceId) ?? [];
        if (earlier.at(-1) !== state) states.set(instanceId, [...earlier, state]);
      }
    }
    expect(states.get('i-0b11')).toEqual(['booting', 'non-voter', 'voter', 'in-service']);
    expect(states.get('i-0a15')).toEqual(['in-service', 'draining', 'voter', 'left', 'terminating']);
  });

  it('count the voters as the views do', () => {
    const [first] = ofKind(storyOf(buildObservedEvents([0, buildObservation()])), 'observed');
    expect(first?.state).toEqual({ voters: 5, healthy: 5, quorum: 3, margin: 2, leader: 'i-0a11' });
    const [event] = ofKind(storyOf(buildObservedEvents([0, { ...buildObservation(), raft: undefined }])), 'observed');
    expect(event?.state).toEqual({ voters: null, healthy: null, quorum: null, margin: null, leader: null });
  });

  it('leave out unchanged observations, except one in half a minute', () => {
    const quiet = buildObservedEvents(
      ...[0, 5, 10, 15, 20, 25, 30, 35, 60].map((s): [number, Observation] => [s, buildObservation()]),
    );
    const told = ofKind(storyOf(quiet), 'observed');
    expect(told.map(({ at }) => Date.parse(at) - OBSERVED_AT_MS)).toEqual([0, 30_000, 60_000]);
    const news = buildObservation({ stages: { 'i-0a15': 'draining' } });
    expect(
      ofKind(storyOf(buildObservedEvents([0, buildObservation()], [5, news], [10, news])), 'observed'),
    ).toHaveLength(2);
  });

  it('have the first failed observation, then one in half a minute, and start again with the next failure', () => {
    const failed = (atS: number, inARow: number): RollEvent => {
      return { kind: 'observation-failed', atMs: OBSERVED_AT_MS + atS * SECOND_MS, message: 'Throttling', inARow };
    };
    const row = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => failed(n * 5, n));
    const again = [...buildObservedEvents([45, buildObservation()]), failed(50, 1)];
    const told = ofKind(storyOf([...row, ...again]), 'observation-failed');
    expect(told.map(({ inARow }) => inARow)).toEqual([1, 7, 1]);
  });

  it('end with the outcome, the state of the cluster and what to do next', () => {
    const { told, chronicle: writer } = chronicle();
    const reason = { kind: 'rejoined', instanceId: 'i-0a13', leaves: 3 } as const;
    writer.conclude(buildResultEnd(buildResult({ outcome: 'stopped', reason })), OBSERVED_AT_MS);
    expect(told).toMatchObject([
      {
        kind: 'ended',
        outcome: 'stopped',
        exitCode: 5,
        rollId: null,
        groups: null,
        image: 'ami-0c0ffee02',
        reason: { kind: 'rejoined', sentence: 'i-0a13 rejoined after 3 leave requests.' },
        error: null,
        state: { voters: 5, quorum: 3 },
        elapsedMs: 82_000,
        writes: null,
      },
    ]);
    expect(ofKind(told, 'ended')[0]?.next.at(-1)).toContain('consul-roll resume --cluster consul');
  });

  it('end once, with an error if there was no outcome', () => {
    const { told, chronicle: writer } = chronicle();
    for (const event of buildObservedEvents([0, buildObservation()])) writer.handle(event);
    const error = new RollError({ code: 'locked', message: 'Held by ann.', kind: 'locked', next: 'wait for ann' });
    writer.conclude({ kind: 'error', error, exitCode: 7 }, OBSERVED_AT_MS + 3000);
    writer.conclude(buildResultEnd(buildResult()), OBSERVED_AT_MS + 3000);
    expect(ofKind(told, 'ended')).toMatchObject([
      {
        outcome: 'locked',
        exitCode: 7,
        error: { code: 'locked', next: 'wait for ann' },
        servers: [{}, {}, {}, {}, {}],
        elapsedMs: 3000,
      },
    ]);
  });

  it('contain the writes if they were measured', () => {
    const { told, chronicle: writer } = chronicle();
    const writes = { acknowledged: 10, failed: 1, lost: 0, longestGapMs: 300, longestGapAtMs: OBSERVED_AT_MS };
    writer.conclude({ ...buildResultEnd(buildResult()), writes }, OBSERVED_AT_MS);
    expect(told).toMatchObject([{ writes: { acknowledged: 10, longestGapAt: '2026-01-02T03:04:05.000Z' } }]);
  });
});

describe('a line of an events file', () => {
  const [line = ''] = storyOf(buildObservedEvents([0, buildObservation()])).map((document) => JSON.stringify(document));

  it.each([
    ['an empty line', ''],
    ['the result document after the events', '{"schema":"consul-roll/result/4","outcome":"rolled"}'],
    ['the result document of a demo', '{"schema":"consul-roll/demo/1","outcome":"rolled"}'],
    ['an unknown kind of event', '{"schema":"consul-roll/event/3","kind":"sang"}'],
  ])('passes over %s', (_, other) => {
    expect(parseEvent(other)).toEqual({ kind: 'other' });
  });

  it('of version 2 is read with the state `caught-up` as `passed-gates`', () => {
    const former = line.replace(/"state":"[\w-]+"/, '"state":"caught-up"');
    const earlier = former.replace('event/3', 'event/2');
    expect(parseEvent(earlier)).toEqual(parseEvent(line.replace(/"state":"[\w-]+"/, '"state":"passed-gates"')));
    expect(parseEvent(former)).toMatchObject({ kind: 'mistake' });
  });

  it('ignores an unknown field', () => {
    expect(parseEvent(line.replace('{', '{"mood":"fine",'))).toEqual(parseEvent(line));
  });

  it.each([
    ['is cut off', line.slice(0, 90), /^is not a JSON document$/],
    ['has another version', line.replace('event/3', 'event/4'), /^is not a document of consul-roll\/event\/3$/],
    ['has no number of voters', line.replace('"voters":5', '"voters":"five"'), /^has a wrong state\.voters: /],
    ['is not a document', '7', /^is not a JSON document$/],
  ])('is invalid if it %s', (_, wrong, what) => {
    expect(parseEvents(`${line}\n${wrong}\n`).errors).toMatchObject([{ line: 2, what: expect.stringMatching(what) }]);
  });
});
