import { expectedWith, NOTHING_EXPECTED } from '../../engine/plan/estimate.js';
import type { RollEvent } from '../../model/events.js';
import type { Survey } from '../../model/observation.js';
import { advanced, currentStage, elapsedIn, type Progress, progressAt } from '../progress.js';
import { describeForecast } from '../text/estimate.js';
import { dateOf, wholeSpanOf } from '../text/format.js';
import { describeContest } from '../text/lock.js';
import { describeWait } from '../text/waits.js';
import type { Screen, View } from '../view.js';
import { plainLine, type Saying, sayingsOf } from './log-lines.js';

/** A log never stays silent for longer than this. */
const HEARTBEAT_MS = 30_000;
const CHECK_MS = 1000;

/** Where lines go, and the clock beside it. */
export interface Paper {
  readonly stream: { write(text: string): unknown };
  readonly now: Screen['now'];
  readonly conditions?: Screen['conditions'];
}

/** One line an event with a time, for pipes and CI logs: no control characters, readable a week later. */
export class PlainView implements View {
  readonly #screen: Paper;
  readonly #heart: NodeJS.Timeout;
  #progress: Progress;
  #expectation = NOTHING_EXPECTED;
  #before: Survey | undefined;
  #spokenMs: number;
  #day: string | undefined;

  constructor(screen: Paper) {
    this.#screen = screen;
    this.#progress = progressAt(screen.now());
    this.#spokenMs = screen.now();
    this.#heart = setInterval(() => this.#beat(), CHECK_MS);
    this.#heart.unref();
  }

  handle(event: RollEvent): void {
    this.#progress = advanced(this.#progress, event);
    const { conditions } = this.#screen;
    if (conditions !== undefined) this.#expectation = expectedWith(this.#expectation, event, conditions);
    for (const saying of sayingsOf(event, this.#before)) this.#say(event.atMs, saying);
    if (event.kind === 'looked') this.#before = event.survey;
  }

  async end(): Promise<void> {
    clearInterval(this.#heart);
  }

  #beat(): void {
    const nowMs = this.#screen.now();
    if (nowMs - this.#spokenMs < HEARTBEAT_MS) return;
    this.#say(nowMs, { what: heartbeat(this.#progress, nowMs) + this.#outlook(nowMs) });
  }

  /** How long it will still take, as of the last look that could tell. */
  #outlook(nowMs: number): string {
    const { latest } = this.#expectation;
    const leftMs = latest === undefined ? 0 : latest.atMs + latest.forecast.leftMs - nowMs;
    if (latest === undefined || leftMs <= 0 || isHeldUp(this.#progress)) return '';
    const elapsedMs = nowMs - this.#progress.startedAtMs;
    return `; to the end ${describeForecast({ ...latest.forecast, leftMs }, elapsedMs)}`;
  }

  #say(atMs: number, saying: Saying): void {
    this.#spokenMs = this.#screen.now();
    this.#sayWhenDayChanges(atMs);
    this.#write(atMs, saying);
  }

  /** Every line has its time; the first one of a roll has its date, and so has the first of every other day. */
  #sayWhenDayChanges(atMs: number): void {
    const day = dateOf(atMs);
    if (this.#day !== undefined && this.#day !== day) this.#write(atMs, { what: `it is ${day}` });
    this.#day = day;
  }

  #write(atMs: number, saying: Saying): void {
    this.#screen.stream.write(`${plainLine(this.#progress, atMs, saying)}\n`);
  }
}

/** Nobody can tell then how long it takes. */
function isHeldUp({ lookFailure, rival, pausing, result }: Progress): boolean {
  return pausing || result !== undefined || lookFailure !== undefined || rival !== undefined;
}

function heartbeat(progress: Progress, nowMs: number): string {
  if (progress.lookFailure !== undefined) return `still cannot look: ${progress.lookFailure}`;
  if (progress.rival !== undefined) return `still: ${describeContest(progress.rival)}`;
  if (progress.wait !== undefined) return `still ${describeWait(progress.wait, nowMs)}`;
  const stage = currentStage(progress);
  return `still at work, ${wholeSpanOf(stage === undefined ? 0 : elapsedIn(stage, nowMs))} in this stage`;
}
