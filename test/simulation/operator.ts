import type { Engine } from '../../src/lib/engine.js';
import { RollError } from '../../src/lib/errors.js';
import type { Emit, RollResult } from '../../src/lib/model/event.js';
import type { Order } from '../../src/lib/model/plan.js';
import { roll } from '../../src/lib/roll.js';
import type { Chance } from './chance.js';
import type { FinalOutcome } from './ending.js';
import { Process } from './ports/process.js';
import { lineOf, lineOfError } from './story.js';
import type { Truth } from './truth.js';

/** After this many runs faults cease, and after twice as many nobody carries on. */
export const TROUBLED_RUNS = 3;
const MOST_RUNS = 2 * TROUBLED_RUNS + 2;
const HOUR_MS = 3_600_000;

/** What the operator works with. */
export interface Desk {
  readonly truth: Truth;
  readonly order: Order;
  readonly chance: Chance;
  /** The operator turns back at the second run. */
  readonly changesMind: boolean;
  connect(process: Process): Engine;
  pauseRequested(): boolean;
  /** Faults are to cease. */
  calmDown(): void;
  tell(line: () => string | undefined): void;
}

/** How a person's work with one roll ended. */
export interface Work {
  readonly outcome: FinalOutcome;
  readonly kills: number;
  /** Why it was not carried on, where it was not finished. */
  readonly why: string;
}

type RunEnd = FinalOutcome | 'killed' | 'nothing-to-do';

/**
 * Runs a roll, and runs it again after every kill, pause, stop and error, until it is finished or will not be.
 */
export async function operate(desk: Desk): Promise<Work> {
  let kills = 0;
  let why = '';
  let goBack = false;
  let end: RunEnd = 'error';
  for (let run = 1; run <= MOST_RUNS; run++) {
    if (run > TROUBLED_RUNS) desk.calmDown();
    if (run > 1) takeTime(desk, end);
    if (run > TROUBLED_RUNS && end === 'stopped') removeStrangers(desk);
    goBack ||= turnsBack(desk, run, why);
    ({ end, why } = await runOnce(desk, goBack));
    if (end === 'killed') kills++;
    const final = finalOf(end, run);
    if (final !== undefined) return { outcome: final, kills, why };
  }
  return { outcome: end === 'killed' || end === 'nothing-to-do' ? 'interrupted' : end, kills, why };
}

/** A refusal is final only when it is not for a fault that passes. */
function finalOf(end: RunEnd, run: number): FinalOutcome | undefined {
  if (end === 'rolled' || end === 'rolled-back') return end;
  if (end === 'nothing-to-do') return 'rolled';
  return end === 'refused' && run > TROUBLED_RUNS ? 'refused' : undefined;
}

async function runOnce(desk: Desk, goBack: boolean): Promise<{ readonly end: RunEnd; readonly why: string }> {
  const order = goBack ? { ...desk.order, goBack, allowDowngrade: true } : desk.order;
  const process = new Process();
  const engine = desk.connect(process);
  const control = { signal: new AbortController().signal, pauseRequested: desk.pauseRequested };
  const emit: Emit = (event) => desk.tell(() => lineOf(event));
  try {
    const result = await Promise.race([roll(engine, order, emit, control), process.killed]);
    if (result === 'killed') {
      desk.tell(() => 'the process was killed');
      return { end: 'killed', why: 'killed' };
    }
    return { end: result.outcome, why: reasonOf(result) };
  } catch (error) {
    if (!(error instanceof RollError) && !isAwsFault(error)) throw error;
    desk.tell(() => lineOfError(error));
    const locked = error instanceof RollError && error.code === 'locked';
    return { end: locked ? 'locked' : 'error', why: lineOfError(error) };
  }
}

function isAwsFault(error: unknown): boolean {
  return error instanceof Error && error.name === 'AwsFault';
}

function reasonOf({ reason, outcome }: RollResult): string {
  if (reason === undefined) return outcome;
  const because = reason.kind === 'old-already-left' ? ` ${reason.because.kind}` : '';
  const waited = reason.kind === 'timed-out' ? ` ${reason.waitedFor.kind} ${reason.detail}` : '';
  const failed =
    reason.kind === 'preflight'
      ? ` ${reason.failed.map(({ check, saw }) => `${check} (${saw})`).join(', ')}`
      : '';
  const what = reason.kind === 'changed-by-hand' ? ` ${reason.what}` : '';
  return `${reason.kind}${because}${waited}${failed}${what}`;
}

/** Seconds or minutes pass before somebody runs it again; now and then an hour. */
function takeTime({ truth, chance }: Desk, end: RunEnd): void {
  const soonMs = chance.between(1, end === 'killed' ? 45 : 90) * 1_000;
  const { universe } = truth;
  universe.advanceTo(universe.nowMs + (chance.happens(0.005) ? HOUR_MS : soonMs));
}

/** A person turns back on a whim, or when the roll says that it is for a person to choose. */
function turnsBack({ changesMind, truth }: Desk, run: number, why: string): boolean {
  if (!truth.isRolling || truth.group('old') === undefined) return false;
  return (changesMind && run === 2) || why.startsWith('old-already-left');
}

/** What a person does about servers that a roll says never joined: ends their machines, and has it carry on. */
function removeStrangers({ truth, tell }: Desk): void {
  const strangers = (['old', 'new'] as const)
    .flatMap((side) => truth.standing(side))
    .filter(({ instance }) => instance.state === 'running')
    .map(({ instance }) => instance.instanceId)
    .filter((instanceId) => truth.peerOf(instanceId) === undefined);
  if (strangers.length === 0) return;
  truth.universe.world.call('ec2', 'TerminateInstances', { InstanceIds: strangers });
  tell(() => `the operator terminates ${strangers.join(' ')}`);
}
