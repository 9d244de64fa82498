import type { Decision } from '../../model/decision.js';
import type { RollResult } from '../../model/events.js';
import { type Hook, type HookEnd, type HookNews, isWantedAt, type Moment } from '../../model/hook.js';
import type { Intent } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { Refusal } from '../../model/stop-reason.js';
import { budgetKnown } from '../decide/servers.js';
import type { Engine } from '../engine.js';
import { Moments } from './hook-points.js';
import type { Course } from './roll-run.js';

/** What is said while hooks run. */
export interface HookSaid {
  readonly kind: 'hook';
  readonly hook: Hook;
  readonly moment: Moment;
  readonly news: HookNews;
}

/** What stands while hooks run. */
export interface Standing {
  readonly survey: Survey;
  readonly intent: Intent;
  /** Keeps the lock; a decision to stop where somebody else has it. */
  readonly keep: () => Promise<Decision | undefined>;
}

/** The operator's hooks in one run of a roll: which are due, and running them. */
export class Callouts {
  readonly #engine: Engine;
  readonly #intervalMs: number;
  readonly #say: (said: HookSaid) => void;
  readonly #signal: AbortSignal;
  readonly #moments = new Moments();

  constructor(engine: Engine, intervalMs: number, say: (said: HookSaid) => void, signal: AbortSignal) {
    this.#engine = engine;
    this.#intervalMs = intervalMs;
    this.#say = say;
    this.#signal = signal;
  }

  /** The moments at which hooks are wanted before this decision is carried out; the others pass unnoticed. */
  due({ survey, intent }: Standing, decision: Decision): readonly Moment[] {
    if (this.#hooks.length === 0) return [];
    const all = this.#moments.due(survey, intent, decision);
    const first = all.findIndex((moment) => this.#wantedAt(moment).length > 0);
    for (const moment of first < 0 ? all : all.slice(0, first)) this.#moments.pass(moment);
    return first < 0 ? [] : all.slice(first);
  }

  /** Runs what is wanted at these moments, one after the other, until one fails that may end the roll. */
  async run(moments: readonly Moment[], standing: Standing): Promise<Refusal | undefined> {
    for (const moment of moments) {
      for (const hook of this.#wantedAt(moment)) {
        const refusal = await this.#call(hook, moment, standing);
        if (refusal !== undefined || this.#signal.aborted) return refusal;
      }
      this.#moments.pass(moment);
    }
    return undefined;
  }

  get #hooks(): readonly Hook[] {
    return this.#engine.hooks?.list ?? [];
  }

  #wantedAt(moment: Moment): readonly Hook[] {
    return this.#hooks.filter((hook) => isWantedAt(hook, moment));
  }

  async #call(hook: Hook, moment: Moment, standing: Standing): Promise<Refusal | undefined> {
    const { clock, hooks } = this.#engine;
    if (hooks === undefined) return undefined;
    const startMs = clock.now();
    let lastLine = '';
    const tell = (news: HookNews) => this.#say({ kind: 'hook', hook, moment, news });
    const hear = (line: string) => {
      lastLine = line;
      tell({ kind: 'output', line });
    };
    tell({ kind: 'started' });
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#signal]);
    const running = hooks.run(hook, factsFor(moment, standing.survey, standing.intent), hear, signal);
    const lost = await this.#whileRunning(running, standing);
    if (lost !== undefined) stop.abort();
    const end = await running;
    tell({ kind: 'ended', end, elapsedMs: clock.now() - startMs });
    return lost ?? refusalOf(hook, moment, end, lastLine);
  }

  /** Keeps the lock until the hook has ended; a hook may take longer than the lock lives. */
  async #whileRunning(running: Promise<HookEnd>, { keep }: Standing): Promise<Refusal | undefined> {
    const over = new AbortController();
    const ended = running.then(() => {
      over.abort();
      return true;
    });
    while (!(await Promise.race([ended, this.#engine.clock.sleep(this.#intervalMs, over.signal)]))) {
      if (over.signal.aborted) return undefined;
      const lost = await keep();
      if (lost?.kind === 'stop') return lost.reason;
    }
    return undefined;
  }
}

function refusalOf(hook: Hook, moment: Moment, end: HookEnd, lastLine: string): Refusal | undefined {
  if (end.kind === 'passed' || end.kind === 'cut-short' || hook.onFailure === 'warn') return undefined;
  const { on, run } = hook;
  const { phase, server } = moment;
  return { kind: 'hook-failed', on, phase, instanceId: server?.instanceId, run, end, lastLine };
}

/**
 * Has the operator's hooks run that are due before a decision is carried out. They may take long, so that the world is
 * looked at again after them; and they stand for nothing unless the lock is held.
 *
 * @returns undefined where none was due; otherwise the result, where one of them ends the roll
 */
export async function callHooks(
  course: Course,
  callouts: Callouts,
  decision: Decision,
): Promise<{ readonly result: RollResult | undefined } | undefined> {
  const due = callouts.due(course.standing, decision);
  if (due.length === 0) return undefined;
  if (decision.kind === 'act') {
    const unlocked = await course.lock(decision.step);
    if (unlocked !== undefined) return unlocked;
  } else if (!(await course.hold())) return undefined;
  const refusal = await callouts.run(due, course.standing);
  if (decision.kind === 'done') return undefined;
  return { result: refusal === undefined ? undefined : course.end(course.outcomeOfStop, refusal) };
}

/** What a hook is told, by variable of its environment; what does not apply is empty. docs/hooks.md tells them all. */
export function factsFor(moment: Moment, survey: Survey, intent: Intent): Readonly<Record<string, string>> {
  const { on, phase, server, move } = moment;
  const budget = budgetKnown(survey);
  return {
    CONSUL_ROLL_HOOK: on,
    CONSUL_ROLL_ROLL_ID: intent.rollId,
    CONSUL_ROLL_CLUSTER: intent.cluster,
    CONSUL_ROLL_PHASE: phase,
    CONSUL_ROLL_DIRECTION: intent.direction,
    CONSUL_ROLL_IMAGE: intent.imageId,
    CONSUL_ROLL_OLD_GROUP: intent.oldGroup,
    CONSUL_ROLL_NEW_GROUP: intent.newGroup,
    CONSUL_ROLL_INSTANCE_ID: server?.instanceId ?? '',
    CONSUL_ROLL_ADDRESS: server?.address ?? '',
    CONSUL_ROLL_ZONE: server?.zone ?? '',
    CONSUL_ROLL_SIDE: server?.side ?? '',
    CONSUL_ROLL_MOVE: move ?? '',
    CONSUL_ROLL_VOTERS: numberOf(budget?.voters),
    CONSUL_ROLL_HEALTHY: numberOf(budget?.healthy),
    CONSUL_ROLL_QUORUM: numberOf(budget?.quorum),
    CONSUL_ROLL_LEADER: survey.raft?.leader ?? '',
  };
}

function numberOf(count: number | undefined): string {
  return count === undefined ? '' : String(count);
}
