import { type Hook, type HookOutcome, type HookPoint, type HookProgress, nameHookCommand } from '../../model/hook.js';
import { formatDuration, formatWholeDuration } from './format.js';

/** A hook and its server or phase: `before-server i-0a13`, `before-phase drain`. */
export function formatHookPoint({ on, phase, server }: HookPoint): string {
  return `${on} ${server?.instanceId ?? phase}`;
}

/** The log lines of a hook. */
export function buildHookLogLines(
  hook: Hook,
  point: HookPoint,
  progress: HookProgress,
): readonly { readonly what: string; readonly why?: string }[] {
  const name = `hook ${formatHookPoint(point)}`;
  if (progress.kind === 'started') return [{ what: `${name}: ${nameHookCommand(hook)}` }];
  if (progress.kind === 'output') return [{ what: `${name} printed: ${progress.line}` }];
  if (progress.end.kind === 'passed') return [{ what: `${name} passed, ${formatDuration(progress.elapsedMs)}` }];
  const goesOn = hook.onFailure === 'warn' ? '; the roll continues' : hook.on === 'gate' ? '; it is tried again' : '';
  return [{ what: `${name} ${describeHookEnd(progress.end)}${goesOn}` }];
}

/** How a hook ended, as a clause without its subject. */
export function describeHookEnd(end: HookOutcome): string {
  switch (end.kind) {
    case 'passed':
      return 'passed';
    case 'failed':
      return `failed with exit code ${end.exitCode}`;
    case 'killed':
      return `was killed by ${end.signal}`;
    case 'timed-out':
      return `timed out after ${formatWholeDuration(end.limitMs)}`;
    case 'not-started':
      return `could not be started (${end.message})`;
    case 'cut-short':
      return 'was interrupted';
  }
}
