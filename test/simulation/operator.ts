import type { Engine } from '../../src/lib/engine/engine.js';
import { executeRoll } from '../../src/lib/engine/run/roll.js';
import type { StopSignal } from '../../src/lib/engine/run/roll-run.js';
import { RollError } from '../../src/lib/model/errors.js';
import type { EmitEvent } from '../../src/lib/model/events.js';
import { findReason, type RollResult } from '../../src/lib/model/outcome.js';
import type { RollOptions } from '../../src/lib/model/plan.js';
import type { Chance } from './chance.js';
import type { AdversaryRight } from './faults/adversary.js';
import type { Oracle, Side } from './oracle.js';
import { SimulatedProcess } from './ports/process.js';
import { followRemedy, tagAsAdvised, terminateStranger } from './remedies.js';
import type { FinalOutcome } from './simulation-end.js';
import { formatError, formatEvent } from './trace.js';

/** After this many runs the faults stop, and after twice as many plus two the operator gives up. */
export const TROUBLED_RUNS = 3;
const MAX_RUNS = 2 * TROUBLED_RUNS + 2;
const HOUR_MS = 3_600_000;

/** What the operator works with. */
export interface OperatorContext {
  readonly oracle: Oracle;
  readonly order: RollOptions;
  readonly chance: Chance;
  /** The operator rolls back at the second run. */
  readonly changesMind: boolean;
  /** After a process was killed, the operator starts the next one at once and takes its lock. */
  readonly forcesUnlock: boolean;
  /** What someone else writes of what steers a roll. */
  readonly attackedBy: AdversaryRight | undefined;
  /** The roll cannot start. */
  readonly cannotStart: boolean;
  connect(process: SimulatedProcess): Engine;
  /** How the next process may be stopped. */
  createStopSignal(): StopSignal;
  onRunEnd(end: RunEnd): void;
  /** Reverts the external changes. */
  undoExternalChanges(): void;
  /** Takes zones in which no server can be launched out of the groups. */
  closeEmptyZones(): void;
  /** Ends all faults. */
  stopFaults(): void;
  /** Gives the groups of the cluster the names again that an adversary has taken from them. */
  restoreNames(): void;
  log(line: () => string | undefined): void;
}

/** How one run of a process ended, and whether faults were still possible. */
export interface RunOutcome {
  readonly end: RunEnd;
  readonly why: string;
  /** What an error said to do next. */
  readonly next?: string;
  readonly calm: boolean;
}

/** How the operator's work with one roll ended. */
export interface OperatorResult {
  readonly ends: readonly RunOutcome[];
  readonly outcome: FinalOutcome;
  readonly kills: number;
  /** Why the last run ended. */
  readonly why: string;
}

export type RunEnd = FinalOutcome | 'killed' | 'nothing-to-do';

/**
 * Runs a roll, and runs it again after every kill, pause, stop and error, until it is finished or refused for good.
 */
export async function runOperator(context: OperatorContext): Promise<OperatorResult> {
  const ends: RunOutcome[] = [];
  let rollBack = false;
  let group: string | undefined;
  for (let run = 1; run <= MAX_RUNS; run++) {
    const calm = run > TROUBLED_RUNS;
    const last = ends.at(-1);
    if (calm) context.stopFaults();
    if (last !== undefined) prepareNextRun(context, last, calm);
    // A roll that was killed with its last effect is over, and there is nothing to roll back.
    const isOver = last?.why === 'old-group-gone' || last?.why.includes('no-roll') === true;
    rollBack = !isOver && (rollBack || shouldRollBack(context, run, last?.why ?? ''));
    const rollId = hasLostKeys(context, last?.why ?? '') ? findRollId(context) : undefined;
    group = chooseGroup(context, last, group);
    const forward = mustGoForward(context, last);
    rollBack &&= !forward;
    const forceUnlock = context.forcesUnlock && last?.end === 'killed';
    const end = { ...(await runOnce(context, { rollBack, forward, group, rollId, forceUnlock })), calm };
    ends.push(end);
    context.onRunEnd(end.end);
    const final = findFinalOutcome(end, context.cannotStart);
    if (final !== undefined) return buildOperatorResult(ends, final);
  }
  const end = ends.at(-1)?.end ?? 'error';
  return buildOperatorResult(ends, end === 'killed' || end === 'nothing-to-do' ? 'interrupted' : end);
}

