import type { Action } from '../../model/action.js';
import { DURATION_KINDS, type DurationKind, type EstimateBasis } from '../../model/estimate.js';
import type { ObservedEvent, RollEvent } from '../../model/events.js';
import { findGateStreak } from '../../model/limits.js';
import { parseTargetGroupName } from '../../model/load-balancer.js';
import type { Knowledge, Memory } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { RollOptions } from '../../model/plan.js';
import type { Server } from '../../model/server.js';
import { isInService } from '../../model/servers.js';

/** Something that a step started and that continues by itself. */
export interface InFlight {
  readonly kind: DurationKind;
  /** Its instances or group; empty for a kind of which there is only one. */
  readonly subject: string;
  /** Epoch milliseconds, by the clock of the observer. */
  readonly sinceMs: number;
}

/** What an action starts. */
export function findStarted(action: Action, sinceMs: number): readonly InFlight[] {
  switch (action.kind) {
    case 'scale-out':
      return [{ kind: 'boot', subject: '', sinceMs }];
    case 'register':
      return [{ kind: 'service', subject: action.instanceIds.join(' '), sinceMs }];
    case 'deregister':
      return action.instanceIds.map((subject) => ({ kind: 'drain', subject, sinceMs }));
    case 'leave':
      return action.servers.flatMap(({ instanceId: subject }) => [
        { kind: 'leave', subject, sinceMs },
        { kind: 'stop', subject, sinceMs },
      ]);
    case 'terminate':
      return [{ kind: 'terminate', subject: action.instanceId, sinceMs }];
    case 'delete-group':
    case 'delete-warm-pool':
      return [{ kind: 'delete', subject: action.group, sinceMs }];
    default:
      return [];
  }
}

/** How long things took so far in this run, according to its events. */
export interface Measurements {
  /** Durations of what has ended, in milliseconds. */
  readonly durations: Readonly<Partial<Record<DurationKind, readonly number[]>>>;
  /** What is in progress. */
  readonly inFlight: readonly InFlight[];
  /** Instances in the last observation; undefined before the first. */
  readonly knownInstanceIds: readonly string[] | undefined;
  /** When servers were last launched; undefined where this run has launched none. */
  readonly launchedAtMs: number | undefined;
  /** The last observation, if it led to a step, and when that was done. */
  readonly stepping: { readonly sinceMs: number; readonly doneAtMs: number | undefined } | undefined;
}

export const NO_MEASUREMENTS: Measurements = {
  durations: {},
  inFlight: [],
  knownInstanceIds: undefined,
  launchedAtMs: undefined,
  stepping: undefined,
};

/** The measurements with this event added. */
export function updateMeasurements(measurements: Measurements, event: RollEvent): Measurements {
  if (event.kind === 'step-done') {
    const { action } = event.step;
    // A launch is measured for each server, from the first observation that shows it.
    const started = findStarted(action, event.atMs).filter(({ kind }) => kind !== 'boot');
    const { stepping } = measurements;
    return {
      ...measurements,
      inFlight: [...measurements.inFlight, ...started],
      launchedAtMs: action.kind === 'scale-out' ? event.atMs : measurements.launchedAtMs,
      stepping: stepping && { ...stepping, doneAtMs: event.atMs },
    };
  }
  return event.kind === 'observed' ? measureObservation(measurements, event) : measurements;
}

/** The durations, measured where possible. What is still in progress counts once it takes longer than the average. */
export function measureDurations(
  assumed: DurationEstimates,
  { durations: taken, inFlight }: Measurements,
  nowMs: number,
): DurationEstimates {
  const entries = DURATION_KINDS.map((span) => {
    const seen = taken[span] ?? [];
    const known = seen.length === 0 ? assumed[span] : { ms: averageDuration(span, seen), basis: 'measured' };
    const ages = inFlight.filter((one) => one.kind === span).map(({ sinceMs }) => nowMs - sinceMs);
    return [span, { ...known, ms: Math.max(known.ms, ...ages) }];
  });
  return { ...assumed, ...Object.fromEntries(entries) };
}

/**
 * The slowest boot, because the roll waits for all of them; the median step, because a snapshot takes much longer than
 * the others.
 */
function averageDuration(span: DurationKind, seen: readonly number[]): number {
  if (span === 'boot') return Math.max(...seen);
  if (span === 'step') return [...seen].sort((a, b) => a - b)[Math.floor(seen.length / 2)] ?? 0;
  return seen.reduce((sum, ms) => sum + ms, 0) / seen.length;
}

function measureObservation(measurements: Measurements, event: ObservedEvent): Measurements {
  const { observation, memory, decision, atMs } = event;
  const { knownInstanceIds: known, launchedAtMs, stepping } = measurements;
  const fresh = observation.servers.filter(
    (server) => known !== undefined && !known.includes(server.instanceId) && !hasPassedGates(memory, server),
  );
  const booting = fresh.flatMap(({ instanceId }): InFlight[] =>
    launchedAtMs === undefined ? [] : [{ kind: 'boot', subject: instanceId, sinceMs: launchedAtMs }],
  );
  const begun = [...measurements.inFlight, ...booting].map((one) => ({ one, is: findState(one, event) }));
  const taken = { ...measurements.durations };
  const note = (span: DurationKind, ms: number) => {
    taken[span] = [...(taken[span] ?? []), ms];
  };
  for (const { one, is } of begun) if (is === 'ended') note(one.kind, atMs - one.sinceMs);
  if (stepping !== undefined && isTimed(stepping, atMs)) note('step', atMs - stepping.sinceMs);
  return {
    durations: taken,
    inFlight: begun.filter(({ is }) => is === 'on').map(({ one }) => one),
    knownInstanceIds: observation.servers.map(({ instanceId }) => instanceId),
    launchedAtMs,
    stepping: decision.kind === 'act' ? { sinceMs: atMs, doneAtMs: undefined } : undefined,
  };
}

