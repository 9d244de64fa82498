import type { Server } from './server.js';
import type { Phase } from './wait.js';

/** When a hook runs. */
export const HOOK_POINTS = ['before-phase', 'after-phase', 'before-server', 'after-server', 'gate'] as const;

/** A command of the operator. */
export interface Hook {
  readonly on: (typeof HOOK_POINTS)[number];
  /** For `/bin/sh -c`. */
  readonly run: string;
  /** Undefined for all phases. */
  readonly phases: readonly Phase[] | undefined;
  /** What a failure does: stop the roll, or only print a warning. A gate that fails is tried again. */
  readonly onFailure: 'stop' | 'warn';
  readonly timeoutMs: number;
  /** The working directory. */
  readonly folder: string;
}

/**
 * The program that a hook runs, for logs, events and reports: the first word of its command. The rest may hold a secret,
 * and so may a first word that sets a variable.
 */
export function nameHookCommand({ run }: Pick<Hook, 'run'>): string {
  const [, program, rest] = /^\s*([\w./+-]+)(\s.*)?$/s.exec(run) ?? [];
  if (program === undefined) return 'a command';
  return rest === undefined || rest.trim() === '' ? program : `${program} …`;
}

/** What is passed to a hook about a server. */
type HookServer = Pick<Server, 'instanceId' | 'address' | 'zone' | 'side'>;

/** A point of a roll at which hooks may run. */
export interface HookPoint {
  readonly on: Hook['on'];
  readonly phase: Phase;
  /** The server that is put into service or removed. */
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
  /** The operator stopped the roll at once. */
  | { readonly kind: 'cut-short' };

/** What happens while a hook runs. */
export type HookProgress =
  | { readonly kind: 'started' }
  /** One line of its output, without control characters. */
  | { readonly kind: 'output'; readonly line: string }
  | { readonly kind: 'ended'; readonly end: HookOutcome; readonly elapsedMs: number };

/** True if a hook runs at this point. */
export function isHookDue({ on, phases }: Hook, point: HookPoint): boolean {
  return on === point.on && (phases === undefined || phases.includes(point.phase));
}
