import { type Action, type ActionKind, type ActionOf, listDepartingInstances } from '../../model/action.js';
import { buildWaitKey, type Decision, type Step } from '../../model/decision.js';
import type { Limits } from '../../model/intent.js';
import { findGateStreak, LEAVE_VISIBLE_MS } from '../../model/limits.js';
import {
  type AgentRuns,
  type Bake,
  type Knowledge,
  type Leaderless,
  type LeaveRequest,
  type Memory,
  noteLeaveRequests,
} from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import { findGaps } from '../../model/observed-time.js';
import { explainLeaderless } from '../../model/raft.js';
import type { Server } from '../../model/server.js';
import { findOrphanPeers, isHealthKnown, isLaunchedInRoll, listServers } from '../../model/servers.js';
import { isRecorded } from '../../model/tags.js';
import { isConverged } from './convergence.js';
import { measureWaitedMs } from './decisions.js';
import { buildFounderReason, findFounder } from './founders.js';
import { findFailedGates } from './gates.js';
import { findImpostor } from './impostors.js';
import { updateHolds } from './lifecycle-hooks.js';
import { hasSettled } from './settled.js';
import { haveExpectedSizes } from './surplus.js';

/** How many times as long a server must pass its gates that crashed before it passed them. */
const AFTER_CRASH_FACTOR = 5;

/**
 * The memory with the crashes of servers of the roll that this shows: their agents refuse connections after they were up. Autopilot
 * from Consul 1.9 on does not see them: it keeps a server healthy that is up again before gossip calls it failed, and
 * gives it a vote.
 */
export function updateMemoryWithCrashes({ observation, memory }: Knowledge): Memory {
  const { agentRuns = {} } = memory;
  const launched = observation.servers.filter((server) => isLaunchedInRoll(observation, server));
  const runs = launched.map((server) => [server.instanceId, updateRuns(agentRuns[server.instanceId], server)] as const);
  // Most looks show nothing new.
  const isSame = runs.every(([id, run]) => run === agentRuns[id]) && Object.keys(agentRuns).length === runs.length;
  if (isSame) return memory;
  const crashed = runs.flatMap(([id, { crashes }]) => (crashes > (agentRuns[id]?.crashes ?? 0) ? [id] : []));
  const readyStreaks = Object.entries(memory.readyStreaks).filter(([id]) => !crashed.includes(id));
  return { ...memory, readyStreaks: Object.fromEntries(readyStreaks), agentRuns: Object.fromEntries(runs) };
}

const NEVER_UP: AgentRuns = { isUp: false, crashes: 0 };

function updateRuns(before: AgentRuns = NEVER_UP, server: Server): AgentRuns {
  if (before.isUp) return isRefused(server) ? { isUp: false, crashes: before.crashes + 1 } : before;
  return server.agent.kind === 'up' ? { ...before, isUp: true } : before;
}

/**
 * The memory with this observation added: the streaks that gates and drains count. An observation less than `spacingMs`
 * after the last one that counted for a streak can end it, but does not lengthen it: however often the cluster is observed,
 * a streak of n lasts at least n - 1 times that long, and need not last longer.
 */
export function updateMemoryWithObservation(known: Knowledge, limits: Limits, spacingMs: number): Memory {
  const { observation } = known;
  const { atMs, servers } = observation;
  const gaps = findGaps(known.memory.lastObservedAtMs, atMs, spacingMs);
  const memory = updateMemoryWithCrashes(known);
  const counts = memory.lastCountedAtMs === undefined || atMs - memory.lastCountedAtMs >= spacingMs;
  const counter = new StreakCounter(memory.countedAtMs, atMs, spacingMs);
  const extend = (kind: string, before: Streaks, holds: (server: Server) => boolean) =>
    counter.extend(
      kind,
      before,
      servers.filter(holds).map(({ instanceId }) => instanceId),
    );
  const isWatched = memory.currentWait !== undefined && gaps.length === 0;
  const readyStreaks = extendWatched(
    memory,
    isWatched,
    extend('ready', memory.readyStreaks, (server) => findFailedGates(observation, server).length === 0),
  );
  const isProved = (instanceId: string) => {
    const hasCrashed = (memory.agentRuns?.[instanceId]?.crashes ?? 0) > 0;
    const factor = hasCrashed && !memory.passedGates.includes(instanceId) ? AFTER_CRASH_FACTOR : 1;
    return (readyStreaks[instanceId] ?? 0) >= findGateStreak(limits) * factor;
  };
  const unhealthyOrphans = findOrphanPeers(observation).filter(({ healthy }) => !healthy);
  return {
    ...memory,
    lastCountedAtMs: counts ? atMs : memory.lastCountedAtMs,
    readyStreaks,
    downStreaks: extend('down', memory.downStreaks, (server) => isRefused(server) && server.peer === undefined),
    silentStreaks: extend('silent', memory.silentStreaks, ({ agent }) => agent.kind === 'down'),
    orphanStreaks: counter.extend(
      'orphan',
      memory.orphanStreaks,
      unhealthyOrphans.map(({ id }) => id),
    ),
    holds: updateHolds({ observation, memory }),
    leaveRequests: updateLeaveRequests(observation, memory.leaveRequests),
    passedGates: [...new Set([...memory.passedGates, ...Object.keys(readyStreaks).filter(isProved)])],
    regressed: updateRegressed({ observation, memory }, isProved),
    hadExpectedSizes: memory.hadExpectedSizes || haveExpectedSizes(observation),
    seenSentinel: observation.raft?.sentinel ?? memory.seenSentinel,
    settledStreak: hasSettled(observation) ? counter.count('settled', memory.settledStreak) : 0,
    lastObservedAtMs: atMs,
    gaps: [...memory.gaps, ...gaps],
    leaderless: updateLeaderless(observation, memory.leaderless),
    bake: updateBake({ observation, memory }, limits, (misses) => counter.count('missed', misses)),
    missingSinceMs: isConverged(observation) ? undefined : (memory.missingSinceMs ?? atMs),
    countedAtMs: counter.countedAtMs,
  };
}

