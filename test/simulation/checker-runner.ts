import type { Invariant } from '../../src/lib/model/stop-reason.js';
import { createAccountRestoredChecker, createForeignResourcesChecker } from './checkers/account-restored.js';
import { createWritesChecker } from './checkers/acknowledged-writes.js';
import { createBalancedZonesChecker, createCalmEndChecker } from './checkers/after-the-roll.js';
import { createAskedOnceChecker } from './checkers/asked-once.js';
import type { Checker, Violation } from './checkers/checker.js';
import {
  createCompleteClusterChecker,
  createDeadEndChecker,
  createFeasibleRollChecker,
} from './checkers/complete-cluster.js';
import { createEmptyGroupsChecker } from './checkers/empty-groups.js';
import { createIdentityChecker } from './checkers/identity.js';
import { createInFlightChecker } from './checkers/in-flight.js';
import { createLaunchSourceChecker } from './checkers/launch-source.js';
import { createLeaderLastChecker } from './checkers/leader-last.js';
import { createLostStateChecker } from './checkers/lost-state.js';
import { createOthersNamedChecker } from './checkers/others-named.js';
import { createOutOfRaftFirstChecker } from './checkers/out-of-raft-first.js';
import { createOwnImagesChecker, createOwnRequestsChecker } from './checkers/own-requests.js';
import { createPatientElectionsChecker } from './checkers/patient-elections.js';
import { createQuorumChecker } from './checkers/quorum.js';
import { createLaunchBudgetChecker, createQuorumMarginChecker } from './checkers/quorum-margin.js';
import { createReplacementsChecker } from './checkers/replacements.js';
import { createRunEndChecker } from './checkers/run-end.js';
import { createScaleInChecker } from './checkers/scale-in.js';
import { createOneLeaderChecker } from './checkers/single-leader.js';
import { createStrayPeersChecker } from './checkers/stray-peers.js';
import { createSuspendedProcessesChecker } from './checkers/suspended-processes.js';
import { createTakeoversChecker } from './checkers/takeovers.js';
import { createTokenRecipientsChecker } from './checkers/token-recipients.js';
import { createWeakerImageChecker } from './checkers/weaker-image.js';
import { createWholeStateChecker } from './checkers/whole-state.js';
import { createZonesServedChecker } from './checkers/zones-served.js';
import type { Effect } from './effect.js';
import type { RunEnd } from './operator.js';
import type { Oracle } from './oracle.js';
import type { SimulationEnd } from './simulation-end.js';

/** All checkers, in the order of the invariants. */
export function createCheckers(): Checker[] {
  return [
    createOneLeaderChecker(),
    createPatientElectionsChecker(),
    createQuorumMarginChecker(),
    createLaunchBudgetChecker(),
    createInFlightChecker(),
    createAskedOnceChecker(),
    createScaleInChecker(),
    createReplacementsChecker(),
    createLeaderLastChecker(),
    createOutOfRaftFirstChecker(),
    createEmptyGroupsChecker(),
    createSuspendedProcessesChecker(),
    createLaunchSourceChecker(),
    createWritesChecker(),
    createWholeStateChecker(),
    createLostStateChecker(),
    createWeakerImageChecker(),
    createZonesServedChecker(),
    createIdentityChecker(),
    createForeignResourcesChecker(),
    createOwnRequestsChecker(),
    createOwnImagesChecker(),
    createAccountRestoredChecker(),
    createOthersNamedChecker(),
    createCompleteClusterChecker(),
    createDeadEndChecker(),
    createFeasibleRollChecker(),
    createCalmEndChecker(),
    createBalancedZonesChecker(),
    createQuorumChecker(),
    createTokenRecipientsChecker(),
    createRunEndChecker(),
    createTakeoversChecker(),
    createStrayPeersChecker(),
  ];
}

/** Runs every checker before each effect, after each event and at the end. Reports each invariant once. */
export class CheckerRunner {
  readonly violations: Violation[] = [];
  readonly #checkers: readonly Checker[];
  readonly #after: readonly Checker[];
  readonly #startMs: number;

  constructor(
    readonly oracle: Oracle,
    /** Those that are to hold. */
    readonly invariants: readonly Invariant[],
    readonly onViolation: (violation: Violation) => void,
  ) {
    this.#checkers = createCheckers().filter(
      ({ invariant, holdsAlways }) => holdsAlways || invariants.includes(invariant),
    );
    this.#after = this.#checkers.filter((checker) => checker.after !== undefined);
    this.#startMs = oracle.nowMs;
  }

  before(effect: Effect): void {
    for (const checker of this.#checkers) this.#note(checker, checker.before?.(effect, this.oracle));
  }

  done(effect: Effect): void {
    for (const checker of this.#checkers) checker.done?.(effect, this.oracle);
  }

  after(): void {
    for (const checker of this.#after) this.#note(checker, checker.after?.(this.oracle));
  }

  ended(end: RunEnd): void {
    for (const checker of this.#checkers) this.#note(checker, checker.ended?.(end, this.oracle));
  }

  atEnd(ending: SimulationEnd): void {
    for (const checker of this.#checkers) this.#note(checker, checker.atEnd?.(this.oracle, ending));
  }

  #note({ invariant }: Checker, what: string | undefined): void {
    if (what === undefined || this.violations.some((one) => one.invariant === invariant)) return;
    const violation = { invariant, atMs: this.oracle.nowMs - this.#startMs, what };
    this.violations.push(violation);
    this.onViolation(violation);
  }
}
