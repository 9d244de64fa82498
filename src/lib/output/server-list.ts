import { findFailedGates, isReady } from '../engine/decide/gates.js';
import { isInstanceGone, isYoung } from '../engine/decide/health.js';
import { isHealthKnown, isTerminating } from '../engine/decide/servers.js';
import type { Knowledge } from '../model/memory.js';
import type { Observation } from '../model/observation.js';
import type { AgentUp, BalancerState, Peer, Server } from '../model/server.js';
import { formatCount, formatList, truncate } from './text/format.js';

/** The servers a roll has had to do with, as far as its watcher has seen them. */
export interface ServerList {
  /** In the order they were first seen; one that is there no more has the lifecycle `Gone`. */
  readonly servers: readonly Server[];
  /** By instance, of those that may not vote yet: since when they are healthy. Epoch milliseconds, by this clock. */
  readonly healthySinceMs: Readonly<Record<string, number>>;
  /** How long Consul watches a new server before it lets it vote; undefined where nobody asked. */
  readonly stabilizationMs: number | undefined;
}

export const EMPTY_SERVER_LIST: ServerList = { servers: [], healthySinceMs: {}, stabilizationMs: undefined };

/** The roster once this look is known. */
export function updateServerList(
  { servers, healthySinceMs, stabilizationMs }: ServerList,
  { observation, memory }: Knowledge,
): ServerList {
  const now = new Map(observation.servers.map((server) => [server.instanceId, server]));
  const known = new Set(servers.map(({ instanceId }) => instanceId));
  const waiting = observation.servers.filter(({ peer }) => peer !== undefined && !peer.voter && peer.healthy);
  return {
    servers: [
      ...servers.map((server) => now.get(server.instanceId) ?? markGone(server)),
      ...observation.servers.filter(({ instanceId }) => !known.has(instanceId)),
    ],
    healthySinceMs: Object.fromEntries(
      waiting.map(({ instanceId }) => [instanceId, healthySinceMs[instanceId] ?? observation.atMs]),
    ),
    stabilizationMs:
      observation.preflightFacts?.autopilot?.serverStabilizationMs ??
      memory.stabilizationMs ??
      stabilizationMs,
  };
}

/** Milliseconds until a server may vote; undefined where it does already, or where that cannot be told. */
export function estimateUntilVoteMs(
  { healthySinceMs, stabilizationMs }: ServerList,
  { instanceId }: Server,
  nowMs: number,
): number | undefined {
  const sinceMs = healthySinceMs[instanceId];
  if (sinceMs === undefined || stabilizationMs === undefined) return undefined;
  return Math.max(0, sinceMs + stabilizationMs - nowMs);
}

function markGone(server: Server): Server {
  return server.lifecycle === 'Gone'
    ? server
    : { ...server, lifecycle: 'Gone', balancers: {}, peer: undefined };
}

/** How a line is meant: things under way, trouble, things yet to come. */
export type Style = 'plain' | 'good' | 'busy' | 'bad' | 'faint';

export interface StyledLine {
  readonly text: string;
  readonly style: Style;
}

const SERVER_STYLES: Readonly<Record<string, Style>> = {
  booting: 'faint',
  starting: 'faint',
  left: 'faint',
  terminating: 'faint',
  terminated: 'faint',
  leaving: 'busy',
  electing: 'busy',
  'not joined': 'busy',
  'non-voter': 'busy',
  unhealthy: 'bad',
  'no leader': 'bad',
  'not answering': 'bad',
  gone: 'bad',
  down: 'bad',
};

/** How servers are told of. */
export interface ServerLineOptions {
  /** Says which side each is on. */
  readonly showGroup: boolean;
  /** What to say of a server's part in Raft, where that is more than one look can tell. */
  readonly formatRaft?: (server: Server, word: string) => string;
}

const RAFT_WIDTH = 13;
/** What gives way first where a line is short of room. */
const OPTIONAL_COLUMNS = ['address', 'zone', 'side'] as const;

/** One line a server, columns aligned: id, address, zone, side where there are two, Consul, load balancer. */
export function formatServers(
  servers: readonly Server[],
  known: Knowledge,
  width: number,
  { showGroup: sides, formatRaft: wordFor = (_, word) => word }: ServerLineOptions = { showGroup: true },
): StyledLine[] {
  const rows = servers.map((server) => {
    const word = formatRaftState(server, known);
    const service = formatServiceState(server);
    const cells = {
      id: server.instanceId,
      address: server.address ?? '',
      zone: server.zone.slice(-2),
      side: sides ? server.side : '',
      raft: wordFor(server, word),
      service,
    };
    return { cells, tone: chooseServerStyle(word, service) };
  });
  const table = chooseColumns(
    rows.map(({ cells }) => cells),
    width,
  );
  return rows.map(({ tone }, n) => ({ text: truncate(table[n] ?? '', width), style: tone }));
}

type ServerCells = Readonly<Record<'id' | 'address' | 'zone' | 'side' | 'raft' | 'service', string>>;

function chooseColumns(rows: readonly ServerCells[], width: number): string[] {
  const widthOf = (name: keyof ServerCells) =>
    Math.max(name === 'raft' ? RAFT_WIDTH : 0, ...rows.map((cells) => cells[name].length));
  let names = (['id', 'address', 'zone', 'side', 'raft', 'service'] as const).filter(
    (name) => widthOf(name) > 0,
  );
  for (const name of OPTIONAL_COLUMNS) {
    const needed = names.reduce((sum, one) => sum + widthOf(one) + 2, -2);
    if (needed > width) names = names.filter((one) => one !== name);
  }
  return rows.map((cells) =>
    names
      .map((name) => cells[name].padEnd(widthOf(name)))
      .join('  ')
      .trimEnd(),
  );
}