const LEADERSHIP_KEY = buildWaitKey({ kind: 'leadership', towards: undefined });

/** The memory with this decision added: what is being waited for, since when. */
export function updateMemoryWithDecision({ observation, memory: before }: Knowledge, decision: Decision): Memory {
  const memory = decision.kind === 'act' ? noteDeletion(before, decision.step) : before;
  const { currentWait: current } = memory;
  // Who alters the record or the tags again and again would otherwise put off every time limit. They are written under a
  // leader only.
  if (decision.kind === 'act' && decision.step.reason.kind === 'record-missing')
    return current?.key === LEADERSHIP_KEY ? { ...memory, currentWait: undefined } : memory;
  if (decision.kind !== 'wait') return { ...memory, currentWait: undefined, interruptedWaits: {} };
  const key = buildWaitKey(decision.wait.for);
  if (key === current?.key) return memory;
  const known = { observation, memory };
  // An election has all its time each time (awaitLeader).
  const interrupted =
    current === undefined || current.key === LEADERSHIP_KEY
      ? {}
      : { [current.key]: { waitedMs: measureWaitedMs(known, current.key), untilMs: observation.atMs } };
  return {
    ...memory,
    currentWait: { key, sinceMs: observation.atMs, waitedMs: measureWaitedMs(known, key) },
    interruptedWaits: { ...memory.interruptedWaits, ...interrupted },
  };
}

/**
 * The memory after the step that was decided last was refused for what only an operator can put right: it has changed
 * nothing, so what was waited for before continues. A step that is due once a wait is over, and is refused each time, would
 * otherwise be waited for again and again.
 *
 * @param before the memory before that decision
 */
export function updateMemoryWithRefusal(memory: Memory, { currentWait, interruptedWaits }: Memory): Memory {
  // An election has all its time each time (awaitLeader).
  return currentWait?.key === LEADERSHIP_KEY ? memory : { ...memory, currentWait, interruptedWaits };
}

/** From then on the record may be gone, also if the step that deletes it fails. */
function noteDeletion(memory: Memory, { action, reason }: Step): Memory {
  return action.kind === 'delete-record' && reason.kind === 'roll-over' ? { ...memory, isOver: true } : memory;
}

/** What is known as an action is taken. */
export interface ActionKnowledge extends Knowledge {
  /** The observation that it was decided on: one that tells nothing without the ACL token may not show itself again. */
  readonly decidedOn?: Observation | undefined;
}

/** What memory keeps of an action; `observable` where later observations show its effect. */
type MemoryUpdate<K extends ActionKind> =
  | 'observable'
  | ((known: ActionKnowledge, action: ActionOf<K>) => Partial<Memory>);

