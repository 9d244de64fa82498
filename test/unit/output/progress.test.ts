import { describe, expect, it } from 'vitest';
import type { Phase } from '../../../src/lib/model/decision.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { stageSummary, stagesShown, stateOfStage } from '../../../src/lib/output/phase-state.js';
import {
  advanced,
  currentStage,
  elapsedIn,
  type Progress,
  progressAt,
} from '../../../src/lib/output/progress.js';
import { countIn } from '../../../src/lib/output/text/format.js';
import { intentFor } from '../../helpers/intents.js';
import { resultOf, scriptedRoll } from '../../helpers/scripted-roll.js';
import { LOOK_MS } from '../../helpers/servers.js';
import { type SurveyShape, surveyOf } from '../../helpers/surveys.js';

function fold(events: readonly RollEvent[], from = progressAt(LOOK_MS)): Progress {
  return events.reduce(advanced, from);
}

function seen(shape: SurveyShape): RollEvent {
  const decision = { kind: 'done', outcome: 'rolled' } as const;
  return { kind: 'looked', atMs: LOOK_MS, survey: surveyOf(shape), decision };
}

function entering(phase: Phase, atMs = LOOK_MS): RollEvent {
  return { kind: 'phase', atMs, phase };
}

const started: RollEvent = {
  kind: 'started',
  atMs: LOOK_MS,
  intent: intentFor(surveyOf()),
  resumed: false,
};

function statesIn(progress: Progress): string {
  return stagesShown(progress)
    .map((stage) => `${stage} ${stateOfStage(progress, stage)}`)
    .join(', ');
}

describe('the progress of a roll', () => {
  it('goes back from wherever it is, also when every new server stands', () => {
    const progress = fold([started, seen({ old: 5, new: 5 }), entering('back')]);
    expect(currentStage(progress)?.name).toBe('back');
  });

  it('calls nothing failed where it was told to go back from the start', () => {
    const asked = { ...intentFor(surveyOf()), direction: 'back' } as const;
    const told = fold([{ ...started, intent: asked }, seen({ old: 5, new: 5 }), entering('back')]);
    expect(stateOfStage(told, 'preflight')).toBe('done');
    const turned = fold([started, seen({ old: 5, new: 5 }), entering('back')]);
    expect(stateOfStage(turned, 'preflight')).toBe('failed');
  });

  it('goes through every stage once, in order, and loses no time', () => {
    const progress = fold(scriptedRoll());
    expect(progress.stages.map((stage) => stage.name)).toEqual([
      'preflight',
      'snapshot',
      'prepare',
      'canary',
      'grow',
      'drain',
      'finish',
    ]);
    const spent = progress.stages.map((stage) => elapsedIn(stage, 0)).reduce((sum, ms) => sum + ms, 0);
    const lastMs = scriptedRoll().at(-1)?.atMs ?? 0;
    expect(spent).toBe(lastMs - LOOK_MS);
    expect(new Set(progress.stages.map((stage) => stateOfStage(progress, stage.name)))).toEqual(
      new Set(['done']),
    );
  });

  it('numbers the servers that go out, not the steps it takes', () => {
    const drained: string[] = [];
    scriptedRoll().reduce((before, event) => {
      const progress = advanced(before, event);
      const count = countIn(progress);
      if (event.kind === 'step-started' && event.step.phase === 'drain') {
        drained.push(`${event.step.action.kind} ${count?.done}/${count?.of}`);
      }
      return progress;
    }, progressAt(LOOK_MS));
    const each = [1, 2, 3, 4, 5].flatMap((n) => [`deregister ${n}/5`, `leave ${n}/5`, `terminate ${n}/5`]);
    expect(drained).toEqual(each);
  });

  it('keeps to the drain when a new server flickers', () => {
    const progress = fold([started, seen({ new: 5 }), entering('drain'), entering('grow', LOOK_MS + 1)]);
    expect(currentStage(progress)?.name).toBe('drain');
  });

  it('goes back and forth between growing and draining when servers are replaced a few at a time', () => {
    const script = [started, seen({ new: 1 }), entering('grow'), entering('drain'), entering('grow')];
    const growing = fold(script);
    expect(currentStage(growing)?.name).toBe('grow');
    expect(statesIn(growing)).toContain('grow running, drain running, finish waiting');
  });

  it('shows the way back after what failed, and drops what will not come', () => {
    const progress = fold([started, seen({ new: 1 }), entering('canary'), entering('back')]);
    expect(statesIn(progress)).toBe(
      'preflight done, snapshot skipped, prepare skipped, canary failed, grow skipped, drain skipped, finish skipped, back running',
    );
  });

  it('leaves the stage it stopped in as failed', () => {
    const result = resultOf({ outcome: 'quorum-at-risk' });
    const progress = fold([
      started,
      seen({ new: 5 }),
      entering('drain'),
      { kind: 'ended', atMs: LOOK_MS, result },
    ]);
    expect(stateOfStage(progress, 'drain')).toBe('failed');
  });

  it('does not mistake an election for lost servers', () => {
    const progress = fold([started, seen({ new: 5, leader: undefined })]);
    expect(stageSummary(progress, 'grow')).toBe('5 of 5 in service');
    expect(stageSummary(progress, 'drain')).toBe('no leader to count the voters');
  });
});
