import type { Action } from '../../src/lib/model/action.js';
import type { Decision } from '../../src/lib/model/decision.js';
import type { QuorumMargin } from '../../src/lib/model/raft.js';
import type { Server } from '../../src/lib/model/server.js';
import type { Invariant } from '../../src/lib/model/stop-reason.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import type { Replacement } from '../helpers/replaceable-functions.js';
import type { PlannedFault } from './faults/fault.js';
import type { Scenario } from './scenario.js';

/** A rule broken on purpose: the functions of the engine that are replaced. */
export interface Mutation {
  readonly name: string;
  readonly breaks: Invariant;
  readonly replaces: readonly Replacement[];
  /** The checker's message, if another check of the invariant could catch the mutation too. */
  readonly caughtBy?: RegExp;
  /** Settings with which the mutation shows sooner than with random ones. */
  readonly provokedBy?: Partial<Scenario>;
}

/**
 * Replaces a function that a module of the engine exports, for its callers in the same module too. The tests'
 * configuration makes those functions replaceable (test/helpers/replaceable-functions.ts).
 */
export function replace<F extends Replacement['original']>(original: F, by: (original: F) => F): Replacement {
  return { original, by: by as unknown as Replacement['by'] };
}

/** A scenario without faults except those that the mutation adds. */
export const NO_FAULTS: Partial<Scenario> = {
  size: 3,
  minSize: 1,
  maxSize: 3,
  keepOld: false,
  inPlace: false,
  suspended: [],
  faults: [],
  noise: { awsReads: 0, awsEffects: 0, consulReads: 0, consulEffects: 0 },
  lagMs: 0,
  kills: [],
  leaveCalls: [],
  pauses: [],
  changesMind: false,
  forcesUnlock: false,
  onto: getImage('consul-v2'),
  flaw: undefined,
  cleanup: true,
  weakens: false,
  needsToken: false,
  oldFounds: false,
  raftMultiplier: 1,
  skewMs: 0,
  protects: 'none',
  adversary: undefined,
  victimIsOlder: false,
  rolledBefore: false,
  skipCanary: false,
  hooks: undefined,
  zoneTag: '',
};

/** A decision to take a step. */
export const act = (action: Action): Decision => ({
  kind: 'act',
  step: { phase: 'drain', action, reason: { kind: 'canary' }, margin: undefined },
});

/** A decision to terminate a server. */
export const terminate = ({ instanceId }: Server): Decision => act({ kind: 'terminate', instanceId });

/** A margin that allows every removal. */
export const plenty = (): QuorumMargin => ({ voters: 9, healthy: 9, quorum: 1, margin: 8 });

/** A fault some time after the roll began. */
export const atTime = (afterMs: number, fault: PlannedFault['fault']): PlannedFault => ({
  trigger: { kind: 'time', afterMs },
  fault,
});

/** A fault at the nth effect of that name. */
export const at = (named: string, fault: PlannedFault['fault'], nth = 1): PlannedFault => ({
  trigger: { kind: 'effect', named, nth, delayMs: 0 },
  fault,
});

/** A fault some time after the first effect of that name. */
export const after = (named: string, delayMs: number, fault: PlannedFault['fault']): PlannedFault => ({
  trigger: { kind: 'effect', named, nth: 1, delayMs },
  fault,
});
