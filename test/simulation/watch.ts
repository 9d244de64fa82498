import { createAccountRestoredChecker, createForeignResourcesChecker } from './checkers/account-restored.js';
import type { Checker, Violation } from './checkers/checker.js';
import { createEmptyGroupsChecker } from './checkers/empty-groups-only.js';
import { createLaunchSourceChecker } from './checkers/launches-as-before.js';
import { createLeaderLastChecker } from './checkers/leader-last.js';
import { createOneChangeChecker } from './checkers/one-change.js';
import { createOneLeaderChecker } from './checkers/one-leader.js';
import { createOutOfRaftFirstChecker } from './checkers/out-of-raft-first.js';
import { createQuorumChecker } from './checkers/quorum-kept.js';
import { createReplacementsChecker } from './checkers/replacements.js';
import { createSuspendedProcessesChecker } from './checkers/suspended-processes.js';
import { createQuorumMarginChecker } from './checkers/voter-budget.js';
import { createWritesChecker } from './checkers/writes-kept.js';
import type { Effect } from './effect.js';
import type { Ending } from './ending.js';
import type { Oracle } from './oracle.js';

/** Every checker there is, in the order of the invariants. */
export function createCheckers(): Checker[] {
  return [
    createOneLeaderChecker(),
    createQuorumMarginChecker(),
    createOneChangeChecker(),
    createReplacementsChecker(),
    createLeaderLastChecker(),
    createOutOfRaftFirstChecker(),
    createEmptyGroupsChecker(),
    createSuspendedProcessesChecker(),
    createLaunchSourceChecker(),
    createWritesChecker(),
    createForeignResourcesChecker(),
    createAccountRestoredChecker(),
    createQuorumChecker(),
  ];
}

/** Has every checker look whenever there is something to see. Each invariant is reported once. */
export class CheckerRunner {
  readonly violations: Violation[] = [];
  readonly #checkers = createCheckers();
  readonly #after = this.#checkers.filter((checker) => checker.after !== undefined);
  readonly #startMs: number;

  constructor(
    readonly truth: Oracle,
    readonly onViolation: (violation: Violation) => void,
  ) {
    this.#startMs = truth.nowMs;
  }

  before(effect: Effect): void {
    for (const checker of this.#checkers) this.#note(checker, checker.before?.(effect, this.truth));
  }

  after(): void {
    for (const checker of this.#after) this.#note(checker, checker.after?.(this.truth));
  }

  atEnd(ending: Ending): void {
    for (const checker of this.#checkers) this.#note(checker, checker.atEnd?.(this.truth, ending));
  }

  #note({ invariant }: Checker, what: string | undefined): void {
    if (what === undefined || this.violations.some((one) => one.invariant === invariant)) return;
    const violation = { invariant, atMs: this.truth.nowMs - this.#startMs, what };
    this.violations.push(violation);
    this.onViolation(violation);
  }
}
