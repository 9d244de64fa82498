import type { RollResult } from '../../model/events.js';
import { OUTCOMES } from '../../model/outcome.js';
import type { Tone, ToneLine } from '../server-list.js';
import { capitalized, counted, spanOf, wrapped } from './format.js';
import { labelled, outcomeReport } from './outcome.js';

/** When a stage began, epoch milliseconds, and how long it was on. */
export interface PhaseTime {
  readonly name: string;
  readonly startedAtMs: number;
  readonly elapsedMs: number;
}

/** What became of the writes that went on all the while. */
export interface WriteTally {
  readonly acknowledged: number;
  readonly failed: number;
  /** Acknowledged, and not there at the end. */
  readonly lost: number;
  readonly longestGapMs: number;
}

/** A demo from start to end. */
export interface DemoResult {
  readonly roll: RollResult;
  readonly consul: { readonly kind: 'process' | 'simulated'; readonly version: string };
  readonly from: NamedImage;
  readonly to: NamedImage;
  readonly writes: WriteTally;
  readonly phases: readonly PhaseTime[];
}

export interface NamedImage {
  readonly image: string;
  readonly name: string;
}

/** The roll's exit code, but for lost writes: nothing that loses one has gone well. */
export function demoExitCode({ roll, writes }: DemoResult): number {
  const { exitCode } = OUTCOMES[roll.outcome];
  return writes.lost > 0 ? 1 : exitCode;
}

/** Which Consul ran, said loudly. */
export function consulLine({ kind, version }: DemoResult['consul']): string {
  return kind === 'process'
    ? `REAL Consul ${version}: every server was a process of its own`
    : 'SIMULATED Consul: no consul program ran; for a real one give --consul PATH or set CONSUL_BIN';
}

/** Before and after, what each stage took, what the writers saw. */
export function demoReport(demo: DemoResult, columns: number): ToneLine[] {
  const { happened, now, took } = outcomeReport(demo.roll);
  const tone: Tone = demoExitCode(demo) === 0 ? 'good' : 'bad';
  return [
    { text: '', tone: 'plain' },
    ...wrapped(happened, columns).map((text) => ({ text, tone })),
    { text: '', tone: 'plain' },
    ...labelled('Consul', consulLine(demo.consul), columns),
    ...labelled('Before', `${demo.from.name}  ${demo.from.image}`, columns),
    ...labelled('After', now, columns),
    ...labelled('Took', took, columns),
    ...writeLines(demo.writes, columns),
    { text: '', tone: 'plain' },
    ...timeline(demo.phases, columns),
  ];
}

function writeLines({ acknowledged, failed, lost, longestGapMs }: WriteTally, columns: number): ToneLine[] {
  const counts = `${counted(acknowledged, 'write')} acknowledged, ${failed} failed, ${lost} lost; the longest gap ${spanOf(longestGapMs)}`;
  const tone: Tone = lost > 0 ? 'bad' : 'good';
  return labelled('Writes', counts, columns).map(({ text }) => ({ text, tone }));
}

const NAME_WIDTH = 10;
const SPAN_WIDTH = 9;
const WIDEST_BAR = 60;

/** One bar a stage, where it began and how long it was on, on one scale. */
function timeline(phases: readonly PhaseTime[], columns: number): ToneLine[] {
  const startMs = Math.min(...phases.map((phase) => phase.startedAtMs));
  const endMs = Math.max(...phases.map((phase) => phase.startedAtMs + phase.elapsedMs));
  const width = Math.max(10, Math.min(WIDEST_BAR, columns - NAME_WIDTH - SPAN_WIDTH - 2));
  const scale = width / Math.max(1, endMs - startMs);
  return phases.map(({ name, startedAtMs, elapsedMs }) => {
    const from = Math.min(width - 1, Math.floor((startedAtMs - startMs) * scale));
    const length = Math.min(width - from, Math.max(1, Math.round(elapsedMs * scale)));
    const bar = `${' '.repeat(from)}${'█'.repeat(length)}`.padEnd(width);
    const text = `${capitalized(name).padEnd(NAME_WIDTH)}${bar} ${spanOf(elapsedMs).padStart(SPAN_WIDTH)}`;
    return { text, tone: 'plain' };
  });
}
