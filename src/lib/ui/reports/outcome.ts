import type { Outcome, RollResult } from '../../model/event.js';
import { isAsIntended, outcomeReport } from '../sentences/outcome.js';
import { fewOfWarnings } from '../sentences/warning.js';
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

/**
 * How a roll ended: what happened, what the cluster is now, what it took, what went wrong beside it, where the snapshot
 * is, what is next.
 */
export function outcomeLines(
  result: RollResult,
  columns: number,
  warnings: readonly string[] = [],
): ToneLine[] {
  const { happened, now, took, next } = outcomeReport(result);
  const snapshot = result.survey?.history.snapshot;
  const tone = isAsIntended(result) ? 'good' : (TONES[result.outcome] ?? 'bad');
  return [
    ...wrapped(happened, columns).map((text): ToneLine => ({ text, tone })),
    ...labelled('Cluster', now, columns),
    ...(result.elapsedMs === 0 ? [] : labelled('Took', took, columns)),
    ...warningLines(warnings, columns),
    ...(snapshot === undefined ? [] : labelled('Snapshot', snapshot.path, columns)),
    ...next.flatMap((line, index) => labelled(index === 0 ? 'Next' : '', line, columns)),
  ];
}

/** What went wrong beside a roll, the first of it; nothing where nothing did. */
export function warningLines(warnings: readonly string[], columns: number): ToneLine[] {
  if (warnings.length === 0) return [];
  const told = fewOfWarnings(warnings);
  const [label, texts] =
    warnings.length === 1
      ? ['Warning', told]
      : ['Warnings', [`${warnings.length} while it was going on`, ...told]];
  return texts
    .flatMap((text, index) => labelled(index === 0 ? label : '', text, columns))
    .map(({ text }) => ({ text, tone: 'busy' }));
}

/** A label and its text, continued under the text. */
export function labelled(label: string, text: string, columns: number): ToneLine[] {
  return wrapped(text, Math.max(1, columns - LABEL_WIDTH)).map((line, index) => ({
    text: `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`,
    tone: 'plain',
  }));
}
