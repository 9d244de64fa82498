import type { Wait } from '../model/decision.js';
import type { RollEvent } from '../model/events.js';
import { buildStepDocument, buildWaitFields, formatInstant } from './json/build-parts.js';
import type { TimeDocument, TimeSpanDocument, TimeSpent, TimeSum, TimeUse, TimeUseOf } from './json/parts.js';
import type { RollPhase } from './progress.js';

/**
 * The time of one run, folded from its events: every millisecond from `started` to `ended` is in exactly one span. Of a
 * watched roll there is none: the process that runs it tells it.
 */
export class TimeJournal {
  readonly #spans: TimeSpent[] = [];
  #startedAtMs = 0;
  #sinceMs = 0;
  #use: TimeUseOf | undefined;

  /** The spans that have ended, in order. */
  get spans(): readonly TimeSpent[] {
    return this.#spans;
  }

  /**
   * Takes the next event.
   *
   * @param phase the phase before the event
   * @returns the span that it ends, if any
   */
  take(event: RollEvent, phase: RollPhase): TimeSpent | undefined {
    if (event.kind === 'started' && event.watched === undefined && this.#use === undefined) {
      this.#startedAtMs = event.atMs;
      this.#sinceMs = event.atMs;
      this.#use = toUse(phase, 'observation');
    }
    if (this.#use === undefined) return undefined;
    if (event.kind === 'ended') return this.end(this.#startedAtMs + event.result.elapsedMs);
    const next = findUse(event, phase, this.#use);
    return isSameUse(this.#use, next) ? undefined : this.#change(next, event.atMs);
  }

  /** Ends the last span, where no result did. */
  end(atMs: number): TimeSpent | undefined {
    return this.#use && this.#change(undefined, atMs);
  }

  #change(next: TimeUseOf | undefined, atMs: number): TimeSpent | undefined {
    const span = this.#use && { fromMs: this.#sinceMs, toMs: Math.max(this.#sinceMs, atMs), ...this.#use };
    this.#use = next;
    if (span === undefined || span.toMs === span.fromMs) return undefined;
    this.#sinceMs = span.toMs;
    this.#spans.push(span);
    return span;
  }
}

/** What the time after an event is spent on. */
function findUse(event: RollEvent, phase: RollPhase, before: TimeUseOf): TimeUseOf {
  switch (event.kind) {
    case 'observed':
      if (event.decision.kind === 'wait') return toWait(event.decision.wait);
      // A step that failed or was refused is due again only after a pause.
      return event.decision.kind === 'act' && isPause(before) ? before : toUse(phase, 'observation');
    case 'waiting':
      return toWait(event.wait);
    case 'observation-failed':
      return toUse(phase, 'retry', 'observation');
    case 'step-started': {
      const { action, instanceIds } = buildStepDocument(event.step);
      return { phase: event.step.phase, use: 'step', for: action, instanceIds };
    }
    case 'step-done':
      return toUse(event.step.phase, 'observation');
    case 'step-failed':
      return toUse(event.step.phase, 'retry', event.step.action.kind);
    case 'step-refused':
      return toUse(event.step.phase, 'refusal', event.reason.kind);
    case 'lock-held':
      return toUse(phase, 'lock');
    case 'hook': {
      const { point, news } = event;
      const instanceIds = point.server === undefined ? [] : [point.server.instanceId];
      if (news.kind === 'started') return { ...toUse(phase, 'hook', event.hook.on), instanceIds };
      return news.kind === 'ended' ? toUse(phase, 'observation') : before;
    }
    default:
      return before;
  }
}

function toUse(phase: RollPhase, use: TimeUse, on: string | null = null): TimeUseOf {
  return { phase, use, for: on, instanceIds: [] };
}

function toWait(wait: Wait): TimeUseOf {
  const { for: condition, instanceIds } = buildWaitFields(wait);
  return { phase: wait.phase, use: 'wait', for: condition, instanceIds };
}

function isPause({ use, for: on }: TimeUseOf): boolean {
  return use === 'refusal' || (use === 'retry' && on !== 'observation');
}

function isSameUse(one: TimeUseOf, other: TimeUseOf): boolean {
  return (
    one.use === other.use &&
    one.for === other.for &&
    one.phase === other.phase &&
    one.instanceIds.join() === other.instanceIds.join()
  );
}

/** The spans added up by use, the longest first. Together they are all the time. */
export function sumTime(spans: readonly TimeSpent[]): readonly TimeSum[] {
  const sums = new Map<string, TimeSum>();
  for (const { use, for: on, fromMs, toMs } of spans) {
    const key = `${use} ${on}`;
    const { count, elapsedMs } = sums.get(key) ?? { count: 0, elapsedMs: 0 };
    sums.set(key, { use, for: on, count: count + 1, elapsedMs: elapsedMs + toMs - fromMs });
  }
  return [...sums.values()].sort((a, b) => b.elapsedMs - a.elapsedMs);
}

/** The time of a roll, for scripts. */
export function buildTimeDocument(spans: readonly TimeSpent[]): TimeDocument {
  return {
    elapsedMs: spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
    sums: sumTime(spans).map((sum) => ({ ...sum })),
    spans: spans.map(({ toMs, phase, ...span }) => ({
      to: formatInstant(toMs),
      phase,
      ...buildTimeSpanFields({ toMs, phase, ...span }),
    })),
  };
}

/** A span without what every event has: its end and its phase. */
export function buildTimeSpanFields({ fromMs, toMs, use, for: on, instanceIds }: TimeSpent): TimeSpanDocument {
  return { from: formatInstant(fromMs), elapsedMs: toMs - fromMs, use, for: on, instanceIds: [...instanceIds] };
}
