import type { Hook, HookEnd, HookNews, Moment } from '../../model/hook.js';
import { spanOf, wholeSpanOf } from './format.js';

/** Which hook, and for what: `before-server i-0a13`, `before-phase drain`. */
export function nameOfMoment({ on, phase, server }: Moment): string {
  return `${on} ${server?.instanceId ?? phase}`;
}

/** What there is to say of a hook in a log. */
export function sayingsOfHook(
  hook: Hook,
  moment: Moment,
  news: HookNews,
): readonly { readonly what: string; readonly why?: string }[] {
  const name = `hook ${nameOfMoment(moment)}`;
  if (news.kind === 'started') return [{ what: `${name}: ${hook.run}` }];
  if (news.kind === 'output') return [{ what: `${name} says: ${news.line}` }];
  if (news.end.kind === 'passed') return [{ what: `${name} passed, ${spanOf(news.elapsedMs)}` }];
  const goesOn = hook.onFailure === 'warn' ? ', and the roll goes on' : '';
  return [{ what: `${name} ${describeHookEnd(news.end)}${goesOn}` }];
}

/** How a hook ended, as a clause without its subject. */
export function describeHookEnd(end: HookEnd): string {
  switch (end.kind) {
    case 'passed':
      return 'passed';
    case 'failed':
      return `failed with exit code ${end.exitCode}`;
    case 'killed':
      return `was ended by ${end.signal}`;
    case 'timed-out':
      return `was ended after ${wholeSpanOf(end.limitMs)}`;
    case 'not-started':
      return `could not be started (${end.message})`;
    case 'cut-short':
      return 'was cut short';
  }
}
