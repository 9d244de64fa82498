import type { NotCompared, StateKind } from './comparison.js';
import type { ConvergenceKind, Missing } from './convergence.js';

/** What does not stop a roll, and must be known; output/text/warnings.ts turns it into a sentence. */
export type Warning =
  /** Of the program around the roll, which has its sentence already. */
  | { readonly kind: 'message'; readonly message: string }
  /** What others had in the cluster before the roll, and do not have after it. */
  | { readonly kind: 'not-converged'; readonly missing: Missing }
  | { readonly kind: 'others-not-compared'; readonly notCompared: readonly NotCompared<ConvergenceKind>[] }
  /** The state of these servers was not compared with the leader's, or only in part, before they may lead. */
  | {
      readonly kind: 'state-not-compared';
      readonly instanceIds: readonly string[];
      readonly notCompared: readonly NotCompared<StateKind>[];
    };