function buildOperatorResult(ends: readonly RunOutcome[], outcome: FinalOutcome): OperatorResult {
  const kills = ends.filter(({ end }) => end === 'killed').length;
  return { outcome, ends, kills, why: ends.at(-1)?.why ?? '' };
}

/** What the operator does before the next run. */
function prepareNextRun(context: OperatorContext, { end, why, next = '' }: RunOutcome, calm: boolean): void {
  if (hasLostKeys(context, why)) writeSentinel(context);
  if (context.forcesUnlock && end === 'killed')
    context.oracle.environment.advanceTo(context.oracle.environment.nowMs + 1_000);
  else advanceTime(context, end);
  for (const done of terminateStranger(next, context.oracle)) context.log(() => done);
  if (context.attackedBy !== undefined) {
    followAdvice(context, why, next);
    // The operator sees at last what has been done to the names.
    if (calm || context.chance.happens(0.2)) context.restoreNames();
  }
  if (why.startsWith('changed-externally')) context.undoExternalChanges();
  if (calm && end === 'stopped') removeForeignServers(context);
  if (calm && isUnbalanced(why)) context.closeEmptyZones();
}

/** He keeps the tags of the roll that he knows to be in progress, whatever could be asked. */
function followAdvice({ oracle, log, attackedBy }: OperatorContext, why: string, next: string): void {
  const { record } = oracle;
  // The record is right, unless someone may write it.
  if (why.includes('record-unproved') && attackedBy === 'tags')
    for (const done of tagAsAdvised(next, oracle)) log(() => done);
  if (record !== undefined && why.includes(`roll ${record.roll}`)) return;
  for (const done of followRemedy(next, oracle)) log(() => done);
}

/** What the operator gives with `--group`: where the error says so, the group that he knows to have the cluster's servers. */
function chooseGroup(
  { oracle, attackedBy }: OperatorContext,
  last: RunOutcome | undefined,
  before: string | undefined,
) {
  // He knows the group of his cluster; it may have been deleted since.
  if (last?.why.includes('cluster-not-found') === true && (before !== undefined || attackedBy === undefined))
    return undefined;
  const isNameless = last?.why.includes('cluster-not-found') === true;
  if (!isNameless && last?.next?.includes('--group') !== true) return before;
  const countVoters = (side: Side) => oracle.voters.filter(({ host }) => oracle.sideAt(host) === side).length;
  return oracle.group(countVoters('new') > countVoters('old') ? 'new' : 'old')?.name;
}

/** A refusal is final only when it is not caused by a temporary fault. */
function findFinalOutcome({ end, calm }: RunOutcome, cannotStart: boolean): FinalOutcome | undefined {
  if (end === 'rolled' || end === 'rolled-back') return end;
  if (end === 'nothing-to-do') return 'rolled';
  return end === 'refused' && (calm || cannotStart) ? 'refused' : undefined;
}

/** What the operator orders. */
interface RunOrder {
  readonly rollBack: boolean;
  /** Turn a rollback forward. */
  readonly forward: boolean;
  readonly group: string | undefined;
  /** The roll that the operator names; undefined for any. */
  readonly rollId: string | undefined;
  readonly forceUnlock: boolean;
}

async function runOnce(context: OperatorContext, run: RunOrder): Promise<Omit<RunOutcome, 'calm'>> {
  const options = buildOptions({ ...context.order, group: run.group, forceUnlock: run.forceUnlock }, run);
  const process = new SimulatedProcess();
  const engine = context.connect(process);
  const emit: EmitEvent = (event) => {
    if (event.kind === 'warning') context.oracle.others.note(event.warning);
    context.log(() => formatEvent(event));
  };
  try {
    const result = await Promise.race([executeRoll(engine, options, emit, context.createStopSignal()), process.killed]);
    if (result === 'killed') {
      context.log(() => 'the process was killed');
      return { end: 'killed', why: 'killed' };
    }
    return { end: result.outcome, why: formatReason(result) };
  } catch (error) {
    if (!(error instanceof RollError) && !isAwsFault(error)) throw error;
    context.log(() => formatError(error));
    const locked = error instanceof RollError && error.code === 'locked';
    const next = error instanceof RollError ? error.next : '';
    return { end: locked ? 'locked' : 'error', why: formatError(error), next };
  }
}

function buildOptions(order: RollOptions, { rollBack, forward, rollId }: RunOrder): RollOptions {
  if (rollBack) return { ...order, kind: 'rollback', allowDowngrade: true, rollId };
  if (!forward && rollId === undefined) return order;
  return { ...order, kind: 'resume', imageId: undefined, rollId, forward };
}

