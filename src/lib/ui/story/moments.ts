import type { EventDocument, EventKind } from '../events/schema.js';
import { type Run, timeOf } from './runs.js';
import type { Moment, MomentKind } from './story.js';

const KINDS: Readonly<Record<EventKind, MomentKind>> = {
  started: 'roll',
  phase: 'roll',
  'pause-requested': 'roll',
  'stop-requested': 'roll',
  ended: 'roll',
  looked: 'server',
  'leader-changed': 'server',
  waiting: 'wait',
  'step-started': 'step',
  'step-done': 'step',
  'step-refused': 'trouble',
  'step-failed': 'trouble',
  'look-failed': 'trouble',
  'lock-held': 'trouble',
  hook: 'step',
  warning: 'trouble',
};

/**
 * Every event of one run as one line, but for its phases, which every line names. A step's reason stands apart, and that it is done with it where it began: the
 * two are one thing to whoever reads.
 */
export function momentsOf({ documents }: Pick<Run, 'documents'>): readonly Moment[] {
  const done = new Map(documents.flatMap((one) => (one.kind === 'step-done' ? [[one.stepNumber, one]] : [])));
  const begun = new Set(documents.flatMap((one) => (one.kind === 'step-started' ? [one.stepNumber] : [])));
  return documents
    .filter((one) => one.kind !== 'phase' && (one.kind !== 'step-done' || !begun.has(one.stepNumber)))
    .map((document) => {
      const about = { atMs: timeOf(document.at), kind: kindOf(document), stage: document.phase };
      if (document.kind !== 'step-started') return { ...about, what: document.text, why: '' };
      const { what, why } = document.step;
      return { ...about, what, why, tookMs: done.get(document.stepNumber)?.elapsedMs ?? undefined };
    });
}

function kindOf(document: EventDocument): MomentKind {
  const failed = document.kind === 'hook' && document.state === 'failed';
  return failed ? 'trouble' : KINDS[document.kind];
}
