import { accountRestored } from './checkers/account-restored.js';
import type { Checker, Violation } from './checkers/checker.js';
import { emptyGroupsOnly } from './checkers/empty-groups-only.js';
import { frozen } from './checkers/frozen.js';
import { launchesAsBefore } from './checkers/launches-as-before.js';
import { leaderLast } from './checkers/leader-last.js';
import { oneChange } from './checkers/one-change.js';
import { oneLeader } from './checkers/one-leader.js';
import { outOfRaftFirst } from './checkers/out-of-raft-first.js';
import { quorumKept } from './checkers/quorum-kept.js';
import { replacements } from './checkers/replacements.js';
import { voterBudget } from './checkers/voter-budget.js';
import { writesKept } from './checkers/writes-kept.js';
import type { Effect } from './effect.js';
import type { Ending } from './ending.js';
import type { Truth } from './truth.js';

/** Every checker there is, in the order of the invariants. */
export function allCheckers(): Checker[] {
  return [
    oneLeader(),
    voterBudget(),
    oneChange(),
    replacements(),
    leaderLast(),
    outOfRaftFirst(),
    emptyGroupsOnly(),
    frozen(),
    launchesAsBefore(),
    writesKept(),
    accountRestored(),
    quorumKept(),
  ];
}

/** Has every checker look whenever there is something to see. Each invariant is reported once. */
export class Watch {
  readonly violations: Violation[] = [];
  readonly #checkers = allCheckers();
  readonly #after = this.#checkers.filter((checker) => checker.after !== undefined);
  readonly #startMs: number;

  constructor(
    readonly truth: Truth,
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
