import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RollReport, ServerTimeline } from '../../../src/lib/output/report/model.js';
import { buildRollReport } from '../../../src/lib/output/report/roll-report.js';
import { filterRunsOfRoll, parseEventFiles, splitRuns } from '../../../src/lib/output/report/runs.js';
import { buildTimeScale } from '../../../src/lib/output/report/time-scale.js';
import { ROLLS, readRollFile } from '../../helpers/rolls.js';

function storyFrom(name: (typeof ROLLS)[number], change: (text: string) => string = (text) => text): RollReport {
  const file = readRollFile(name);
  const { documents, problems: flaws } = parseEventFiles([{ ...file, text: change(file.text) }]);
  return buildRollReport(filterRunsOfRoll(splitRuns(documents), undefined), flaws);
}

function statesOf({ spans }: ServerTimeline): string[] {
  return spans.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]);
}

describe('buildRollReport', () => {
  it('contains every server from its launch to its end', () => {
    const { servers } = storyFrom('rolled');
    expect(servers.map(({ side }) => side)).toEqual(['old', 'old', 'old', 'new', 'new', 'new']);
    for (const server of servers.filter(({ side }) => side === 'old')) {
      expect(statesOf(server)[0]).toBe('in-service');
      expect(statesOf(server).at(-1)).toBe('left');
      expect(server.goneAtMs).toBe(server.spans.at(-1)?.toMs);
    }
    for (const server of servers.filter(({ side }) => side === 'new')) {
      expect(statesOf(server)[0]).toBe('booting');
      expect(statesOf(server).slice(-2)).toEqual(['voter', 'in-service']);
      expect(server.goneAtMs).toBeUndefined();
    }
  });

  it.each(ROLLS)('has neither gaps nor overlaps: %s', (name) => {
    const { voters, leaders, phases, servers, runs } = storyFrom(name);
    const rows = [voters, leaders, phases, ...servers.map(({ spans }) => spans)];
    for (const row of rows) {
      for (const [index, { fromMs, toMs }] of row.entries()) {
        const next = row[index + 1];
        expect(toMs).toBeGreaterThanOrEqual(fromMs);
        if (next !== undefined && !runs.some((run) => run.toMs === toMs)) expect(next.fromMs).toBe(toMs);
      }
    }
    expect(phases[0]?.fromMs).toBe(runs[0]?.fromMs);
    expect(phases.at(-1)?.toMs).toBe(runs.at(-1)?.toMs);
  });

  it('contains the outcome and the writes', () => {
    const { end: ending, writes, leaderChanges } = storyFrom('rolled');
    expect(ending).toMatchObject({ outcome: 'rolled', exitCode: 0, next: ['consul-roll status --cluster consul'] });
    expect(ending?.text).toBe('Rolled: every server of consul runs ami-0c0515ea000000002.');
    expect(writes).toMatchObject({ failed: 0, lost: 0 });
    expect(writes?.acknowledged).toBeGreaterThan(100);
    expect(leaderChanges).toBe(1);
    expect(storyFrom('rolled-back').end).toMatchObject({ outcome: 'rolled-back', exitCode: 4 });
    expect(storyFrom('interrupted').end).toMatchObject({ outcome: 'interrupted', exitCode: 130 });
  });

  it('joins a step and its end', () => {
    const { entries: moments } = storyFrom('rolled');
    const leaves = moments.filter(({ what }) => /^Ask i-\w+ to leave/.test(what));
    expect(leaves).toHaveLength(3);
    for (const { why, tookMs } of leaves) {
      expect(why).not.toBe('');
      expect(tookMs).toBeGreaterThanOrEqual(0);
    }
    expect(moments.filter(({ what }) => what.startsWith('done in'))).toEqual([]);
  });
});

describe('a roll that was killed and resumed', () => {
  it('is one report of two runs, and says which has no end', () => {
    const { runs, servers, end: ending, problems: flaws, leaders } = storyFrom('killed-and-resumed');
    expect(runs).toHaveLength(2);
    expect(servers).toHaveLength(6);
    expect(ending?.outcome).toBe('rolled');
    expect(flaws).toEqual([expect.stringMatching(/^The run of 2026-\S+ \S+ UTC has no end in this record/)]);
    expect(leaders.every(({ fromMs, toMs }) => !(fromMs < (runs[0]?.toMs ?? 0) && toMs > (runs[0]?.toMs ?? 0)))).toBe(
      true,
    );
  });

  it('is the same from two files, in any order, and with a repeated run', () => {
    const whole = storyFrom('killed-and-resumed');
    const lines = readRollFile('killed-and-resumed').text.trimEnd().split('\n');
    const second = lines.findLastIndex((line) => line.includes('"kind":"started"'));
    const files = [lines.slice(second), lines.slice(0, second), lines.slice(second)].map((part, index) => ({
      name: `${index}.ndjson`,
      text: `${part.join('\n')}\n`,
    }));
    const { documents, problems: flaws } = parseEventFiles(files);
    expect(buildRollReport(filterRunsOfRoll(splitRuns(documents), undefined), flaws)).toEqual(whole);
  });

  it('says if only the second run is there', () => {
    const { problems: flaws } = storyFrom('killed-and-resumed', (text) =>
      text
        .split('\n')
        .slice(text.split('\n').findLastIndex((line) => line.includes('"kind":"started"')))
        .join('\n'),
    );
    expect(flaws).toEqual([
      expect.stringMatching(/^This record begins in the middle: a run that is not in it started the roll at /),
    ]);
  });
});

