import type { Wait } from '../../model/decision.js';
import { buildRecordKey, buildSentinelKey } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import { parseHost, type Server } from '../../model/server.js';
import { countTowardsDesired, isLaunchedInRoll, sumDesired } from '../../model/servers.js';
import { findFounder } from '../decide/founders.js';
import { listNextCountsMs } from '../decide/memory.js';
import type { Engine } from '../engine.js';
import type { RollRun } from './roll-run.js';

/** How often servers of the roll that have not passed their gates are looked at between two observations. */
const WATCH_MS = 250;
/** Observations that follow each other as fast as this need no looks between them. */
const SHORT_MS = 1000;
/** How often Consul is read between two observations, while servers join Raft or leave it, or it elects. */
const CONSUL_WATCH_MS = 500;
/** An instance that is being launched has an address within this time, and boots for longer. */
const LAUNCH_MS = 2000;
/** What AWS does takes seconds or minutes, and it is seen late by no more than this part of that. */
const LATE_PART = 1 / 8;

/** What AWS does by itself, and only an observation shows. A server that boots is seen by Consul (`hasConsulChanged`). */
const DONE_BY_AWS: ReadonlySet<Wait['for']['kind']> = new Set([
  'in-service',
  'drained',
  'terminated',
  'deleted',
  'warm-pool-deleted',
]);

/** Why the next observation may be sooner than an interval after the last one. */
interface Expected {
  /** What is waited for, if the last decision was to wait. */
  readonly wait?: Wait | undefined;
  /** A group launches servers that AWS does not show yet. */
  readonly hasJustScaled?: boolean;
}

/**
 * Waits until it is time for the next observation: after an interval, or sooner where something is about to change, where a
 * streak that is waited for counts again, where Raft has let a server go, has given one a vote or has elected, where an agent
 * that was asked to leave has ended, or where a server that the roll launched bootstraps a cluster of its own. One that
 * crashes is up again within a second, which observations alone may miss.
 */
export async function waitForNextObservation(run: RollRun, expected: Expected = {}): Promise<undefined> {
  const { engine, state, stopSignal, observer } = run;
  const { clock } = engine;
  const { signal } = stopSignal;
  const { observation, memory } = state.input;
  const watched = observation.servers.filter(
    (server) =>
      isLaunchedInRoll(observation, server) &&
      server.address !== undefined &&
      (server.peer === undefined || !memory.passedGates.includes(server.instanceId)),
  );
  const pauseMs = choosePauseMs(run, expected);
  const untilMs = clock.now() + pauseMs;
  const changing = findChanging(run);
  const needsLooks = (watched.length > 0 || changing.isAny) && pauseMs > SHORT_MS;
  if (!needsLooks) await clock.sleep(pauseMs, signal);
  let consulReadMs = clock.now() + SHORT_MS - CONSUL_WATCH_MS;
  while (clock.now() < untilMs && !signal.aborted) {
    const lookMs = watched.length > 0 ? WATCH_MS : CONSUL_WATCH_MS;
    await clock.sleep(Math.min(lookMs, untilMs - clock.now()), signal);
    const seen = await readAgain(engine, observation, watched);
    observer.noteCrashes(seen);
    if (findFounder(seen)?.isOutsider) return undefined;
    if (!changing.isAny || clock.now() - consulReadMs < CONSUL_WATCH_MS) continue;
    consulReadMs = clock.now();
    if (await hasConsulChanged(run, changing)) return undefined;
  }
  return undefined;
}

/** The time until the next observation, unless something is seen to change before. Milliseconds. */
function choosePauseMs({ engine, options, state }: RollRun, { wait, hasJustScaled = false }: Expected): number {
  const { observation, memory } = state.input;
  const { intervalMs } = options;
  const nowMs = engine.clock.now();
  const lacksServers = [observation.old, observation.new].some((group) => {
    const launches = group?.suspendedProcesses.includes('Launch') === false;
    return launches && sumDesired(observation, group.name) > countTowardsDesired(observation, group.name);
  });
  const isLaunching =
    hasJustScaled ||
    lacksServers ||
    observation.servers.some((server) => isLaunchedInRoll(observation, server) && !server.address);
  const pauses = isLaunching ? [intervalMs, LAUNCH_MS] : [intervalMs];
  if (wait !== undefined) {
    const counts = listNextCountsMs(memory, wait.for, intervalMs).map((atMs) => atMs - nowMs);
    pauses.push(...counts.filter((ms) => ms > 0));
    if (DONE_BY_AWS.has(wait.for.kind)) pauses.push(Math.max(SHORT_MS, Math.ceil((nowMs - wait.sinceMs) * LATE_PART)));
  }
  return Math.min(...pauses);
}

