import type { Survey } from '../../model/survey.js';
import { sayingsOf } from '../plain/saying.js';
import { describeAction } from '../sentences/action.js';
import { stateOf } from '../sentences/budget.js';
import { describeWait } from '../sentences/wait.js';
import { uncapitalized } from '../text.js';
import { spanOf } from '../time.js';
import type { RecordedEvent } from './document.js';

/** An event in words: those of the log where it has any. @param before the look before, where there was one */
export function wordsOf(event: RecordedEvent, before: Survey | undefined): string {
  const said = sayingsOf(event, before).map(({ what, why }) =>
    why === undefined ? what : `${what}: ${why}`,
  );
  return said.length > 0 ? said.join('; ') : quietWords(event);
}

/** What the log does not say. */
function quietWords(event: RecordedEvent): string {
  switch (event.kind) {
    case 'phase':
      return `${event.phase} begins`;
    case 'step-done': {
      const span = event.elapsedMs === undefined ? '' : ` in ${spanOf(event.elapsedMs)}`;
      return `done${span}: ${uncapitalized(describeAction(event.step.action))}`;
    }
    case 'look-failed':
      return `still cannot look: ${event.message}`;
    case 'looked':
      return event.decision.kind === 'wait'
        ? `still ${describeWait(event.decision.wait, event.atMs)}`
        : stateOf(event.survey);
    default:
      return event.kind;
  }
}