/** Old servers cannot be launched, also once all faults have ended, and the cluster needs them. */
function mustGoForward({ oracle }: OperatorContext, last: RunOutcome | undefined): boolean {
  if (last?.calm !== true || !oracle.isRollingBack || isUnbalanced(last.why)) return false;
  return /^timed-out ready .*"not-launched"/.test(last.why);
}

/** The run stopped because no server could be launched in an empty zone. */
function isUnbalanced(why: string): boolean {
  return why.startsWith('timed-out') && why.includes('"zones-unbalanced"');
}

/** The roll no longer finds its keys in the cluster, and there is no adversary. */
function hasLostKeys({ attackedBy }: OperatorContext, why: string): boolean {
  if (attackedBy !== undefined) return false;
  return why.startsWith('state-lost') || why.includes('record-unconfirmed') || why.includes('{"kind":"sentinel"');
}

/** The operator has seen that the cluster has its own keys, and writes that of the roll, as the message says. */
function writeSentinel(context: OperatorContext): void {
  const { oracle, log } = context;
  const rollId = findRollId(context);
  const { environment, leader } = oracle;
  if (rollId === undefined || leader === undefined) return;
  environment.net.kvDelete(leader.address, 'consul-roll/consul/record', {}, () => {});
  environment.net.kvPut(leader.address, 'consul-roll/consul/sentinel', Buffer.from(rollId), {}, () => {});
  log(() => `the operator writes the sentinel key ${rollId}`);
}

/** The roll that the tags of the groups tell of. */
function findRollId({ oracle }: OperatorContext): string | undefined {
  const tags = (['old', 'new'] as const).map((side) => oracle.group(side)?.tags.get('consul-roll:roll')?.value);
  return tags.find((rollId) => rollId !== undefined);
}

function isAwsFault(error: unknown): boolean {
  return error instanceof Error && error.name === 'AwsFault';
}

function formatReason(result: RollResult): string {
  const reason = findReason(result);
  if (reason === undefined) return result.outcome;
  const because = reason.kind === 'old-already-left' ? ` ${reason.because.kind}` : '';
  const waited = reason.kind === 'timed-out' ? ` ${reason.waitedFor.kind} ${JSON.stringify(reason.causes)}` : '';
  const failed =
    reason.kind === 'preflight' ? ` ${reason.failed.map(({ id, observed }) => `${id} (${observed})`).join(', ')}` : '';
  const what = reason.kind === 'changed-externally' ? ` ${JSON.stringify(reason.change)}` : '';
  return `${reason.kind}${because}${waited}${failed}${what}`;
}

/** Seconds or minutes pass before the next run; in a few cases an hour. */
function advanceTime({ oracle, chance }: OperatorContext, end: RunEnd): void {
  const soonMs = chance.between(1, end === 'killed' ? 45 : 90) * 1_000;
  const { environment } = oracle;
  environment.advanceTo(environment.nowMs + (chance.happens(0.005) ? HOUR_MS : soonMs));
}

/** The operator rolls back at will, or when the roll leaves the choice to the operator. */
function shouldRollBack({ changesMind, oracle }: OperatorContext, run: number, why: string): boolean {
  if (!oracle.isRolling || oracle.group('old') === undefined) return false;
  return (changesMind && run === 2) || why.startsWith('old-already-left');
}

/**
 * Terminates the instances that a roll reports as never joined or unreachable, as the operator would before the next
 * run.
 */
function removeForeignServers({ oracle, log }: OperatorContext): void {
  const useless = (['old', 'new'] as const)
    .flatMap((side) => oracle.listActiveMembers(side))
    .filter(({ instance }) => instance.state === 'running')
    .map(({ instance }) => instance.instanceId)
    .filter((instanceId) => {
      if (oracle.deadAgents.has(instanceId)) return false;
      // Raft has taken out the one whose identity another has: it comes back.
      const { address } = oracle.state.instances.get(instanceId) ?? {};
      if (oracle.sideOf(instanceId) === 'old' && oracle.findNamesakes(address ?? '').length > 0) return false;
      const peer = oracle.peerOf(instanceId);
      return peer === undefined || (!peer.voter && !oracle.isUp(peer));
    });
  if (useless.length === 0) return;
  oracle.environment.aws.call('ec2', 'TerminateInstances', { InstanceIds: useless });
  log(() => `the operator terminates ${useless.join(' ')}`);
}
