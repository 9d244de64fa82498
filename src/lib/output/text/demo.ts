import type { RollResult } from '../../model/outcome.js';
import type { WriteTotals } from '../events/ending.js';
import type { TimeSpent } from '../json/parts.js';
import {
  BLANK_LINE,
  capitalize,
  formatCount,
  formatDuration,
  type Style,
  type StyledLine,
  styleLines,
} from './format.js';
import { buildOutcomeText, formatLabelled } from './outcome.js';

/** When a stage began, epoch milliseconds, and how long it was on. */
interface PhaseTime {
  readonly name: string;
  readonly startedAtMs: number;
  readonly elapsedMs: number;
}

/** A demo from start to end. */
export interface DemoResult {
  readonly roll: RollResult;
  readonly consul: { readonly kind: 'process' | 'simulated'; readonly version: string };
  readonly from: NamedImage;
  readonly to: NamedImage;
  readonly writes: WriteTotals;
  readonly phases: readonly PhaseTime[];
  readonly timeSpent: readonly TimeSpent[];
}

export interface NamedImage {
  readonly image: string;
  readonly name: string;
  /** The Consul version in it. */
  readonly consul: string;
}

/** Which Consul ran, in capitals: a simulated one proves less. */
function formatConsul({ consul: { kind }, from, to }: DemoResult): string {
  const versions = from.consul === to.consul ? from.consul : `${from.consul}, then ${to.consul}`;
  return kind === 'process'
    ? `REAL Consul ${versions}: one process per server`
    : 'SIMULATED Consul; for a real one, give --consul PATH or set CONSUL_BIN';
}

function isSuccess({ roll, writes }: DemoResult): boolean {
  return writes.lost === 0 && ['rolled', 'nothing-to-do'].includes(roll.outcome);
}

/** Before and after, what each stage took, what the writers saw. */
export function formatDemo(demo: DemoResult, columns: number): StyledLine[] {
  const { happened, now, took } = buildOutcomeText(demo.roll);
  const style: Style = isSuccess(demo) ? 'good' : 'bad';
  return [
    BLANK_LINE,
    ...styleLines(happened, columns, style),
    BLANK_LINE,
    ...formatLabelled('Consul', formatConsul(demo), columns),
    ...formatLabelled('Before', `${demo.from.name}  ${demo.from.image}`, columns),
    ...formatLabelled('After', now, columns),
    ...formatLabelled('Took', took, columns),
    ...formatWriteTotals(demo.writes, columns),
    BLANK_LINE,
    ...formatPhaseTimes(demo.phases, columns),
  ];
}

function formatWriteTotals(writes: WriteTotals, columns: number): StyledLine[] {
  const style: Style = writes.lost > 0 ? 'bad' : 'good';
  return formatLabelled('Writes', describeWrites(writes), columns).map(({ text }) => ({ text, style }));
}

/** `4972 writes acknowledged, 1 failed, 0 lost; longest gap 3 s`. */
export function describeWrites(writes: Omit<WriteTotals, 'longestGapAtMs'>): string {
  const { acknowledged, failed, lost, longestGapMs } = writes;
  return `${formatCount(acknowledged, 'write')} acknowledged, ${failed} failed, ${lost} lost; longest gap ${formatDuration(longestGapMs)}`;
}

const PHASE_NAME_WIDTH = 10;
const DURATION_WIDTH = 9;
const MAX_BAR_WIDTH = 60;

/** One bar a stage, where it began and how long it was on, on one scale. */
function formatPhaseTimes(phases: readonly PhaseTime[], columns: number): StyledLine[] {
  const startMs = Math.min(...phases.map((phase) => phase.startedAtMs));
  const endMs = Math.max(...phases.map((phase) => phase.startedAtMs + phase.elapsedMs));
  const width = Math.max(10, Math.min(MAX_BAR_WIDTH, columns - PHASE_NAME_WIDTH - DURATION_WIDTH - 2));
  const scale = width / Math.max(1, endMs - startMs);
  return phases.map(({ name, startedAtMs, elapsedMs }) => {
    const from = Math.min(width - 1, Math.floor((startedAtMs - startMs) * scale));
    const length = Math.min(width - from, Math.max(1, Math.round(elapsedMs * scale)));
    const bar = `${' '.repeat(from)}${'█'.repeat(length)}`.padEnd(width);
    const text = `${capitalize(name).padEnd(PHASE_NAME_WIDTH)}${bar} ${formatDuration(elapsedMs).padStart(DURATION_WIDTH)}`;
    return { text, style: 'plain' };
  });
}