/** A watching process learns of a step from the observation after it, which does not show how long the step took. */
function isTimed({ sinceMs, doneAtMs }: NonNullable<Measurements['stepping']>, atMs: number): boolean {
  return doneAtMs !== undefined && (doneAtMs < atMs || sinceMs === atMs);
}

/** `moot`: it will never end, because its instance is gone. */
function findState({ kind, subject }: InFlight, known: Knowledge): 'on' | 'ended' | 'moot' {
  const { observation } = known;
  if (kind === 'delete') {
    return [observation.old, observation.new].some((group) => group?.name === subject) ? 'on' : 'ended';
  }
  const ids = subject.split(' ');
  const servers = observation.servers.filter(({ instanceId }) => ids.includes(instanceId));
  const isStarting = kind === 'boot' || kind === 'service';
  if (servers.length < ids.length) return isStarting ? 'moot' : 'ended';
  return servers.every((server) => hasEnded(kind, known, server)) ? 'ended' : 'on';
}

function hasEnded(kind: DurationKind, { observation, memory }: Knowledge, server: Server): boolean {
  switch (kind) {
    case 'boot':
      return hasPassedGates(memory, server);
    case 'service':
      return isInService(server);
    case 'drain':
      return Object.values(server.balancers).every((state) => state === 'absent');
    case 'leave':
      return observation.raft !== undefined && server.peer === undefined;
    case 'stop':
      return server.agent.kind === 'down' && server.peer === undefined;
    default:
      return false;
  }
}

function hasPassedGates(memory: Memory, { instanceId }: Server): boolean {
  return memory.passedGates.includes(instanceId);
}

/** How long one thing takes, in milliseconds. */
interface DurationEstimate {
  readonly ms: number;
  readonly basis: EstimateBasis;
}

/** How long everything takes here. */
export interface DurationEstimates extends Readonly<Record<DurationKind, DurationEstimate>> {
  /** From the first observation that finds something to the last of the streak that confirms it, in milliseconds. */
  readonly streakMs: number;
  /** The last parts of a boot: until the server votes, and until it has passed its gates often enough, in milliseconds. */
  readonly joinMs: number;
  readonly gatesMs: number;
}

/** The options that make a roll slower or faster. */
export type EstimateConditions = Pick<RollOptions, 'limits' | 'intervalMs'>;

/** From a launch on AWS until a Consul server has joined, on a small instance. */
const BOOT_MS = 75_000;
/** Autopilot's default: how long a server must be healthy before it becomes a voter. */
const STABILIZATION_MS = 10_000;
/** A few checks of a load balancer whose settings were not read. */
const SERVICE_MS = 20_000;
/** From the leave request until the server is out of Raft, and until its agent is down: measured on Consul 1.8.7. */
const [LEAVE_MS, STOP_MS] = [5_000, 15_000];
const TERMINATE_MS = 45_000;
const DELETE_MS = 15_000;
const STEP_MS = 2_000;

/** The durations before anything was measured. */
export function assumeDurations(
  observation: Observation,
  { limits, intervalMs }: EstimateConditions,
): DurationEstimates {
  const gatesMs = (findGateStreak(limits) - 1) * intervalMs;
  const stabilizationMs = observation.preflightFacts?.autopilot?.serverStabilizationMs ?? STABILIZATION_MS;
  return {
    streakMs: Math.max(0, limits.successThreshold - 1) * intervalMs,
    joinMs: stabilizationMs,
    gatesMs,
    boot: toAssumed(BOOT_MS + stabilizationMs + gatesMs),
    service: estimateService(observation),
    drain: estimateDrain(observation),
    leave: toAssumed(LEAVE_MS),
    stop: toAssumed(STOP_MS),
    terminate: toAssumed(TERMINATE_MS),
    delete: toAssumed(DELETE_MS),
    interval: toSet(intervalMs),
    hook: toSet(0),
    bake: toSet(limits.bakeMs),
    step: toAssumed(STEP_MS),
  };
}

/** As many checks in a row as each load balancer needs, at its interval: they check side by side. */
function estimateService({ preflightFacts }: Observation): DurationEstimate {
  const longestMs = Math.max(0, ...Object.values(preflightFacts?.healthyAfterMs ?? {}));
  return longestMs > 0 ? toSet(longestMs) : toAssumed(SERVICE_MS);
}

/**
 * A target group drains for its whole deregistration delay; a classic load balancer is done when connections have
 * ended.
 */
function estimateDrain({ drainingMs }: Observation): DurationEstimate {
  const all = Object.entries(drainingMs);
  const longestMs = (some: typeof all) => Math.max(0, ...some.map(([, ms]) => ms));
  const [setMs, halfMs] = [
    longestMs(all.filter(([name]) => parseTargetGroupName(name) !== undefined)),
    longestMs(all) / 2,
  ];
  return setMs >= halfMs ? toSet(setMs) : toAssumed(halfMs);
}

function toAssumed(ms: number): DurationEstimate {
  return { ms, basis: 'assumed' };
}

function toSet(ms: number): DurationEstimate {
  return { ms, basis: 'set' };
}
