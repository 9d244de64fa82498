import type { Server } from './server.js';
import type { Phase } from './wait.js';

/** When a command of the operator's is run. */
export const HOOK_POINTS = ['before-phase', 'after-phase', 'before-server', 'after-server'] as const;

/** A command of the operator's. */
export interface Hook {
  readonly on: (typeof HOOK_POINTS)[number];
  /** For `/bin/sh -c`. */
  readonly run: string;
  /** Undefined for every one. */
  readonly phases: readonly Phase[] | undefined;
  /** What its failure does: end the roll part-way, or no more than be told. */
  readonly onFailure: 'stop' | 'warn';
  readonly timeoutMs: number;
  /** Where it is run. */
  readonly folder: string;
}

/** What a hook is told of a server. */
export type HookServer = Pick<Server, 'instanceId' | 'address' | 'zone' | 'side'>;

/** One moment of a roll at which hooks may be wanted. */
export interface HookPoint {
  readonly on: Hook['on'];
  readonly phase: Phase;
  /** The server that is about to come into service or to go, or has. */
  readonly server: HookServer | undefined;
  readonly move: 'arriving' | 'leaving' | undefined;
}

/** How a hook ended. */
export type HookOutcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly exitCode: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timed-out'; readonly limitMs: number }
  | { readonly kind: 'not-started'; readonly message: string }
  /** Whoever ran the roll did not want to wait for it. */
  | { readonly kind: 'cut-short' };

/** What is told of a hook while it runs. */
export type HookProgress =
  | { readonly kind: 'started' }
  /** One line of its output, without control characters. */
  | { readonly kind: 'output'; readonly line: string }
  | { readonly kind: 'ended'; readonly end: HookOutcome; readonly elapsedMs: number };

/** True where a hook is wanted at a moment. */
export function isHookDue({ on, phases }: Hook, moment: HookPoint): boolean {
  return on === moment.on && (phases === undefined || phases.includes(moment.phase));
}
