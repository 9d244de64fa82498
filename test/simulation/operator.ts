import type { Engine } from '../../src/lib/engine/engine.js';
import { executeRoll } from '../../src/lib/engine/run/roll.js';
import type { StopSignal } from '../../src/lib/engine/run/stop-signal.js';
import { RollError } from '../../src/lib/model/errors.js';
import type { EmitEvent } from '../../src/lib/model/events.js';
import { findReason, type RollResult } from '../../src/lib/model/outcome.js';
import type { RollOptions } from '../../src/lib/model/plan.js';
import type { Chance } from './chance.js';
import type { FinalOutcome } from './ending.js';
import type { Oracle } from './oracle.js';
import { SimulatedProcess } from './ports/process.js';
import { formatError, formatEvent } from './trace.js';

/** After this many runs faults cease, and after twice as many nobody carries on. */
export const TROUBLED_RUNS = 3;
const MAX_RUNS = 2 * TROUBLED_RUNS + 2;
const HOUR_MS = 3_600_000;

/** What the operator works with. */
export interface OperatorContext {
  readonly truth: Oracle;
  readonly order: RollOptions;
  readonly chance: Chance;
  /** The operator turns back at the second run. */
  readonly changesMind: boolean;
  /** The roll can never begin. */
  readonly hopeless: boolean;
  connect(process: SimulatedProcess): Engine;
  /** How the next process may be stopped. */
  control(): StopSignal;
  /** What somebody changed by hand is to be as it was. */
  undoMeddling(): void;
  /** Faults are to cease. */
  calmDown(): void;
  log(line: () => string | undefined): void;
}

/** How one run of a process ended, and whether anything was still going wrong then. */
export interface RunOutcome {
  readonly end: RunEnd;
  readonly why: string;
  readonly calm: boolean;
}

/** How a person's work with one roll ended. */
export interface OperatorResult {
  readonly ends: readonly RunOutcome[];
  readonly outcome: FinalOutcome;
  readonly kills: number;
  /** Why it was not carried on, where it was not finished. */
  readonly why: string;
}

export type RunEnd = FinalOutcome | 'killed' | 'nothing-to-do';

/**
 * Runs a roll, and runs it again after every kill, pause, stop and error, until it is finished or will not be.
 */
export async function runOperator(desk: OperatorContext): Promise<OperatorResult> {
  const ends: RunOutcome[] = [];
  let goBack = false;
  for (let run = 1; run <= MAX_RUNS; run++) {
    const calm = run > TROUBLED_RUNS;
    const last = ends.at(-1);
    if (calm) desk.calmDown();
    if (last !== undefined) prepareAnother(desk, last, calm);
    goBack = last?.why !== 'old-group-gone' && (goBack || shouldRollBack(desk, run, last?.why ?? ''));
    const end = { ...(await runOnce(desk, goBack)), calm };
    ends.push(end);
    const final = findFinalOutcome(end, desk.hopeless);
    if (final !== undefined) return buildOperatorResult(ends, final);
  }
  const end = ends.at(-1)?.end ?? 'error';
  return buildOperatorResult(ends, end === 'killed' || end === 'nothing-to-do' ? 'interrupted' : end);
}

function buildOperatorResult(ends: readonly RunOutcome[], outcome: FinalOutcome): OperatorResult {
  const kills = ends.filter(({ end }) => end === 'killed').length;
  return { outcome, ends, kills, why: ends.at(-1)?.why ?? '' };
}

/** What a person does before the roll is run again. */
function prepareAnother(desk: OperatorContext, { end, why }: RunOutcome, calm: boolean): void {
  advanceTime(desk, end);
  if (why.startsWith('changed-externally')) desk.undoMeddling();
  if (calm && end === 'stopped') removeForeignServers(desk);
}

/** A refusal is final only when it is not for a fault that passes. */
function findFinalOutcome({ end, calm }: RunOutcome, hopeless: boolean): FinalOutcome | undefined {
  if (end === 'rolled' || end === 'rolled-back') return end;
  if (end === 'nothing-to-do') return 'rolled';
  return end === 'refused' && (calm || hopeless) ? 'refused' : undefined;
}

async function runOnce(desk: OperatorContext, goBack: boolean): Promise<Omit<RunOutcome, 'calm'>> {
  const options = goBack ? ({ ...desk.order, kind: 'rollback', allowDowngrade: true } as const) : desk.order;
  const process = new SimulatedProcess();
  const engine = desk.connect(process);
  const emit: EmitEvent = (event) => desk.log(() => formatEvent(event));
  try {
    const result = await Promise.race([executeRoll(engine, options, emit, desk.control()), process.killed]);
    if (result === 'killed') {
      desk.log(() => 'the process was killed');
      return { end: 'killed', why: 'killed' };
    }
    return { end: result.outcome, why: formatReason(result) };
  } catch (error) {
    if (!(error instanceof RollError) && !isAwsFault(error)) throw error;
    desk.log(() => formatError(error));
    const locked = error instanceof RollError && error.code === 'locked';
    return { end: locked ? 'locked' : 'error', why: formatError(error) };
  }
}

function isAwsFault(error: unknown): boolean {
  return error instanceof Error && error.name === 'AwsFault';
}

function formatReason(result: RollResult): string {
  const reason = findReason(result);
  if (reason === undefined) return result.outcome;
  const because = reason.kind === 'old-already-left' ? ` ${reason.because.kind}` : '';
  const waited = reason.kind === 'timed-out' ? ` ${reason.waitedFor.kind} ${reason.detail}` : '';
  const failed =
    reason.kind === 'preflight' ? ` ${reason.failed.map(({ id, observed }) => `${id} (${observed})`).join(', ')}` : '';
  const what = reason.kind === 'changed-externally' ? ` ${JSON.stringify(reason.change)}` : '';
  return `${reason.kind}${because}${waited}${failed}${what}`;
}

/** Seconds or minutes pass before somebody runs it again; now and then an hour. */
function advanceTime({ truth, chance }: OperatorContext, end: RunEnd): void {
  const soonMs = chance.between(1, end === 'killed' ? 45 : 90) * 1_000;
  const { universe } = truth;
  universe.advanceTo(universe.nowMs + (chance.happens(0.005) ? HOUR_MS : soonMs));
}

/** A person turns back on a whim, or when the roll says that it is for a person to choose. */
function shouldRollBack({ changesMind, truth }: OperatorContext, run: number, why: string): boolean {
  if (!truth.isRolling || truth.group('old') === undefined) return false;
  // A group rolled in place has launched what it was scaled to, and only the way back takes that out one by one.
  const isGrown = truth.inPlaceOnto !== undefined && /^changed-externally .*"scaled"/.test(why);
  return (changesMind && run === 2) || why.startsWith('old-already-left') || isGrown;
}

/**
 * What a person does about servers that a roll says never joined, or do not answer: ends their machines, and has it
 * carry on.
 */
function removeForeignServers({ truth, log: tell }: OperatorContext): void {
  const useless = (['old', 'new'] as const)
    .flatMap((side) => truth.standing(side))
    .filter(({ instance }) => instance.state === 'running')
    .map(({ instance }) => instance.instanceId)
    .filter((instanceId) => {
      const peer = truth.peerOf(instanceId);
      return peer === undefined || (!peer.voter && !truth.isUp(peer));
    });
  if (useless.length === 0) return;
  truth.universe.world.call('ec2', 'TerminateInstances', { InstanceIds: useless });
  tell(() => `the operator terminates ${useless.join(' ')}`);
}
