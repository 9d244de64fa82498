import { UNKNOWN_ETA, updateEta } from '../../engine/plan/estimate.js';
import type { RollEvent } from '../../model/events.js';
import type { Knowledge } from '../../model/memory.js';
import { applyEvent, findActivePhase, getPhaseElapsedMs, type Progress, startProgress } from '../progress.js';
import { describeEstimate } from '../text/estimate.js';
import { formatDate, formatWholeDuration } from '../text/format.js';
import { describeLockContest } from '../text/lock.js';
import { describeWait } from '../text/waits.js';
import type { Screen, View } from '../view.js';
import { buildLogLines, formatProgressLine, type LogLine } from './log-lines.js';

/** A log never stays silent for longer than this. */
const HEARTBEAT_MS = 30_000;
const HEARTBEAT_CHECK_MS = 1000;

/** Where lines go, and the clock beside it. */
export interface LogSink {
  readonly stream: { write(text: string): unknown };
  readonly now: Screen['now'];
  readonly conditions?: Screen['conditions'];
}

/** One line an event with a time, for pipes and CI logs: no control characters, readable a week later. */
export class PlainView implements View {
  readonly #sink: LogSink;
  readonly #heartbeatTimer: NodeJS.Timeout;
  #progress: Progress;
  #eta = UNKNOWN_ETA;
  #previous: Knowledge | undefined;
  #lastWrittenMs: number;
  #day: string | undefined;

  constructor(screen: LogSink) {
    this.#sink = screen;
    this.#progress = startProgress(screen.now());
    this.#lastWrittenMs = screen.now();
    this.#heartbeatTimer = setInterval(() => this.#writeHeartbeat(), HEARTBEAT_CHECK_MS);
    this.#heartbeatTimer.unref();
  }

  handle(event: RollEvent): void {
    this.#progress = applyEvent(this.#progress, event);
    const { conditions } = this.#sink;
    if (conditions !== undefined) this.#eta = updateEta(this.#eta, event, conditions);
    for (const saying of buildLogLines(event, this.#previous)) this.#writeLine(event.atMs, saying);
    if (event.kind === 'observed') this.#previous = event;
  }

  async end(): Promise<void> {
    clearInterval(this.#heartbeatTimer);
  }

  #writeHeartbeat(): void {
    const nowMs = this.#sink.now();
    if (nowMs - this.#lastWrittenMs < HEARTBEAT_MS) return;
    this.#writeLine(nowMs, { what: formatHeartbeat(this.#progress, nowMs) + this.#formatEta(nowMs) });
  }

  /** How long it will still take, as of the last look that could tell. */
  #formatEta(nowMs: number): string {
    const { latest } = this.#eta;
    const leftMs = latest === undefined ? 0 : latest.atMs + latest.forecast.remainingMs - nowMs;
    if (latest === undefined || leftMs <= 0 || isBlocked(this.#progress)) return '';
    const elapsedMs = nowMs - this.#progress.startedAtMs;
    return `; to the end ${describeEstimate({ ...latest.forecast, remainingMs: leftMs }, elapsedMs)}`;
  }

  #writeLine(atMs: number, saying: LogLine): void {
    this.#lastWrittenMs = this.#sink.now();
    this.#writeDateIfChanged(atMs);
    this.#write(atMs, saying);
  }

  /** Every line has its time; the first one of a roll has its date, and so has the first of every other day. */
  #writeDateIfChanged(atMs: number): void {
    const day = formatDate(atMs);
    if (this.#day !== undefined && this.#day !== day) this.#write(atMs, { what: `it is ${day}` });
    this.#day = day;
  }

  #write(atMs: number, saying: LogLine): void {
    this.#sink.stream.write(`${formatProgressLine(this.#progress, atMs, saying)}\n`);
  }
}

/** Nobody can tell then how long it takes. */
function isBlocked({ observationError: lookFailure, lockHolder: rival, pausing, result }: Progress): boolean {
  return pausing || result !== undefined || lookFailure !== undefined || rival !== undefined;
}

function formatHeartbeat(progress: Progress, nowMs: number): string {
  if (progress.observationError !== undefined) return `still cannot look: ${progress.observationError}`;
  if (progress.lockHolder !== undefined) return `still: ${describeLockContest(progress.lockHolder)}`;
  if (progress.wait !== undefined) return `still ${describeWait(progress.wait, nowMs)}`;
  const stage = findActivePhase(progress);
  return `still at work, ${formatWholeDuration(stage === undefined ? 0 : getPhaseElapsedMs(stage, nowMs))} in this stage`;
}
