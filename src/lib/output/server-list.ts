import { closedGates, isReady } from '../engine/decide/gates.js';
import { isGone, isYoung } from '../engine/decide/health.js';
import { isJudged, isTerminating } from '../engine/decide/servers.js';
import type { Survey } from '../model/observation.js';
import type { AgentUp, BalancerState, Peer, Server } from '../model/server.js';
import { counted, enumerated, truncated } from './text/format.js';

/** The servers a roll has had to do with, as far as its watcher has seen them. */
export interface Roster {
  /** In the order they were first seen; one that is there no more has the lifecycle `Gone`. */
  readonly servers: readonly Server[];
  /** By instance, of those that may not vote yet: since when they are healthy. Epoch milliseconds, by this clock. */
  readonly healthySinceMs: Readonly<Record<string, number>>;
  /** How long Consul watches a new server before it lets it vote; undefined where nobody asked. */
  readonly stabilizationMs: number | undefined;
}

export const NOBODY_SEEN: Roster = { servers: [], healthySinceMs: {}, stabilizationMs: undefined };

/** The roster once this look is known. */
export function rosterWith({ servers, healthySinceMs, stabilizationMs }: Roster, survey: Survey): Roster {
  const now = new Map(survey.servers.map((server) => [server.instanceId, server]));
  const known = new Set(servers.map(({ instanceId }) => instanceId));
  const waiting = survey.servers.filter(({ peer }) => peer !== undefined && !peer.voter && peer.healthy);
  return {
    servers: [
      ...servers.map((server) => now.get(server.instanceId) ?? gone(server)),
      ...survey.servers.filter(({ instanceId }) => !known.has(instanceId)),
    ],
    healthySinceMs: Object.fromEntries(
      waiting.map(({ instanceId }) => [instanceId, healthySinceMs[instanceId] ?? survey.atMs]),
    ),
    stabilizationMs:
      survey.facts?.autopilot?.serverStabilizationMs ?? survey.history.stabilizationMs ?? stabilizationMs,
  };
}

/** Milliseconds until a server may vote; undefined where it does already, or where that cannot be told. */
export function untilVoteMs(
  { healthySinceMs, stabilizationMs }: Roster,
  { instanceId }: Server,
  nowMs: number,
): number | undefined {
  const sinceMs = healthySinceMs[instanceId];
  if (sinceMs === undefined || stabilizationMs === undefined) return undefined;
  return Math.max(0, sinceMs + stabilizationMs - nowMs);
}

function gone(server: Server): Server {
  return server.lifecycle === 'Gone'
    ? server
    : { ...server, lifecycle: 'Gone', balancers: {}, peer: undefined };
}

/** How a line is meant: things under way, trouble, things yet to come. */
export type Tone = 'plain' | 'good' | 'busy' | 'bad' | 'faint';

export interface ToneLine {
  readonly text: string;
  readonly tone: Tone;
}

