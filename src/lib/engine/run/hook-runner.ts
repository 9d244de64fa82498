import type { Decision } from '../../model/decision.js';
import {
  type Hook,
  type HookOutcome,
  type HookPoint,
  type HookProgress,
  isHookDue,
} from '../../model/hook.js';
import type { Intent } from '../../model/intent.js';
import type { Knowledge } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { RollResult } from '../../model/outcome.js';
import type { StopReason } from '../../model/stop-reason.js';
import { findKnownQuorumMargin } from '../decide/servers.js';
import type { Engine } from '../engine.js';
import { HookPoints } from './hook-points.js';
import type { RollRun } from './roll-run.js';

/** What is said while hooks run. */
export interface HookEvent {
  readonly kind: 'hook';
  readonly hook: Hook;
  readonly point: HookPoint;
  readonly news: HookProgress;
}

/** What stands while hooks run. */
export interface RunContext extends Knowledge {
  readonly intent: Intent;
  /** Keeps the lock; a decision to stop where somebody else has it. */
  readonly keepLock: () => Promise<Decision | undefined>;
}

/** The operator's hooks in one run of a roll: which are due, and running them. */
export class HookRunner {
  readonly #engine: Engine;
  readonly #intervalMs: number;
  readonly #emit: (payload: HookEvent) => void;
  readonly #signal: AbortSignal;
  readonly #hookPoints = new HookPoints();

  constructor(engine: Engine, intervalMs: number, say: (payload: HookEvent) => void, signal: AbortSignal) {
    this.#engine = engine;
    this.#intervalMs = intervalMs;
    this.#emit = say;
    this.#signal = signal;
  }

  /** The moments at which hooks are wanted before this decision is carried out; the others pass unnoticed. */
  findDue(context: RunContext, decision: Decision): readonly HookPoint[] {
    if (this.#hooks.length === 0) return [];
    const all = this.#hookPoints.findDue(context, context.intent, decision);
    const first = all.findIndex((moment) => this.#hooksAt(moment).length > 0);
    for (const moment of first < 0 ? all : all.slice(0, first)) this.#hookPoints.markDone(moment);
    return first < 0 ? [] : all.slice(first);
  }

  /** Runs what is wanted at these moments, one after the other, until one fails that may end the roll. */
  async run(moments: readonly HookPoint[], standing: RunContext): Promise<StopReason | undefined> {
    for (const moment of moments) {
      for (const hook of this.#hooksAt(moment)) {
        const reason = await this.#runHook(hook, moment, standing);
        if (reason !== undefined || this.#signal.aborted) return reason;
      }
      this.#hookPoints.markDone(moment);
    }
    return undefined;
  }

  get #hooks(): readonly Hook[] {
    return this.#engine.hooks?.list ?? [];
  }

  #hooksAt(moment: HookPoint): readonly Hook[] {
    return this.#hooks.filter((hook) => isHookDue(hook, moment));
  }

  async #runHook(hook: Hook, moment: HookPoint, standing: RunContext): Promise<StopReason | undefined> {
    const { clock, hooks } = this.#engine;
    if (hooks === undefined) return undefined;
    const startMs = clock.now();
    let lastLine = '';
    const tell = (progress: HookProgress) =>
      this.#emit({ kind: 'hook', hook, point: moment, news: progress });
    const hear = (line: string) => {
      lastLine = line;
      tell({ kind: 'output', line });
    };
    tell({ kind: 'started' });
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#signal]);
    const running = hooks.run(
      hook,
      buildHookEnvironment(moment, standing.observation, standing.intent),
      hear,
      signal,
    );
    const lost = await this.#whileRunning(running, standing);
    if (lost !== undefined) stop.abort();
    const end = await running;
    tell({ kind: 'ended', end, elapsedMs: clock.now() - startMs });
    return lost ?? buildStopReason(hook, moment, end, lastLine);
  }

  /** Keeps the lock until the hook has ended; a hook may take longer than the lock lives. */
  async #whileRunning(
    running: Promise<HookOutcome>,
    { keepLock: keep }: RunContext,
  ): Promise<StopReason | undefined> {
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

function buildStopReason(
  hook: Hook,
  moment: HookPoint,
  end: HookOutcome,
  lastLine: string,
): StopReason | undefined {
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
export async function runHooks(
  run: RollRun,
  hookRunner: HookRunner,
  decision: Decision,
): Promise<{ readonly result: RollResult | undefined } | undefined> {
  const due = hookRunner.findDue(run.context, decision);
  if (due.length === 0) return undefined;
  if (decision.kind === 'act') {
    const unlocked = await run.acquireLock(decision.step);
    if (unlocked !== undefined) return unlocked;
  } else if (!(await run.tryHoldLock())) return undefined;
  const reason = await hookRunner.run(due, run.context);
  if (decision.kind === 'done') return undefined;
  return { result: reason === undefined ? undefined : run.stop(run.outcomeOfStop, reason) };
}

/** What a hook is told, by variable of its environment; what does not apply is empty. docs/hooks.md tells them all. */
export function buildHookEnvironment(
  moment: HookPoint,
  observation: Observation,
  intent: Intent,
): Readonly<Record<string, string>> {
  const { on, phase, server, move } = moment;
  const margin = findKnownQuorumMargin(observation);
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
    CONSUL_ROLL_VOTERS: formatCount(margin?.voters),
    CONSUL_ROLL_HEALTHY: formatCount(margin?.healthy),
    CONSUL_ROLL_QUORUM: formatCount(margin?.quorum),
    CONSUL_ROLL_LEADER: observation.raft?.leader ?? '',
  };
}

function formatCount(count: number | undefined): string {
  return count === undefined ? '' : String(count);
}
