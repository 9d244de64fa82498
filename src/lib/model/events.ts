import type { NotCompared, StateKind } from './comparison.js';
import type { ConvergenceKind, Missing } from './convergence.js';
import type { Decision, Phase, Step, Wait } from './decision.js';
import type { Hook, HookPoint, HookProgress } from './hook.js';
import type { Intent } from './intent.js';
import type { Knowledge } from './memory.js';
import type { RollResult } from './outcome.js';
import type { LockHolder } from './plan.js';
import type { RollContext } from './roll-context.js';
import type { Side } from './server.js';
import type { ServerFailure } from './server-failure.js';
import type { StopReason } from './stop-reason.js';

/** The events that the engine emits, in order. Times are epoch milliseconds. */
export type RollEvent = { readonly atMs: number } & (
  | {
      readonly kind: 'started';
      readonly intent: Intent;
      readonly resumed: boolean;
      /** Added by the program around the roll. */
      readonly context?: RollContext;
      /** Emitted by a watcher: another process runs the roll. */
      readonly watched?: {
        readonly holder: string | undefined;
        /** When it began to run the roll, by its own clock. */
        readonly sinceMs: number;
      };
    }
  | (Knowledge & {
      readonly kind: 'observed';
      readonly decision: Decision;
      /** Of a watched roll without a journal: the decision is the watcher's own view of what the roll does next. */
      readonly isAssumed?: boolean;
      /** How long Consul watches a new server before it lets it vote, where that was read. */
      readonly stabilizationMs?: number | undefined;
    })
  | { readonly kind: 'observation-failed'; readonly message: string; readonly inARow: number }
  | { readonly kind: 'phase'; readonly phase: Phase }
  | { readonly kind: 'waiting'; readonly wait: Wait }
  | { readonly kind: 'step-started'; readonly step: Step; readonly number: number }
  | { readonly kind: 'step-done'; readonly step: Step; readonly number: number; readonly elapsedMs: number }
  | { readonly kind: 'step-refused'; readonly step: Step; readonly reason: StopReason }
  | { readonly kind: 'step-failed'; readonly step: Step; readonly message: string }
  | { readonly kind: 'leader-changed'; readonly from: string | undefined; readonly to: string }
  | { readonly kind: 'lock-held'; readonly holder: LockHolder }
  | { readonly kind: 'pause-requested'; readonly by?: string }
  /** The second request: the roll stops during the step. */
  | { readonly kind: 'stop-requested' }
  | { readonly kind: 'hook'; readonly hook: Hook; readonly point: HookPoint; readonly news: HookProgress }
  /** A server of the roll is given up; emitted before it is terminated, except a founder. */
  | { readonly kind: 'server-failed'; readonly failure: ServerFailure }
  /** Something failed that does not stop the roll. */
  | { readonly kind: 'warning'; readonly warning: Warning }
  | { readonly kind: 'ended'; readonly result: RollResult }
);

export type ObservedEvent = Extract<RollEvent, { readonly kind: 'observed' }>;

/** An event without its time. */
export type EventPayload = RollEvent extends infer E ? (E extends RollEvent ? Omit<E, 'atMs'> : never) : never;

export type EmitEvent = (event: RollEvent) => void;

/** What does not stop a roll, and must be known; output/text/warnings.ts turns it into a sentence. */
export type Warning =
  /** Of the program around the roll, which has its sentence already. */
  | { readonly kind: 'message'; readonly message: string }
  /** AWS does not let the caller read the consoles of servers; `message` is its error. */
  | { readonly kind: 'console-denied'; readonly message: string }
  /** Nothing acts on the marks of these servers while ReplaceUnhealthy is suspended, as it was before the roll. */
  | { readonly kind: 'marks-stay'; readonly instanceIds: readonly string[] }
  /** What others had in the cluster before the roll, and do not have after it. */
  | { readonly kind: 'not-converged'; readonly missing: Missing }
  | { readonly kind: 'others-not-compared'; readonly notCompared: readonly NotCompared<ConvergenceKind>[] }
  /** As the run ended early, it terminated these: they had not joined the cluster. */
  | { readonly kind: 'servers-taken-out'; readonly side: Side; readonly instanceIds: readonly string[] }
  /** As the run ended early, Raft had this server, which bootstrapped a cluster of its own. */
  | { readonly kind: 'founder-in-raft'; readonly instanceId: string }
  /** New servers that had not joined are in their group no more, and were not seen being terminated. */
  | { readonly kind: 'servers-dropped'; readonly instanceIds: readonly string[] }
  /** These had not joined the cluster when the run ended; empty where a group is launching some. It watches them no more. */
  | { readonly kind: 'servers-unwatched'; readonly instanceIds: readonly string[] }
  /** The state of these servers was not compared with the leader's, or only in part, before they may lead. */
  | {
      readonly kind: 'state-not-compared';
      readonly instanceIds: readonly string[];
      readonly notCompared: readonly NotCompared<StateKind>[];
    };
