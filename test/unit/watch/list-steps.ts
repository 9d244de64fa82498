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

/** The events that both tell, without what a watcher observes itself: also that there is no leader, for both. */
export function listTold(events: readonly RollEvent[]): readonly RollEvent[] {
  return events.filter((event) => {
    switch (event.kind) {
      case 'phase':
      case 'step-started':
      case 'step-done':
      case 'step-refused':
      case 'step-failed':
        return true;
      case 'waiting':
        return event.wait.for.kind !== 'leadership';
      default:
        return false;
    }
  });
}

/** The same without their times: while there is no leader, a watcher cannot read the journal. */
export function listToldUntimed(events: readonly RollEvent[]): object[] {
  return listTold(events).map(({ atMs: _, ...told }) => told);
}
