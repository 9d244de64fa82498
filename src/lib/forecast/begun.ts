import type { Action } from '../model/action.js';
import type { WaitFor } from '../model/decision.js';
import type { Span } from '../model/forecast.js';

/** Something that a step set off, and that goes on by itself. */
export interface Begun {
  readonly span: Span;
  /** The instances or the group it is about; empty where there is but one of the kind. */
  readonly subject: string;
  /** Epoch milliseconds, by the clock of whoever looks. */
  readonly sinceMs: number;
}

/** What this action sets off. */
export function begunBy(action: Action, sinceMs: number): readonly Begun[] {
  switch (action.kind) {
    case 'grow':
      return [{ span: 'boot', subject: '', sinceMs }];
    case 'register':
      return [{ span: 'service', subject: action.instanceIds.join(' '), sinceMs }];
    case 'deregister':
      return [{ span: 'drain', subject: action.instanceId, sinceMs }];
    case 'leave':
      return [
        { span: 'leave', subject: action.instanceId, sinceMs },
        { span: 'stop', subject: action.instanceId, sinceMs },
      ];
    case 'terminate':
      return [{ span: 'terminate', subject: action.instanceId, sinceMs }];
    case 'delete-group':
    case 'delete-warm-pool':
      return [{ span: 'delete', subject: action.group, sinceMs }];
    default:
      return [];
  }
}

/** What this waits for. */
export function endedBy(waitFor: WaitFor): Omit<Begun, 'sinceMs'> {
  switch (waitFor.kind) {
    case 'ready':
      return { span: 'boot', subject: '' };
    case 'in-service':
      return { span: 'service', subject: '' };
    case 'drained':
      return { span: 'drain', subject: waitFor.instanceId };
    case 'out-of-raft':
      return { span: 'leave', subject: waitFor.instanceId };
    case 'agent-down':
      return { span: 'stop', subject: waitFor.instanceId };
    case 'terminated':
      return { span: 'terminate', subject: waitFor.instanceId };
    case 'deleted':
    case 'cooled':
      return { span: 'delete', subject: waitFor.group };
    case 'bake':
      return { span: 'bake', subject: '' };
    case 'leadership':
    case 'healthy':
    case 'agent-answer':
    case 'ghost':
    case 'sentinel':
      return { span: 'look', subject: '' };
  }
}

/** Without a subject any of the kind is meant. */
export function isOf(begun: Begun, span: Span, subject: string): boolean {
  return begun.span === span && (subject === '' || begun.subject === subject);
}
