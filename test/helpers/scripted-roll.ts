import { EXIT } from '../../src/cli/exit-codes.js';
import type { Action } from '../../src/lib/model/action.js';
import type { Decision, Phase, Step, StepReason, Wait, WaitCondition } from '../../src/lib/model/decision.js';
import type { RollEvent } from '../../src/lib/model/events.js';
import { EMPTY_MEMORY } from '../../src/lib/model/memory.js';
import type { ChangeExtent, Outcome, RollResult } from '../../src/lib/model/outcome.js';
import { findQuorumMargin } from '../../src/lib/model/servers.js';
import type { StopReason } from '../../src/lib/model/stop-reason.js';
import type { RunEnd } from '../../src/lib/output/events/ending.js';
import { buildIntent } from './intents.js';
import { buildMemory, buildObservation, type ObservationShape } from './observations.js';
import { buildInstanceId, LOAD_BALANCER, OBSERVED_AT_MS, type ServerStage } from './servers.js';

const SECOND_MS = 1000;
const oldIds = [4, 3, 2, 1, 0].map((index) => buildInstanceId('old', index));
const newIds = [0, 1, 2, 3, 4].map((index) => buildInstanceId('new', index));

/** The events of a roll of five servers from start to end, two seconds apart, as a real one would tell them. */
export function buildScriptedRoll(): RollEvent[] {
  const script = new Script();
  scriptPrepare(script);
  scriptScaleOut(script, 'canary', 1);
  scriptScaleOut(script, 'grow', 5);
  scriptDrain(script);
  scriptFinish(script);
  return script.events;
}

/** A finished roll, as scriptedRoll ends; whatever its end is changed to. */
export function buildResult(over: ResultChange = {}): RollResult {
  const result = {
    outcome: 'rolled',
    intent: buildIntent(buildObservation()),
    observation: buildObservation({ old: 0, new: 5 }),
    memory: EMPTY_MEMORY,
    elapsedMs: 82_000,
    leaderChanges: 1,
    ...(over.outcome === undefined || over.outcome === 'rolled' ? {} : { changed: 'cluster' }),
    ...over,
  };
  return result as RollResult;
}

type ResultChange = Partial<Omit<RollResult, 'outcome'>> & {
  readonly outcome?: Outcome;
  readonly reason?: StopReason | undefined;
  readonly changed?: ChangeExtent;
};

/** The end of a run with a result. */
export function buildResultEnd(result: RollResult): Extract<RunEnd, { kind: 'result' }> {
  return { kind: 'result', result, exitCode: EXIT[result.outcome] };
}

/** Writes events down, one tick of the clock apart. */
class Script {
  readonly events: RollEvent[] = [];
  #atMs = OBSERVED_AT_MS;
  #survey = buildObservation();
  #number = 0;

  observe(shape: ObservationShape = {}): void {
    this.#atMs += 2 * SECOND_MS;
    this.#survey = { ...buildObservation(shape), atMs: this.#atMs };
    const decision: Decision = { kind: 'done', outcome: 'rolled' };
    this.events.push({
      kind: 'observed',
      atMs: this.#atMs,
      observation: this.#survey,
      memory: buildMemory(shape),
      decision,
    });
  }

