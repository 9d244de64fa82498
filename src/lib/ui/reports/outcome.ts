import type { Outcome, RollResult } from '../../model/event.js';
import { isAsIntended, outcomeReport } from '../sentences/outcome.js';
import type { Tone, ToneLine } from '../server-lines.js';
import { wrapped } from '../text.js';

const LABEL_WIDTH = 9;
const TONES: Partial<Record<Outcome, Tone>> = {
  rolled: 'good',
  'nothing-to-do': 'good',
  'rolled-back': 'busy',
  interrupted: 'busy',
  stopped: 'busy',
};

/** How a roll ended: what happened, what the cluster is now, what it took, where the snapshot is, what is next. */
export function outcomeLines(result: RollResult, columns: number): ToneLine[] {
  const { happened, now, took, next } = outcomeReport(result);
  const snapshot = result.survey?.history.snapshot;
  const tone = isAsIntended(result) ? 'good' : (TONES[result.outcome] ?? 'bad');
  return [
    ...wrapped(happened, columns).map((text): ToneLine => ({ text, tone })),
    ...labelled('Cluster', now, columns),
    ...(result.elapsedMs === 0 ? [] : labelled('Took', took, columns)),
    ...(snapshot === undefined ? [] : labelled('Snapshot', snapshot.path, columns)),
    ...next.flatMap((line, index) => labelled(index === 0 ? 'Next' : '', line, columns)),
  ];
}

/** A label and its text, continued under the text. */
export function labelled(label: string, text: string, columns: number): ToneLine[] {
  return wrapped(text, Math.max(1, columns - LABEL_WIDTH)).map((line, index) => ({
    text: `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`,
    tone: 'plain',
  }));
}