describe('a record of events', () => {
  const { text } = readRollFile('interrupted');
  const lines = text.trimEnd().split('\n');
  const read = (changed: string) => parseEventFiles([{ name: 'roll.ndjson', text: changed }]);

  it('may end with a cut line, and says so', () => {
    const cut = read(text.slice(0, -40));
    expect(cut.documents).toHaveLength(lines.length - 1);
    expect(cut.problems).toEqual(['The last line of roll.ndjson is cut off: the process that wrote it was killed.']);
    const story = buildRollReport(splitRuns(cut.documents), cut.problems);
    expect(story.end).toBeUndefined();
    expect(story.problems).toHaveLength(2);
  });

  it('contains the event after a line that a killed process cut', () => {
    const [first = '', ...rest] = lines;
    const glued = read([first.slice(0, 50) + first, ...rest, ''].join('\n'));
    expect(glued.documents).toHaveLength(lines.length);
    expect(glued.problems).toEqual([expect.stringMatching(/^Line 1 of roll.ndjson cannot be read/)]);
  });

  it('counts unreadable lines', () => {
    const { documents, problems: flaws } = read(['Rolling...', ...lines, '{}', '{"schema":"other"}', ''].join('\n'));
    expect(documents).toHaveLength(lines.length);
    expect(flaws).toEqual([expect.stringMatching(/^Line 1 of roll.ndjson .* 2 other lines/)]);
  });

  it('of version 1 is read with the names of this version', () => {
    const url = new URL('../../fixtures/events-version-1.ndjson', import.meta.url);
    const { documents, problems } = parseEventFiles([{ name: 'old.ndjson', text: readFileSync(url, 'utf8') }]);
    expect(problems).toEqual([]);
    expect(documents).toHaveLength(54);
    expect(documents.map(({ kind }) => kind)).toContain('observed');
    const actions = documents.flatMap((one) => (one.kind === 'step-done' ? [one.step.action] : []));
    expect(actions).toContain('suspend-processes');
    expect(JSON.stringify(documents)).toContain('"state":"passed-gates"');
    expect(buildRollReport(splitRuns(documents), []).voters[0]?.margin).toMatchObject({ margin: 1 });
  });

  it('may contain several rolls: the last one counts unless one is named', () => {
    const { documents } = parseEventFiles([
      readRollFile('rolled'),
      readRollFile('interrupted'),
      readRollFile('rolled-back'),
    ]);
    const runs = splitRuns(documents);
    const ids = runs.map(({ rollId }) => rollId);
    expect(new Set(ids).size).toBe(3);
    expect(filterRunsOfRoll(runs, undefined)).toEqual([runs[2]]);
    expect(filterRunsOfRoll(runs, ids[1])).toEqual([runs[1]]);
    expect(filterRunsOfRoll(runs, 'none')).toEqual([]);
  });
});

describe('the time scale', () => {
  it('goes from 0 to 100 with at most ten marks', () => {
    for (const seconds of [3, 19, 100, 400, 3000, 100_000, 1_000_000]) {
      const { at, ticks } = buildTimeScale([{ fromMs: 5000, toMs: 5000 + seconds * 1000 }]);
      expect([at(5000), at(5000 + seconds * 500), at(5000 + seconds * 1000)]).toEqual([0, 50, 100]);
      expect(ticks[0]).toEqual({ at: 0, sinceMs: 0, minor: false });
      expect(ticks.length).toBeGreaterThan(2);
      expect(ticks.length).toBeLessThan(10);
    }
  });

  it('narrows the time between two runs', () => {
    const runs = [
      { fromMs: 0, toMs: 60_000 },
      { fromMs: 36_000_000, toMs: 36_060_000 },
    ];
    const { at, gaps: holes } = buildTimeScale(runs);
    expect(holes).toMatchObject([{ fromMs: 60_000, toMs: 36_000_000 }]);
    expect(at(60_000)).toBeCloseTo(47);
    expect(at(36_000_000)).toBeCloseTo(53);
    expect(at(36_060_000)).toBe(100);
  });
});
