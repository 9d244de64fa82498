import type { RollEvent } from '../../../src/lib/model/events.js';

/** The steps as a roll and its watcher tell them: number, phase, kind and subject. */
export function listSteps(events: readonly RollEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.kind !== 'step-started') return [];
    const { number, step } = event;
    const { action } = step;
    const about =
      'instanceId' in action
        ? action.instanceId
        : 'instanceIds' in action
          ? action.instanceIds.join(' ')
          : 'group' in action
            ? action.group
            : '';
    return [`${number} ${step.phase}: ${action.kind} ${about}`.trim()];
  });
}

/** The events that both tell, without what a watcher observes itself. */
export function listTold(events: readonly RollEvent[]): object[] {
  return events.flatMap((event): object[] => {
    switch (event.kind) {
      case 'phase':
      case 'waiting':
      case 'step-started':
      case 'step-done':
      case 'step-refused':
      case 'step-failed':
        return [event];
      default:
        return [];
    }
  });
}