const MEMORY_UPDATES = {
  'save-snapshot': () => ({ snapshot: { path: '', bytes: 0 } }),
  'write-record': 'observable',
  'delete-record': 'observable',
  'write-intent': 'observable',
  'suspend-processes': 'observable',
  'protect-servers': 'observable',
  'restore-protection': 'observable',
  'create-launch-configuration': 'observable',
  'create-launch-template-version': 'observable',
  'convert-launch-source': 'observable',
  'create-group': 'observable',
  'set-launch-source': 'observable',
  'set-default-version': 'observable',
  'write-sentinel': 'observable',
  'set-max-size': 'observable',
  'set-min-size': 'observable',
  // In the last group of a roll it is for a server that moves.
  'scale-out': ({ observation }) => (isRecorded(observation.old) && observation.new ? {} : { movedServer: true }),
  'lower-desired': 'observable',
  'restore-size': 'observable',
  register: 'observable',
  deregister: 'observable',
  'transfer-leadership': ({ observation, memory }, { peerId }) => ({
    leadershipTransfers: { ...memory.leadershipTransfers, [peerId]: observation.atMs },
  }),
  leave: (known, action) => {
    const founders = listDepartingInstances(action).map((instanceId) => noteFounder(known, instanceId));
    return { ...Object.assign({}, ...founders), leaveRequests: noteLeaves(known, action, true) };
  },
  'remove-peer': 'observable',
  'forget-member': ({ memory: { forgottenMembers } }, { node }) => ({ forgottenMembers: [...forgottenMembers, node] }),
  terminate: (known, { instanceId }) => {
    const { observation, memory, decidedOn = observation } = known;
    const impostor = [observation, decidedOn].map(findImpostor).find((one) => one?.instanceId === instanceId);
    if (impostor !== undefined) return { impostors: [...memory.impostors, impostor] };
    return { ...noteFounder(known, instanceId), ...noteReplaced(known, instanceId) };
  },
  'complete-lifecycle-hooks': 'observable',
  'attach-load-balancers': 'observable',
  'copy-warm-pool': 'observable',
  'delete-warm-pool': 'observable',
  'delete-group': 'observable',
  'delete-launch-configuration': 'observable',
  'delete-launch-template-version': 'observable',
  'delete-launch-template': 'observable',
  'set-instance-health': ({ memory: { markedHealthy } }, { instanceId }) => ({
    markedHealthy: [...markedHealthy, instanceId],
  }),
  'resume-processes': () => ({ settledStreak: 0, hasResumed: true }),
  'delete-sentinel': () => ({ seenSentinel: undefined }),
  'clear-record': 'observable',
  'complete-in-place': 'observable',
  'turn-forward': 'observable',
  'start-rollback': 'observable',
} satisfies { readonly [K in ActionKind]: MemoryUpdate<K> };

function noteFounder({ observation, decidedOn = observation }: ActionKnowledge, instanceId: string): Partial<Memory> {
  const founders = [observation, decidedOn].map(findFounder);
  const founder = founders.find((one) => one?.server.instanceId === instanceId);
  return founder === undefined ? {} : { founder: buildFounderReason(founder) };
}

/** One that was asked to leave, or whose instance is gone, did not die of its image. */
function noteReplaced({ observation, memory }: Knowledge, instanceId: string): Partial<Memory> {
  const { leaveRequests, replacedDead } = memory;
  const server = observation.servers.find((one) => one.instanceId === instanceId && one.address !== undefined);
  if (server?.agent.kind !== 'down' || leaveRequests[instanceId] || !isLaunchedInRoll(observation, server)) return {};
  return { replacedDead: { ...replacedDead, [server.side]: (replacedDead?.[server.side] ?? 0) + 1 } };
}

/**
 * The memory while an action is under way, and once it has failed: a request to leave may have arrived, and a key
 * may be gone, also where the answer is an error or is lost.
 */
export function updateMemoryWithAttempt({ observation, memory }: Knowledge, action: Action): Memory {
  // A key that is missing before was deleted by others.
  if (action.kind === 'delete-sentinel') return { ...memory, seenSentinel: undefined };
  if (action.kind !== 'leave') return memory;
  return { ...memory, leaveRequests: noteLeaves({ observation, memory }, action, false) };
}

function noteLeaves(
  { observation, memory }: Knowledge,
  action: ActionOf<'leave'>,
  hasArrived: boolean,
): Memory['leaveRequests'] {
  return noteLeaveRequests(memory.leaveRequests, listDepartingInstances(action), observation.atMs, hasArrived);
}

/** The memory with this action added, as far as no later observation shows it. */
export function updateMemoryWithAction(known: ActionKnowledge, action: Action): Memory {
  // Each entry takes the action of its own kind.
  const update = MEMORY_UPDATES[action.kind] as MemoryUpdate<ActionKind>;
  return update === 'observable' ? known.memory : { ...known.memory, ...update(known, action) };
}

/** An agent that leaves stops after Raft has removed it: one that is down before that has crashed. */
function updateLeaveRequests(
  { servers, raft, atMs }: Observation,
  leaveRequests: Memory['leaveRequests'],
): Memory['leaveRequests'] {
  const lost = servers.filter((server) => isRequestLost(leaveRequests[server.instanceId], server, atMs));
  const lostIds = lost.map(({ instanceId }) => instanceId);
  const changed = servers.flatMap((server): readonly (readonly [string, LeaveRequest])[] => {
    const { instanceId, peer } = server;
    const request = leaveRequests[instanceId];
    if (request === undefined || request.hasLeft) return [];
    // Without the key of the roll it may be the Raft configuration of another cluster.
    if (peer === undefined) return raft?.sentinel === undefined ? [] : [[instanceId, { ...request, hasLeft: true }]];
    return isRefused(server) ? [[instanceId, { ...request, crashedMeanwhile: true }]] : [];
  });
  if (changed.length + lost.length === 0) return leaveRequests;
  const after = Object.entries({ ...leaveRequests, ...Object.fromEntries(changed) });
  return Object.fromEntries(after.filter(([instanceId]) => !lostIds.includes(instanceId)));
}

