import { UNKNOWN_ETA, updateEta } from '../../engine/plan/estimate.js';
import type { RollEvent } from '../../model/events.js';
import type { Knowledge } from '../../model/memory.js';
import { applyEvent, type Progress, startProgress } from '../progress.js';
import { formatDate } from '../text/format.js';
import { buildLogLines, formatHeartbeat, formatProgressLine, type LogLine } from '../text/log-lines.js';
import { describeEstimate } from '../text/waits.js';
import type { Screen, View } from '../view.js';

/** A log never stays silent for longer than this. */
const HEARTBEAT_MS = 30_000;
const HEARTBEAT_CHECK_MS = 1000;

/** Where lines go, and the clock beside it. */
interface LogSink {
  readonly stream: { write(text: string): unknown };
  readonly now: Screen['now'];
  readonly conditions?: Screen['conditions'];
}

/** One line per event with its time, for pipes and CI logs, without control characters. */
export class PlainView implements View {
  readonly #sink: LogSink;
  readonly #heartbeatTimer: NodeJS.Timeout;
  #progress: Progress;
  #eta = UNKNOWN_ETA;
  #previous: Knowledge | undefined;
  #lastWrittenMs: number;
  #day: string | undefined;

  constructor(sink: LogSink) {
    this.#sink = sink;
    this.#progress = startProgress(sink.now());
    this.#lastWrittenMs = sink.now();
    this.#heartbeatTimer = setInterval(() => this.#writeHeartbeat(), HEARTBEAT_CHECK_MS);
    this.#heartbeatTimer.unref();
  }

  handle(event: RollEvent): void {
    this.#progress = applyEvent(this.#progress, event);
    const { conditions } = this.#sink;
    if (conditions !== undefined) this.#eta = updateEta(this.#eta, event, conditions);
    for (const line of buildLogLines(event, this.#previous)) this.#writeLine(event.atMs, line);
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

  /** The time left, by the last estimate. */
  #formatEta(nowMs: number): string {
    const { latest } = this.#eta;
    const leftMs = latest === undefined ? 0 : latest.atMs + latest.forecast.remainingMs - nowMs;
    if (latest === undefined || leftMs <= 0 || isBlocked(this.#progress)) return '';
    const elapsedMs = nowMs - this.#progress.startedAtMs;
    return `; time left ${describeEstimate({ ...latest.forecast, remainingMs: leftMs }, elapsedMs)}`;
  }

  #writeLine(atMs: number, line: LogLine): void {
    this.#lastWrittenMs = this.#sink.now();
    this.#writeDateIfChanged(atMs);
    this.#write(atMs, line);
  }

  /** The first line of a roll has the date; every later day starts with a line that has it. */
  #writeDateIfChanged(atMs: number): void {
    const day = formatDate(atMs);
    if (this.#day !== undefined && this.#day !== day) this.#write(atMs, { what: `date ${day}` });
    this.#day = day;
  }

  #write(atMs: number, line: LogLine): void {
    this.#sink.stream.write(`${formatProgressLine(this.#progress, atMs, line)}\n`);
  }
}

/** The time left cannot be estimated. */
function isBlocked({ observationError, lockHolder, pausing, result }: Progress): boolean {
  return pausing || result !== undefined || observationError !== undefined || lockHolder !== undefined;
}
