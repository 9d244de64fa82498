import type { Decision, SafetyInput } from '../../model/decision.js';
import type { EventPayload } from '../../model/events.js';
import {
  type Hook,
  type HookOutcome,
  type HookPoint,
  type HookProgress,
  isHookDue,
  nameHookCommand,
} from '../../model/hook.js';
import type { Intent } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import { findKnownQuorumMargin } from '../../model/servers.js';
import type { StopReason } from '../../model/stop-reason.js';
import type { Engine } from '../engine.js';
import { HookPoints, listGatePoints } from './hook-points.js';

/** Of the output of one try of a gate: it is tried again and again. */
const MAX_GATE_LINES = 20;

type HookEvent = Extract<EventPayload, { readonly kind: 'hook' }>;

/** The operator's hooks in one run of a roll. */
export class HookRunner {
  readonly #engine: Engine;
  readonly #emit: (event: HookEvent) => void;
  readonly #signal: AbortSignal;
  readonly #points = new HookPoints();
  /** What the operator's gate said last of a new server; undefined once it passed. */
  readonly #gates = new Map<string, 'refused' | undefined>();

  constructor(engine: Engine, emit: (event: HookEvent) => void, signal: AbortSignal) {
    this.#engine = engine;
    this.#emit = emit;
    this.#signal = signal;
  }

  /** What the operator's gate says of a new server: `pending` until it ran, undefined once it passed or where there is none. */
  findGateAnswer(instanceId: string): Server['operatorGate'] {
    const isSet = this.#engine.hooks?.list.some(({ on }) => on === 'gate') === true;
    return isSet && !this.#gates.has(instanceId) ? 'pending' : this.#gates.get(instanceId);
  }

  /** The points before this decision, from the first that has a hook. Earlier ones are passed. */
  findDue(input: SafetyInput, decision: Decision): readonly HookPoint[] {
    if (this.#engine.hooks === undefined) return [];
    const due = [...this.#points.findDue(input, decision), ...listGatePoints(input, decision)];
    for (let [point] = due; point !== undefined && this.#listHooks(point).length === 0; [point] = due) {
      this.#markPassed(point);
      due.shift();
    }
    return due;
  }

  /**
   * Runs the hooks of these points, one after the other.
   *
   * @param keepLock keeps the lock until a hook has ended: a decision to stop if another run has taken it
   * @returns why the roll must stop, if a hook failed that stops it, or the lock was lost; that a gate did not succeed
   */
  async run(
    points: readonly HookPoint[],
    input: SafetyInput,
    keepLock: KeepLock,
  ): Promise<StopReason | 'gate-refused' | undefined> {
    let isRefused = false;
    for (const point of points) {
      const end = await this.#runAt(point, input, keepLock);
      isRefused ||= end === 'gate-refused';
      if ((end !== undefined && end !== 'gate-refused') || this.#signal.aborted) return end;
      if (end === undefined) this.#markPassed(point);
    }
    return isRefused ? 'gate-refused' : undefined;
  }

  /** The hooks of one point, until one fails. */
  async #runAt(point: HookPoint, input: SafetyInput, keepLock: KeepLock) {
    for (const hook of this.#listHooks(point)) {
      const end = await this.#runHook(hook, point, input, keepLock);
      if (end !== undefined || this.#signal.aborted) return end;
    }
    return undefined;
  }

  #markPassed(point: HookPoint): void {
    const { on, server } = point;
    if (on !== 'gate') this.#points.markPassed(point);
    else if (server !== undefined) this.#gates.set(server.instanceId, undefined);
  }

  #listHooks(point: HookPoint): readonly Hook[] {
    return (this.#engine.hooks?.list ?? []).filter((hook) => isHookDue(hook, point));
  }

  async #runHook(
    hook: Hook,
    point: HookPoint,
    input: SafetyInput,
    keepLock: KeepLock,
  ): Promise<StopReason | 'gate-refused' | undefined> {
    const { clock, hooks } = this.#engine;
    if (hooks === undefined) return undefined;
    const startMs = clock.now();
    let lastLine = '';
    let lines = 0;
    const emit = (news: HookProgress) => this.#emit({ kind: 'hook', hook, point, news });
    const onLine = (line: string) => {
      lastLine = line;
      lines += 1;
      if (point.on !== 'gate' || lines < MAX_GATE_LINES) emit({ kind: 'output', line });
      else if (lines === MAX_GATE_LINES) emit({ kind: 'output', line: '(the rest of this try is left out)' });
    };
    emit({ kind: 'started' });
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#signal]);
    const running = hooks.run(hook, buildHookEnvironment(point, input.observation, input.intent), onLine, signal);
    const lost = await keepLock(running);
    if (lost !== undefined) stop.abort();
    const end = await running;
    emit({ kind: 'ended', end, elapsedMs: clock.now() - startMs });
    if (lost?.kind === 'stop') return lost.reason;
    return point.on === 'gate' ? this.#noteGate(hook, point, end) : buildStopReason(hook, point, end, lastLine);
  }

  /** One that was cut short has said nothing. */
  #noteGate({ onFailure }: Hook, { server }: HookPoint, end: HookOutcome): 'gate-refused' | undefined {
    if (end.kind === 'passed' || (end.kind !== 'cut-short' && onFailure === 'warn')) return undefined;
    if (end.kind !== 'cut-short' && server !== undefined) this.#gates.set(server.instanceId, 'refused');
    return 'gate-refused';
  }
}

type KeepLock = (running: Promise<unknown>) => Promise<Decision | undefined>;

function buildStopReason(
  hook: Hook,
  { phase, server }: HookPoint,
  end: HookOutcome,
  lastLine: string,
): StopReason | undefined {
  if (end.kind === 'passed' || end.kind === 'cut-short' || hook.onFailure === 'warn') return undefined;
  const run = nameHookCommand(hook);
  return { kind: 'hook-failed', on: hook.on, phase, instanceId: server?.instanceId, run, end, lastLine };
}

/** The variables of a hook's environment, as docs/hooks.md lists them. What does not apply is empty. */
export function buildHookEnvironment(
  { on, phase, server, move }: HookPoint,
  observation: Observation,
  intent: Intent,
): Readonly<Record<string, string>> {
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
