import { describe, expect, it } from 'vitest';
import type { Phase } from '../../../src/lib/model/decision.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { countServers, getPhaseState, listShownPhases } from '../../../src/lib/output/phase-state.js';
import {
  applyEvent,
  findActivePhase,
  getPhaseElapsedMs,
  type Progress,
  startProgress,
} from '../../../src/lib/output/progress.js';
import { formatPhaseSummary } from '../../../src/lib/output/text/phases.js';
import { buildIntent } from '../../helpers/intents.js';
import { buildMemory, buildObservation, type ObservationShape } from '../../helpers/observations.js';
import { buildResult, buildScriptedRoll } from '../../helpers/scripted-roll.js';
import { OBSERVED_AT_MS } from '../../helpers/servers.js';

function fold(events: readonly RollEvent[], from = startProgress(OBSERVED_AT_MS)): Progress {
  return events.reduce(applyEvent, from);
}

function seen(shape: ObservationShape): RollEvent {
  const decision = { kind: 'done', outcome: 'rolled' } as const;
  return {
    kind: 'observed',
    atMs: OBSERVED_AT_MS,
    observation: buildObservation(shape),
    memory: buildMemory(shape),
    decision,
  };
}

function entering(phase: Phase, atMs = OBSERVED_AT_MS): RollEvent {
  return { kind: 'phase', atMs, phase };
}

const started: RollEvent = {
  kind: 'started',
  atMs: OBSERVED_AT_MS,
  intent: buildIntent(buildObservation()),
  resumed: false,
};

function statesIn(progress: Progress): string {
  return listShownPhases(progress)
    .map((stage) => `${stage} ${getPhaseState(progress, stage)}`)
    .join(', ');
}

describe('the progress of a roll', () => {
  it('rolls back from any point, even if every new server is in service', () => {
    const progress = fold([started, seen({ old: 5, new: 5 }), entering('rollback')]);
    expect(findActivePhase(progress)?.name).toBe('rollback');
  });

  it('has no failed stage if the rollback was requested at the start', () => {
    const asked = { ...buildIntent(buildObservation()), direction: 'rollback' } as const;
    const told = fold([{ ...started, intent: asked }, seen({ old: 5, new: 5 }), entering('rollback')]);
    expect(getPhaseState(told, 'preflight')).toBe('done');
    const turned = fold([started, seen({ old: 5, new: 5 }), entering('rollback')]);
    expect(getPhaseState(turned, 'preflight')).toBe('failed');
  });

  it('has every stage once, in order, without gaps in time', () => {
    const progress = fold(buildScriptedRoll());
    expect(progress.phases.map((stage) => stage.name)).toEqual([
      'preflight',
      'snapshot',
      'prepare',
      'canary',
      'grow',
      'drain',
      'finish',
    ]);
    const spent = progress.phases.map((stage) => getPhaseElapsedMs(stage, 0)).reduce((sum, ms) => sum + ms, 0);
    const lastMs = buildScriptedRoll().at(-1)?.atMs ?? 0;
    expect(spent).toBe(lastMs - OBSERVED_AT_MS);
    expect(new Set(progress.phases.map((stage) => getPhaseState(progress, stage.name)))).toEqual(new Set(['done']));
  });

  it('counts a server that leaves once it is out of Raft, in the log as in the live view', () => {
    const drained: string[] = [];
    buildScriptedRoll().reduce((before, event) => {
      const progress = applyEvent(before, event);
      const count = countServers(progress);
      if (event.kind === 'step-started' && event.step.phase === 'drain') {
        drained.push(`${event.step.action.kind} ${count?.done}/${count?.of}`);
        expect(formatPhaseSummary(progress, 'drain')).toContain(`${count?.done} of ${count?.of} old servers gone`);
      }
      return progress;
    }, startProgress(OBSERVED_AT_MS));
    const each = [0, 1, 2, 3, 4].flatMap((n) => [`deregister ${n}/5`, `leave ${n}/5`, `terminate ${n + 1}/5`]);
    expect(drained).toEqual(each);
  });

  it('stays in the drain if a new server is unhealthy for a moment', () => {
    const progress = fold([started, seen({ new: 5 }), entering('drain'), entering('grow', OBSERVED_AT_MS + 1)]);
    expect(findActivePhase(progress)?.name).toBe('drain');
  });

  it('alternates between growing and draining with a small surge', () => {
    const script = [started, seen({ new: 1 }), entering('grow'), entering('drain'), entering('grow')];
    const growing = fold(script);
    expect(findActivePhase(growing)?.name).toBe('grow');
    expect(statesIn(growing)).toContain('grow running, drain running, finish waiting');
  });

  it('shows the rollback after the failed stage, and drops the stages that will not come', () => {
    const progress = fold([started, seen({ new: 1 }), entering('canary'), entering('rollback')]);
    expect(statesIn(progress)).toBe(
      'preflight done, snapshot skipped, prepare skipped, canary failed, grow skipped, drain skipped, finish skipped, rollback running',
    );
  });

  it('marks the stage in which the roll stopped as failed', () => {
    const result = buildResult({ outcome: 'quorum-at-risk' });
    const progress = fold([
      started,
      seen({ new: 5 }),
      entering('drain'),
      { kind: 'ended', atMs: OBSERVED_AT_MS, result },
    ]);
    expect(getPhaseState(progress, 'drain')).toBe('failed');
  });

  it('does not count servers as lost during an election', () => {
    const progress = fold([started, seen({ new: 5, leader: undefined })]);
    expect(formatPhaseSummary(progress, 'grow')).toBe('5 of 5 in service');
    expect(formatPhaseSummary(progress, 'drain')).toBe('unknown without a leader');
  });
});