const TONES: Readonly<Record<string, Tone>> = {
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
export interface Telling {
  /** Says which side each is on. */
  readonly sides: boolean;
  /** What to say of a server's part in Raft, where that is more than one look can tell. */
  readonly raft?: (server: Server, word: string) => string;
}

const RAFT_WIDTH = 13;
/** What gives way first where a line is short of room. */
const DISPENSABLE = ['address', 'zone', 'side'] as const;

/** One line a server, columns aligned: id, address, zone, side where there are two, Consul, load balancer. */
export function serverLines(
  servers: readonly Server[],
  survey: Survey,
  width: number,
  { sides, raft: wordFor = (_, word) => word }: Telling = { sides: true },
): ToneLine[] {
  const rows = servers.map((server) => {
    const word = raftWord(server, survey);
    const service = serviceWord(server);
    const cells = {
      id: server.instanceId,
      address: server.address ?? '',
      zone: server.zone.slice(-2),
      side: sides ? server.side : '',
      raft: wordFor(server, word),
      service,
    };
    return { cells, tone: toneOf(word, service) };
  });
  const table = columnsThatFit(
    rows.map(({ cells }) => cells),
    width,
  );
  return rows.map(({ tone }, n) => ({ text: truncated(table[n] ?? '', width), tone }));
}

type Cells = Readonly<Record<'id' | 'address' | 'zone' | 'side' | 'raft' | 'service', string>>;

function columnsThatFit(rows: readonly Cells[], width: number): string[] {
  const widthOf = (name: keyof Cells) =>
    Math.max(name === 'raft' ? RAFT_WIDTH : 0, ...rows.map((cells) => cells[name].length));
  let names = (['id', 'address', 'zone', 'side', 'raft', 'service'] as const).filter(
    (name) => widthOf(name) > 0,
  );
  for (const name of DISPENSABLE) {
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
export function fittingServerLines(
  servers: readonly Server[],
  survey: Survey,
  width: number,
  room: number,
  telling?: Telling,
): ToneLine[] {
  if (room < 1) return [];
  if (servers.length <= room) return serverLines(servers, survey, width, telling);
  const chosen = [...servers]
    .sort((one, other) => dullness(one, survey) - dullness(other, survey))
    .slice(0, room - 1);
  const shown = servers.filter((server) => chosen.includes(server));
  const rest = servers.filter((server) => !chosen.includes(server));
  return [
    ...serverLines(shown, survey, width, telling),
    { text: truncated(restOf(rest, survey), width), tone: 'faint' },
  ];
}

/** `and 4 others: 3 in service, 1 terminated`. */
function restOf(servers: readonly Server[], survey: Survey): string {
  const words = servers.map((server) => serviceWord(server) || raftWord(server, survey));
  const counts = [...new Set(words)].map(
    (word) => `${words.filter((other) => other === word).length} ${word}`,
  );
  const others = `and ${counted(servers.length, 'other')}`;
  return counts.length === 1 ? `${others}, ${words[0]}` : `${others}: ${enumerated(counts)}`;
}

/** What is happening to a server comes first, what is over last. */
function dullness(server: Server, survey: Survey): number {
  if (server.lifecycle === 'Gone') return 2;
  return toneOf(raftWord(server, survey), serviceWord(server)) === 'good' ? 1 : 0;
}

function toneOf(raft: string, service: string): Tone {
  const tone = TONES[raft];
  if (tone !== undefined) return tone;
  if (service === 'in service') return 'good';
  return service === '' ? 'plain' : 'busy';
}

/** How far a server has come in Consul, or gone. */
export type RaftWord =
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
export function raftWord(server: Server, survey: Survey): RaftWord {
  if (server.lifecycle === 'Gone') return 'terminated';
  if (isTerminating(server)) return 'terminating';
  const asked = survey.history.leaves[server.instanceId] !== undefined;
  if (server.agent.kind === 'down') return silenceWord(server, survey, asked);
  if (survey.raft === undefined) return server.agent.leader === '' ? 'no leader' : 'electing';
  // A watcher did not hear anybody ask: an old server out of Raft beside new ones has left all the same.
  const madeRoom = asked || (isOld(server, survey) && survey.new !== undefined);
  if (server.peer === undefined) return madeRoom ? 'left' : 'not joined';
  return memberWord(server, server.agent, server.peer, survey);
}

function silenceWord(server: Server, survey: Survey, asked: boolean): RaftWord {
  if (isGone(server) && !asked) return 'gone';
  const unknown = survey.raft === undefined && server.side === 'old';
  if (server.peer !== undefined || unknown) return asked ? 'leaving' : 'not answering';
  // Where there is no other side, nobody was asked to make room for it.
  const alone = server.side === 'old' && survey.new === undefined;
  if (asked || (isOld(server, survey) && !alone)) return 'left';
  if (server.lifecycle !== 'InService') return 'booting';
  return alone && !isYoung(server, survey.atMs) ? 'down' : 'starting';
}

/** Of the old side from before the roll; on the way back there are some that came since, and have yet to join. */
function isOld({ side, launchedAtMs }: Server, { servers }: Survey): boolean {
  return side === 'old' && !servers.some((one) => one.side === 'new' && one.launchedAtMs < launchedAtMs);
}

function memberWord(server: Server, agent: AgentUp, peer: Peer, survey: Survey): RaftWord {
  if (survey.history.leaves[server.instanceId] !== undefined) return 'leaving';
  if (!peer.voter) return agent.leader === '' ? 'no leader' : 'non-voter';
  if (peer.leader && (peer.healthy || !isJudged(survey))) return 'leader';
  if (!peer.healthy) return isJudged(survey) ? 'unhealthy' : 'electing';
  if (server.side === 'old' || closedGates(survey, server).length > 0) return 'voter';
  return isReady(survey, server) ? 'ready' : 'caught up';
}

const WORST_FIRST = ['draining', 'out-of-service', 'registering', 'absent', 'in-service', 'unused'] as const;

/** Where a server stands in the load balancers, the least good of them; undefined where there is none. */
export function worstBalancerState(server: Server): BalancerState | undefined {
  const states = Object.values(server.balancers);
  return WORST_FIRST.find((state) => states.includes(state));
}

/** The same as a word; empty where none lists it. */
export function serviceWord(server: Server): string {
  const worst = worstBalancerState(server);
  return worst === undefined || worst === 'absent' ? '' : worst.replaceAll('-', ' ');
}

/** Both words: `voter, in service`. */
export function stateWords(server: Server, survey: Survey): string {
  return [raftWord(server, survey), serviceWord(server)].filter(Boolean).join(', ');
}