/** A server that was never asked for certain, and that does not say that it is leaving long after it would. */
function isRequestLost(request: LeaveRequest | undefined, { agent, peer }: Server, atMs: number): boolean {
  if (request?.isUncertain !== true || request.count > 0 || peer === undefined) return false;
  const isStaying = agent.kind === 'up' && agent.isLeaving !== true;
  return isStaying && atMs - request.lastRequestedAtMs >= 2 * LEAVE_VISIBLE_MS;
}

/** Consecutive observations in which a condition was true, by instance or Raft id. */
type Streaks = Readonly<Record<string, number>>;

/**
 * The streaks of ready servers. They are watched for crashes during a wait only, so that a streak which has begun is not
 * lengthened by an observation after anything else: a step may take minutes, and a machine may sleep for hours.
 */
function extendWatched({ readyStreaks: before }: Memory, isWatched: boolean, after: Streaks): Streaks {
  if (isWatched) return after;
  return Object.fromEntries(
    Object.entries(after).map(([id, length]) => [id, Math.max(before[id] ?? 0, Math.min(length, 1))]),
  );
}

/** Counts one observation for streaks: each for which it is at least `spacingMs` after the last one that counted. */
class StreakCounter {
  readonly #before: Readonly<Record<string, number>>;
  readonly #atMs: number;
  readonly #spacingMs: number;
  readonly #countedAtMs = new Map<string, number>();

  constructor(before: Memory['countedAtMs'], atMs: number, spacingMs: number) {
    this.#before = before ?? {};
    this.#atMs = atMs;
    this.#spacingMs = spacingMs;
  }

  /** Of the streaks that continue. */
  get countedAtMs(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#countedAtMs);
  }

  /** The length of a streak that this observation begins or continues. @param key its kind, and what it is of */
  count(key: string, length: number): number {
    const lastMs = length === 0 ? undefined : this.#before[key];
    const counts = lastMs === undefined || this.#atMs - lastMs >= this.#spacingMs;
    this.#countedAtMs.set(key, counts ? this.#atMs : lastMs);
    return counts ? length + 1 : length;
  }

  extend(kind: string, before: Streaks, ids: readonly string[]): Streaks {
    return Object.fromEntries(ids.map((id) => [id, this.count(`${kind} ${id}`, before[id] ?? 0)]));
  }
}

/**
 * Servers that once passed their gates and whose agent does not answer now, or that autopilot finds unhealthy, until
 * they have passed them often enough again.
 */
function updateRegressed(
  { observation, memory }: Knowledge,
  isProved: (instanceId: string) => boolean,
): readonly string[] {
  const healthKnown = isHealthKnown(observation);
  const isIll = ({ agent, peer }: Server) => agent.kind === 'down' || (healthKnown && peer?.healthy === false);
  return observation.servers
    .filter((server) => memory.regressed.includes(server.instanceId) || isIll(server))
    .map(({ instanceId }) => instanceId)
    .filter((id) => memory.passedGates.includes(id) && !isProved(id));
}

function isRefused({ agent }: Server): boolean {
  return agent.kind === 'down' && agent.why === 'refused';
}

function updateLeaderless(
  { raft, servers, atMs }: Observation,
  before: Leaderless | undefined,
): Leaderless | undefined {
  if (raft !== undefined) return undefined;
  const cause = explainLeaderless(servers);
  return before?.cause === cause ? before : { cause, sinceMs: atMs };
}

/** A single observation may miss a server that runs: only as many in a row as a gate needs begin the bake again. */
function updateBake(
  { observation, memory }: Knowledge,
  limits: Limits,
  count: (misses: number) => number,
): Bake | undefined {
  if (observation.new === undefined || listServers(observation, 'old').length > 0) return undefined;
  const { atMs } = observation;
  const { aloneSinceMs, healthySinceMs, misses }: Bake = memory.bake ?? {
    aloneSinceMs: atMs,
    healthySinceMs: undefined,
    misses: 0,
  };
  const isHealthy = listServers(observation, 'new').every(({ agent, peer }) => agent.kind === 'up' && peer?.healthy);
  if (isHealthy) return { aloneSinceMs, healthySinceMs: healthySinceMs ?? atMs, misses: 0 };
  const now = count(misses);
  return { aloneSinceMs, healthySinceMs: now < findGateStreak(limits) ? healthySinceMs : undefined, misses: now };
}