  phase(phase: Phase): void {
    this.events.push({ kind: 'phase', atMs: this.#atMs, phase });
  }

  step(phase: Phase, action: Action, reason: StepReason): void {
    this.#number += 1;
    const step: Step = { phase, action, reason, margin: findQuorumMargin(this.#survey) };
    this.events.push({ kind: 'step-started', atMs: this.#atMs, step, number: this.#number });
    const done = { atMs: this.#atMs + 200, step, number: this.#number, elapsedMs: 200 };
    this.events.push({ kind: 'step-done', ...done });
  }

  wait(phase: Phase, waitFor: WaitCondition, limitMs: number): void {
    const wait: Wait = { phase, for: waitFor, limitMs, sinceMs: this.#atMs };
    this.events.push({ kind: 'waiting', atMs: this.#atMs, wait });
  }

  say(event: { kind: 'leader-changed'; from: string; to: string } | { kind: 'ended'; result: RollResult }) {
    this.events.push({ ...event, atMs: this.#atMs });
  }

  start(): void {
    this.events.push({ kind: 'started', atMs: this.#atMs, intent: buildIntent(buildObservation()), resumed: false });
  }
}

const history = { snapshot: { path: '/var/tmp/consul-7f3a.snap.gz', bytes: 1_234_567 } };

function scriptPrepare(script: Script): void {
  script.observe();
  script.start();
  script.phase('snapshot');
  script.step('snapshot', { kind: 'save-snapshot' }, { kind: 'disaster-recovery' });
  script.observe({ history });
  script.phase('prepare');
  script.step('prepare', { kind: 'write-intent', group: 'consul' }, { kind: 'resumable' });
  const create = {
    kind: 'create-group',
    from: 'consul',
    name: 'consul-7f3a',
    launchSource: { kind: 'launch-configuration', name: 'consul-lc-7f3a' },
  } as const;
  script.step('prepare', create, { kind: 'copy-of-old-group' });
  script.observe({ history, newGroup: {} });
}

const STEPS_UP: readonly ServerStage[] = ['booting', 'joined', 'voter', 'in-service'];

function scriptScaleOut(script: Script, phase: 'canary' | 'grow', size: number): void {
  const fresh = newIds.slice(phase === 'canary' ? 0 : 1, size);
  script.phase(phase);
  script.step(phase, { kind: 'scale-out', group: 'consul-7f3a', to: size }, { kind: 'canary-passed' });
  script.wait(phase, { kind: 'ready', side: 'new', instanceIds: fresh, expected: size }, 600 * SECOND_MS);
  for (const stage of STEPS_UP) {
    if (stage === 'in-service') {
      const register = { kind: 'register', instanceIds: fresh, balancers: [LOAD_BALANCER] } as const;
      script.step(phase, register, { kind: 'passed-gates', servers: fresh.length });
    }
    script.observe({ history, new: size, stages: Object.fromEntries(fresh.map((id) => [id, stage])) });
  }
}

function scriptDrain(script: Script): void {
  script.phase('drain');
  const gone: Record<string, ServerStage> = {};
  for (const id of oldIds) {
    scriptRemoval(script, id, gone);
    gone[id] = 'terminating';
  }
}

function scriptRemoval(script: Script, id: string, gone: Readonly<Record<string, ServerStage>>): void {
  const leads = id === oldIds.at(-1);
  const observe = (stage: ServerStage, leader: number) =>
    script.observe({ history, new: 5, leader, stages: { ...gone, [id]: stage } });
  script.step('drain', { kind: 'deregister', instanceIds: [id], balancers: [LOAD_BALANCER] }, { kind: 'draining' });
  script.wait('drain', { kind: 'drained', instanceId: id }, 300 * SECOND_MS);
  observe('draining', 0);
  observe('deregistered', 0);
  const reason: StepReason = leads ? { kind: 'leader-last' } : { kind: 'drained', side: 'old', remaining: 2 };
  script.step('drain', { kind: 'leave', servers: [{ instanceId: id, address: '127.1.1.11' }] }, reason);
  script.wait('drain', { kind: 'out-of-raft', instanceId: id }, 60 * SECOND_MS);
  if (leads) script.say({ kind: 'leader-changed', from: id, to: newIds[0] ?? '' });
  observe('left', leads ? 5 : 0);
  script.step('drain', { kind: 'terminate', instanceId: id }, { kind: 'agent-down' });
}

function scriptFinish(script: Script): void {
  script.observe({ history, old: 0, new: 5 });
  script.phase('finish');
  script.step('finish', { kind: 'delete-group', group: 'consul' }, { kind: 'group-empty' });
  script.step('finish', { kind: 'clear-record', group: 'consul-7f3a' }, { kind: 'roll-complete' });
  script.observe({ history, old: 0, new: 5, oldGroup: null });
  script.say({ kind: 'ended', result: buildResult() });
}
