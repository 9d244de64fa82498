import type { Engine } from '../engine.js';
import { RollError } from '../errors.js';
import type { Action, ActionKind } from '../model/action.js';
import type { Intent } from '../model/intent.js';
import { hostOf } from '../model/server.js';
import type { History, Survey } from '../model/survey.js';
import { EXIT } from '../outcomes.js';

/** Where an action takes place: the outside, the look it was checked against, and what the roll wants. */
export interface Stage {
  readonly engine: Engine;
  readonly survey: Survey;
  readonly intent: Intent;
}

/**
 * Carries out one kind of action: one effect, that can be repeated with the same end. It may hand back what only
 * it has learned, for the history.
 */
export type Effect<K extends ActionKind> = (
  stage: Stage,
  action: Extract<Action, { readonly kind: K }>,
) => Promise<Partial<History> | undefined>;

/** The address of the leader this look agreed on. */
export function leaderHost({ survey }: Stage): string {
  if (survey.raft !== undefined) return hostOf(survey.raft.leader);
  throw new RollError({
    code: 'no-leader',
    message: 'There is no leader to carry this out.',
    exitCode: EXIT.quorumAtRisk,
    state: 'Nothing was changed by this step.',
    next: 'look again: consul-roll status',
  });
}