/** What Consul may show to change before the next observation. */
interface Changing {
  /** Raft lets a server go, or has no leader. */
  readonly isRaftChanging: boolean;
  /** New servers that Raft has, and that have no vote or are not healthy yet. */
  readonly joining: readonly Server[];
  /** Servers that Raft has let go, and whose agents still run. */
  readonly ending: readonly Server[];
  readonly isAny: boolean;
}

function findChanging({ state }: RollRun): Changing {
  const { observation, memory } = state.input;
  const isRaftChanging = observation.raft === undefined || state.leaving.length > 0;
  const joining = observation.servers.filter(
    (server) => server.peer && isLaunchedInRoll(observation, server) && !(server.peer.voter && server.peer.healthy),
  );
  const ending = observation.servers.filter(
    ({ instanceId, agent, peer }) => memory.leaveRequests[instanceId] && !peer && agent.kind === 'up',
  );
  return { isRaftChanging, joining, ending, isAny: isRaftChanging || joining.length > 0 || ending.length > 0 };
}

async function hasConsulChanged(run: RollRun, { isRaftChanging, joining, ending }: Changing): Promise<boolean> {
  const { engine, state } = run;
  const { observation } = state.input;
  if (isRaftChanging && (await hasRaftChanged(run))) return true;
  if (joining.length > 0 && (await hasNewVoter(engine, observation, joining))) return true;
  const after = ending.length > 0 ? await readAgain(engine, observation, ending) : observation;
  return after.servers.some(({ agent }, n) => agent.kind !== observation.servers[n]?.agent.kind);
}

/** Whether a server that stays names another leader than before, or another number of peers. */
async function hasRaftChanged({ engine, state }: RollRun): Promise<boolean> {
  const { observation } = state.input;
  const { raft } = observation;
  const { leaving } = state;
  const staying = observation.servers.filter((server) => !leaving.includes(server));
  const asked = staying.find(({ peer }) => peer?.leader === true) ?? staying.find(({ peer }) => peer) ?? staying[0];
  if (asked?.address === undefined || asked.agent.kind === 'down') return false;
  const claims = await engine.consul.readClaims(asked.address);
  if (claims === undefined) return false;
  return claims.leader !== asked.agent.leader || (raft !== undefined && claims.peers.length !== raft.peers.length);
}

/** Whether one of these has a vote now, and is healthy, by the leader's word. */
async function hasNewVoter(
  { consul }: Engine,
  { cluster, raft }: Observation,
  joining: readonly Server[],
): Promise<boolean> {
  if (raft === undefined) return false;
  const keys = { sentinel: buildSentinelKey(cluster), record: buildRecordKey(cluster) };
  const report = await consul.readLeader(parseHost(raft.leader), keys).catch(() => undefined);
  const proved = (report?.peers ?? []).filter(({ voter, healthy }) => voter && healthy).map(({ id }) => id);
  return joining.some(({ peer }) => peer !== undefined && proved.includes(peer.id));
}

/** The observation with what these servers say now. */
async function readAgain({ consul }: Engine, observation: Observation, some: readonly Server[]): Promise<Observation> {
  const key = buildSentinelKey(observation.cluster);
  const read = some.map(async (server) => {
    const denied = async () => ({ ...server.agent, ...(await consul.readClaims(server.address ?? '')) });
    const agent = await consul.readAgent(server.address ?? '', key).catch(denied);
    return [server.instanceId, { ...server, agent }] as const;
  });
  const fresh = new Map(await Promise.all(read));
  return { ...observation, servers: observation.servers.map((server) => fresh.get(server.instanceId) ?? server) };
}
