import type { Action } from '../../src/lib/model/action.js';
import type { Decision } from '../../src/lib/model/decision.js';
import type { Intent } from '../../src/lib/model/intent.js';
import type { QuorumMargin } from '../../src/lib/model/raft.js';
import type { Server } from '../../src/lib/model/server.js';
import { getImage } from '../../src/sandbox/images.js';
import type { Invariant } from './checkers/checker.js';
import type { PlannedFault } from './faults/fault.js';
import type { Scenario } from './scenario.js';

/** What a module exports. */
type Exports = Readonly<Record<string, unknown>>;

/** A rule broken on purpose: which modules of src/lib have which exports replaced. */
export interface Mutation {
  readonly name: string;
  readonly breaks: Invariant;
  readonly replaces: Readonly<Record<string, (actual: Exports) => Exports>>;
  /** What the checker says, where it could catch it by another half of the invariant. */
  readonly caughtBy?: RegExp;
  /** What brings it to light sooner than chance would. */
  readonly provokedBy?: Partial<Scenario>;
}

/** Nothing but what the mutation needs goes wrong. */
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
  pauses: [],
  changesMind: false,
  onto: getImage('consul-v2'),
  flaw: undefined,
  cleanup: true,
};

/** The second look is gone, so that the first alone decides. */
export const UNCHECKED = { 'decide/safety.js': () => ({ safety: () => undefined }) };

/** A decision to take a step. */
export const act = (action: Action): Decision => ({
  kind: 'act',
  step: { phase: 'drain', action, why: 'the mutation wants it', margin: undefined },
});

/** A decision to terminate a server. */
export const terminate = ({ instanceId }: Server): Decision => act({ kind: 'terminate', instanceId });

/** Voters to spare, always. */
export const plenty = (): QuorumMargin => ({ voters: 9, healthy: 9, quorum: 1, margin: 8 });

/** A fault at the nth effect of that name. */
export const at = (named: string, fault: PlannedFault['fault'], nth = 1): PlannedFault => ({
  trigger: { kind: 'effect', named, nth, delayMs: 0 },
  fault,
});

/** What an effect is given, as far as mutations use it. */
export interface MutationContext {
  readonly engine: { readonly cloud: { deleteGroup(name: string): Promise<void> } };
  readonly intent: Intent;
}

/** Calls what is replaced. */
export function call(original: unknown, ...args: readonly unknown[]): unknown {
  if (typeof original !== 'function') throw new TypeError('the mutation is of something that is no function');
  return original(...args);
}

/** The id of a server, whatever it is typed as. */
export function getInstanceId(server: unknown): string {
  const named = typeof server === 'object' && server !== null && 'instanceId' in server;
  return named ? String(server.instanceId) : '';
}

/** A list, whatever it is typed as. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
