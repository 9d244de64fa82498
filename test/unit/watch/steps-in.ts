import type { RollEvent } from '../../../src/lib/model/events.js';

/** Steps that are taken before a roll is recorded, so that nobody else can see them. */
const UNSEEN = ['save-snapshot', 'write-intent'];

/** The steps as both tell them: phase, kind, and whom it is about. */
export function stepsIn(events: readonly RollEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.kind !== 'step-started' || UNSEEN.includes(event.step.action.kind)) return [];
    const { action } = event.step;
    const about =
      'instanceId' in action
        ? action.instanceId
        : 'instanceIds' in action
          ? action.instanceIds.join(' ')
          : 'group' in action
            ? action.group
            : '';
    return [`${event.step.phase}: ${action.kind} ${about}`.trim()];
  });
}