/**
 * The lines of the servers that fit into so many: all of them, or the ones that something is happening to, then those
 * that simply serve, then those that are gone; always in the same order, and the rest counted.
 */
export function formatFittingServers(
  servers: readonly Server[],
  known: Knowledge,
  width: number,
  room: number,
  telling?: ServerLineOptions,
): StyledLine[] {
  if (room < 1) return [];
  if (servers.length <= room) return formatServers(servers, known, width, telling);
  const chosen = [...servers]
    .sort((one, other) => getDisplayPriority(one, known) - getDisplayPriority(other, known))
    .slice(0, room - 1);
  const shown = servers.filter((server) => chosen.includes(server));
  const rest = servers.filter((server) => !chosen.includes(server));
  return [
    ...formatServers(shown, known, width, telling),
    { text: truncate(summarizeRest(rest, known), width), style: 'faint' },
  ];
}

/** `and 4 others: 3 in service, 1 terminated`. */
function summarizeRest(servers: readonly Server[], known: Knowledge): string {
  const words = servers.map((server) => formatServiceState(server) || formatRaftState(server, known));
  const counts = [...new Set(words)].map(
    (word) => `${words.filter((other) => other === word).length} ${word}`,
  );
  const others = `and ${formatCount(servers.length, 'other')}`;
  return counts.length === 1 ? `${others}, ${words[0]}` : `${others}: ${formatList(counts)}`;
}

/** What is happening to a server comes first, what is over last. */
function getDisplayPriority(server: Server, known: Knowledge): number {
  if (server.lifecycle === 'Gone') return 2;
  return chooseServerStyle(formatRaftState(server, known), formatServiceState(server)) === 'good' ? 1 : 0;
}

function chooseServerStyle(raft: string, service: string): Style {
  const tone = SERVER_STYLES[raft];
  if (tone !== undefined) return tone;
  if (service === 'in service') return 'good';
  return service === '' ? 'plain' : 'busy';
}

/** How far a server has come in Consul, or gone. */
export type RaftStateText =
  | 'booting'
  | 'starting'
  | 'not joined'
  | 'non-voter'
  | 'voter'
  | 'caught up'
  | 'ready'
  | 'leader'
  | 'leaving'
  | 'left'
  | 'terminating'
  | 'terminated'
  | 'unhealthy'
  | 'not answering'
  | 'down'
  | 'gone'
  | 'no leader'
  | 'electing';

/** How far a server has come in Consul, or gone, in one or two words. */
export function formatRaftState(server: Server, known: Knowledge): RaftStateText {
  const { observation, memory } = known;
  if (server.lifecycle === 'Gone') return 'terminated';
  if (isTerminating(server)) return 'terminating';
  const asked = memory.leaveRequests[server.instanceId] !== undefined;
  if (server.agent.kind === 'down') return formatSilentState(server, observation, asked);
  if (observation.raft === undefined) return server.agent.leader === '' ? 'no leader' : 'electing';
  // A watcher did not hear anybody ask: an old server out of Raft beside new ones has left all the same.
  const madeRoom = asked || (isLongRunning(server, observation) && observation.new !== undefined);
  if (server.peer === undefined) return madeRoom ? 'left' : 'not joined';
  return formatMemberState(server, server.agent, server.peer, known);
}

function formatSilentState(server: Server, observation: Observation, asked: boolean): RaftStateText {
  if (isInstanceGone(server) && !asked) return 'gone';
  const unknown = observation.raft === undefined && server.side === 'old';
  if (server.peer !== undefined || unknown) return asked ? 'leaving' : 'not answering';
  // Where there is no other side, nobody was asked to make room for it.
  const alone = server.side === 'old' && observation.new === undefined;
  if (asked || (isLongRunning(server, observation) && !alone)) return 'left';
  if (server.lifecycle !== 'InService') return 'booting';
  return alone && !isYoung(server, observation.atMs) ? 'down' : 'starting';
}

/** Of the old side from before the roll; on the way back there are some that came since, and have yet to join. */
function isLongRunning({ side, launchedAtMs }: Server, { servers }: Observation): boolean {
  return side === 'old' && !servers.some((one) => one.side === 'new' && one.launchedAtMs < launchedAtMs);
}

function formatMemberState(server: Server, agent: AgentUp, peer: Peer, known: Knowledge): RaftStateText {
  const { observation, memory } = known;
  if (memory.leaveRequests[server.instanceId] !== undefined) return 'leaving';
  if (!peer.voter) return agent.leader === '' ? 'no leader' : 'non-voter';
  if (peer.leader && (peer.healthy || !isHealthKnown(observation))) return 'leader';
  if (!peer.healthy) return isHealthKnown(observation) ? 'unhealthy' : 'electing';
  if (server.side === 'old' || findFailedGates(observation, server).length > 0) return 'voter';
  return isReady(known, server) ? 'ready' : 'caught up';
}

const WORST_BALANCER_STATE_FIRST = [
  'draining',
  'out-of-service',
  'registering',
  'absent',
  'in-service',
  'unused',
] as const;

/** Where a server stands in the load balancers, the least good of them; undefined where there is none. */
export function findWorstBalancerState(server: Server): BalancerState | undefined {
  const states = Object.values(server.balancers);
  return WORST_BALANCER_STATE_FIRST.find((state) => states.includes(state));
}

/** The same as a word; empty where none lists it. */
export function formatServiceState(server: Server): string {
  const worst = findWorstBalancerState(server);
  return worst === undefined || worst === 'absent' ? '' : worst.replaceAll('-', ' ');
}

/** Both words: `voter, in service`. */
export function formatServerState(server: Server, known: Knowledge): string {
  return [formatRaftState(server, known), formatServiceState(server)].filter(Boolean).join(', ');
}
