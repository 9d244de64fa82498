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
import { buildResult, buildScriptedRoll } from '../../helpers/scripted-roll.js';
import { OBSERVED_AT_MS } from '../../helpers/servers.js';
import { buildMemory, buildObservation, type ObservationShape } from '../../helpers/surveys.js';

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
  it('goes back from wherever it is, also when every new server stands', () => {
    const progress = fold([started, seen({ old: 5, new: 5 }), entering('rollback')]);
    expect(findActivePhase(progress)?.name).toBe('rollback');
  });

  it('calls nothing failed where it was told to go back from the start', () => {
    const asked = { ...buildIntent(buildObservation()), direction: 'rollback' } as const;
    const told = fold([{ ...started, intent: asked }, seen({ old: 5, new: 5 }), entering('rollback')]);
    expect(getPhaseState(told, 'preflight')).toBe('done');
    const turned = fold([started, seen({ old: 5, new: 5 }), entering('rollback')]);
    expect(getPhaseState(turned, 'preflight')).toBe('failed');
  });

  it('goes through every stage once, in order, and loses no time', () => {
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

  it('numbers the servers that go out, not the steps it takes', () => {
    const drained: string[] = [];
    buildScriptedRoll().reduce((before, event) => {
      const progress = applyEvent(before, event);
      const count = countServers(progress);
      if (event.kind === 'step-started' && event.step.phase === 'drain') {
        drained.push(`${event.step.action.kind} ${count?.done}/${count?.of}`);
      }
      return progress;
    }, startProgress(OBSERVED_AT_MS));
    const each = [1, 2, 3, 4, 5].flatMap((n) => [`deregister ${n}/5`, `leave ${n}/5`, `terminate ${n}/5`]);
    expect(drained).toEqual(each);
  });

  it('keeps to the drain when a new server flickers', () => {
    const progress = fold([started, seen({ new: 5 }), entering('drain'), entering('grow', OBSERVED_AT_MS + 1)]);
    expect(findActivePhase(progress)?.name).toBe('drain');
  });

  it('goes back and forth between growing and draining when servers are replaced a few at a time', () => {
    const script = [started, seen({ new: 1 }), entering('grow'), entering('drain'), entering('grow')];
    const growing = fold(script);
    expect(findActivePhase(growing)?.name).toBe('grow');
    expect(statesIn(growing)).toContain('grow running, drain running, finish waiting');
  });

  it('shows the way back after what failed, and drops what will not come', () => {
    const progress = fold([started, seen({ new: 1 }), entering('canary'), entering('rollback')]);
    expect(statesIn(progress)).toBe(
      'preflight done, snapshot skipped, prepare skipped, canary failed, grow skipped, drain skipped, finish skipped, rollback running',
    );
  });

  it('leaves the stage it stopped in as failed', () => {
    const result = buildResult({ outcome: 'quorum-at-risk' });
    const progress = fold([
      started,
      seen({ new: 5 }),
      entering('drain'),
      { kind: 'ended', atMs: OBSERVED_AT_MS, result },
    ]);
    expect(getPhaseState(progress, 'drain')).toBe('failed');
  });

  it('does not mistake an election for lost servers', () => {
    const progress = fold([started, seen({ new: 5, leader: undefined })]);
    expect(formatPhaseSummary(progress, 'grow')).toBe('5 of 5 in service');
    expect(formatPhaseSummary(progress, 'drain')).toBe('unknown without a leader');
  });
});
