import { describe, expect, it } from 'vitest';
import { rememberDecision, rememberLook } from '../../../src/lib/engine/decide/memory.js';
import type { Decision, WaitFor } from '../../../src/lib/model/decision.js';
import type { History, Survey } from '../../../src/lib/model/observation.js';
import { limits, type MidRollShape, midRoll } from '../../helpers/intents.js';
import { LOOK_MS } from '../../helpers/servers.js';

const SPACING_MS = 1000;

/** The history after looks at these shapes, one a second. */
function looksAt(...shapes: MidRollShape[]): History {
  return shapes.reduce<History>(
    (history, shape, n) => {
      const { survey } = midRoll({ size: 3, old: 3, new: 1, ...shape });
      return rememberLook({ ...survey, atMs: LOOK_MS + n * SPACING_MS, history }, limits, SPACING_MS);
    },
    midRoll({ history: { proved: [] } }).survey.history,
  );
}

const good: MidRollShape = {};
const bad: MidRollShape = { stages: { 'i-0b11': 'unhealthy' } };
const gone: MidRollShape = { stages: { 'i-0b11': 'left' } };

describe('looks in a row', () => {
  it('prove a server after as many as it takes', () => {
    expect(looksAt(good, good).proved).not.toContain('i-0b11');
    expect(looksAt(good, good, good).proved).toContain('i-0b11');
  });

  it('begin anew after one that failed', () => {
    expect(looksAt(good, good, bad, good, good).proved).not.toContain('i-0b11');
    expect(looksAt(good, good, bad, good, good, good).proved).toContain('i-0b11');
  });

  it('are asked of a proved server again once it was ill, for as long as it stays ill now and then', () => {
    const ill = [bad, gone, { stages: { 'i-0b11': 'booting' } } as const];
    for (const flap of ill) {
      const flapped = looksAt(good, good, good, flap, good, good);
      expect(flapped.proved).toContain('i-0b11');
      expect(flapped.relapsed).toEqual(['i-0b11']);
      expect(looksAt(good, good, good, flap, good, good, good).relapsed).toEqual([]);
      expect(looksAt(good, good, good, flap, good, good, flap, good).relapsed).toEqual(['i-0b11']);
    }
  });

  it('are not asked again after an election, in which autopilot finds nobody healthy', () => {
    const { survey } = midRoll({ size: 3, old: 3, new: 1 });
    const raft = survey.raft && {
      ...survey.raft,
      peers: survey.raft.peers.map((peer) => ({ ...peer, healthy: false })),
    };
    const servers = survey.servers.map((one) => ({
      ...one,
      peer: one.peer && { ...one.peer, healthy: false },
    }));
    expect(looksAt(good, good, good, { over: { raft, servers } }).relapsed).toEqual([]);
    expect(looksAt(good, good, good, { over: { raft: undefined } }).relapsed).toEqual([]);
  });

  it('count an agent as down only when refused and out of Raft', () => {
    expect(looksAt(gone, gone).downLooks).toMatchObject({ 'i-0b11': 2 });
    expect(looksAt(gone, gone, good).downLooks).not.toHaveProperty('i-0b11');
    expect(looksAt({ stages: { 'i-0b11': 'booting' } }).downLooks).toEqual({});
    expect(looksAt({ stages: { 'i-0b11': 'booting' } }).silentLooks).toEqual({ 'i-0b11': 1 });
  });

  it('do not count when they are too close, but break a row all the same', () => {
    const { survey } = midRoll({ size: 3, old: 3, new: 1, history: { proved: [] } });
    const at = (ms: number, from: Survey, history: History) =>
      rememberLook({ ...from, atMs: LOOK_MS + ms, history }, limits, SPACING_MS);
    const first = at(0, survey, survey.history);
    const close = at(SPACING_MS - 1, survey, first);
    expect(close.readyLooks).toMatchObject({ 'i-0b11': 1 });
    expect(at(SPACING_MS, survey, close).readyLooks).toMatchObject({ 'i-0b11': 2 });
    const { survey: worse } = midRoll({ size: 3, old: 3, new: 1, ...bad });
    expect(at(SPACING_MS - 1, worse, first).readyLooks).not.toHaveProperty('i-0b11');
  });
});

describe('since when all are new', () => {
  const alone: MidRollShape = { old: 0, new: 3, leader: 0 };
  const unhealthy: MidRollShape = { ...alone, stages: { 'i-0b12': 'unhealthy' } };

  it.each<[string, MidRollShape[], number | undefined]>([
    ['the first such look', [good, alone, alone], LOOK_MS + SPACING_MS],
    ['never while an old one stands', [good], undefined],
    ['never while one is unhealthy', [unhealthy], undefined],
    ['anew after one was unhealthy', [alone, unhealthy, alone], LOOK_MS + 2 * SPACING_MS],
  ])('%s', (_case, shapes, sinceMs) => {
    expect(looksAt(...shapes).allNewSinceMs).toBe(sinceMs);
  });
});

describe('a wait', () => {
  const { survey } = midRoll();
  const waiting = (what: WaitFor): Decision => ({
    kind: 'wait',
    wait: { phase: 'grow', for: what, limitMs: 1, sinceMs: 0 },
  });
  const ready = waiting({ kind: 'ready', side: 'new', instanceIds: ['i-0b11'], expected: 3 });
  const later = (history: History): Survey => ({ ...survey, atMs: LOOK_MS + 5000, history });

  it('is remembered since it was first decided, though who is waited for changes', () => {
    const first = rememberDecision(survey, ready);
    expect(first.waiting).toEqual({ key: 'ready 3', sinceMs: LOOK_MS });
    const other = waiting({ kind: 'ready', side: 'new', instanceIds: ['i-0b12', 'i-0b13'], expected: 3 });
    expect(rememberDecision(later(first), other).waiting?.sinceMs).toBe(LOOK_MS);
  });

  it('is forgotten by any other decision', () => {
    const first = rememberDecision(survey, ready);
    expect(rememberDecision(later(first), waiting({ kind: 'sentinel' })).waiting?.sinceMs).toBe(
      LOOK_MS + 5000,
    );
    expect(rememberDecision(later(first), { kind: 'done', outcome: 'rolled' }).waiting).toBeUndefined();
  });
});
