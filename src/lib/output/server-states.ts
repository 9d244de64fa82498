import { findFailedGates, isReady } from '../engine/decide/gates.js';
import { isInstanceGone, isYoung } from '../engine/decide/health.js';
import type { Knowledge } from '../model/memory.js';
import type { Observation } from '../model/observation.js';
import type { AgentUp, BalancerState, Peer, Server } from '../model/server.js';
import { isHealthKnown, isInService, isTerminating } from '../model/servers.js';
import type { Style } from './text/format.js';

/** The bars of the report: several states of a server share one colour and pattern. */
export const BARS = {
  booting: { label: 'booting', meaning: 'launched, Consul does not answer yet' },
  joined: { label: 'joined', meaning: 'member without a vote' },
  voter: { label: 'voter', meaning: 'votes, takes no traffic' },
  'in-service': { label: 'in service', meaning: 'votes and takes traffic' },
  draining: { label: 'draining', meaning: 'the load balancers end its traffic' },
  leaving: { label: 'leaving', meaning: 'asked to leave, still a member' },
  left: { label: 'left', meaning: 'no longer a member' },
  leaderless: { label: 'electing', meaning: 'no leader, or one just elected' },
  problem: { label: 'problem', meaning: 'does not answer, or is unhealthy' },
} as const satisfies Readonly<Record<string, { readonly label: string; readonly meaning: string }>>;

export type Bar = keyof typeof BARS;

interface ServerStateInfo {
  readonly style: Style;
  readonly bar: Bar;
  readonly meaning: string;
}

/** Every state of a server, for the terminal, the log, the documents and the report, in the order of its life. */
export const SERVER_STATES = {
  booting: { style: 'faint', bar: 'booting', meaning: 'launched; Auto Scaling does not count it as in service yet' },
  starting: { style: 'faint', bar: 'booting', meaning: 'its instance runs; Consul does not answer yet' },
  'not-joined': { style: 'busy', bar: 'booting', meaning: 'Consul answers but is not in the Raft configuration' },
  'non-voter': { style: 'busy', bar: 'joined', meaning: 'in Raft, without a vote yet' },
  voter: { style: 'plain', bar: 'voter', meaning: 'has a vote; takes no traffic' },
  'passed-gates': { style: 'plain', bar: 'voter', meaning: 'passed every gate at the last check' },
  ready: { style: 'plain', bar: 'voter', meaning: 'passed every gate in --success-threshold consecutive checks' },
  'in-service': { style: 'good', bar: 'in-service', meaning: 'has a vote and takes traffic' },
  draining: { style: 'busy', bar: 'draining', meaning: 'has a vote; the load balancers are draining its traffic' },
  leaving: { style: 'busy', bar: 'leaving', meaning: 'asked to leave, and still in Raft' },
  left: { style: 'faint', bar: 'left', meaning: 'out of Raft; its instance still runs' },
  terminating: { style: 'faint', bar: 'left', meaning: 'its instance is being terminated' },
  terminated: { style: 'faint', bar: 'left', meaning: 'its instance is gone' },
  unhealthy: { style: 'bad', bar: 'problem', meaning: 'in Raft, and autopilot calls it unhealthy' },
  'not-answering': {
    style: 'bad',
    bar: 'problem',
    meaning: 'in Raft, and Consul on it does not answer, or refuses the token',
  },
  down: { style: 'bad', bar: 'problem', meaning: 'Consul on it does not answer, and no roll asked it to leave' },
  gone: { style: 'bad', bar: 'problem', meaning: 'EC2 no longer runs it, and no roll terminated it' },
  'no-leader': { style: 'bad', bar: 'leaderless', meaning: 'knows no leader' },
  electing: {
    style: 'busy',
    bar: 'leaderless',
    meaning: 'no quorum of the servers agrees on a leader yet, or the leader was just elected',
  },
} as const satisfies Readonly<Record<string, ServerStateInfo>>;

type ServerState = keyof typeof SERVER_STATES;
export const SERVER_STATE_NAMES = Object.keys(SERVER_STATES) as ServerState[];

/** The name of a state in words: `in-service` is `in service`. */
export function formatStateName(state: ServerState | BalancerState): string {
  return state === 'non-voter' ? state : state.replaceAll('-', ' ');
}

const WORST_TRAFFIC_FIRST = ['draining', 'out-of-service', 'registering', 'absent', 'in-service', 'unused'] as const;

/** The worst state of a server among its load balancers; undefined where none lists it. */
export function findTrafficState({ balancers }: Server): Exclude<BalancerState, 'absent'> | undefined {
  const states = Object.values(balancers);
  const worst = WORST_TRAFFIC_FIRST.find((state) => states.includes(state));
  return worst === 'absent' ? undefined : worst;
}

/** Whether a server takes traffic: from every load balancer, or as a voter where there is no load balancer. */
export function takesTraffic(server: Server): boolean {
  const balanced = Object.keys(server.balancers).length > 0;
  return balanced ? isInService(server) : server.peer?.voter === true;
}

const MEMBER_STATES: readonly ServerState[] = ['voter', 'passed-gates', 'ready'];

/** One word for a server: a voter by its traffic, any other server by its Raft state. */
export function determineServerState(server: Server, known: Knowledge): ServerState {
  const state = determineRaftState(server, known);
  if (!MEMBER_STATES.includes(state)) return state;
  if (findTrafficState(server) === 'draining') return 'draining';
  return takesTraffic(server) ? 'in-service' : state;
}

/** The Raft state of a server, its traffic left aside. The leader is a `voter`. */
function determineRaftState(server: Server, known: Knowledge): ServerState {
  const { observation, memory } = known;
  if (server.lifecycle === 'Gone') return 'terminated';
  if (isTerminating(server)) return 'terminating';
  const wasAsked = memory.leaveRequests[server.instanceId] !== undefined;
  if (server.agent.kind === 'down') return determineSilentState(server, observation, wasAsked);
  if (observation.raft === undefined) return server.agent.leader === '' ? 'no-leader' : 'electing';
  // A watcher did not hear the request: an old server out of Raft beside new ones has left all the same.
  const hasLeft = wasAsked || (isFromBeforeRoll(server, observation) && observation.new !== undefined);
  if (server.peer === undefined) return hasLeft ? 'left' : 'not-joined';
  return determineMemberState(server, server.agent, server.peer, known);
}

function determineSilentState(server: Server, observation: Observation, wasAsked: boolean): ServerState {
  if (isInstanceGone(server) && !wasAsked) return 'gone';
  const unknown = observation.raft === undefined && server.side === 'old';
  if (server.peer !== undefined || unknown) return wasAsked ? 'leaving' : 'not-answering';
  // Without a new side no server was asked to leave.
  const alone = server.side === 'old' && observation.new === undefined;
  if (wasAsked || (isFromBeforeRoll(server, observation) && !alone)) return 'left';
  if (server.lifecycle !== 'InService') return 'booting';
  return alone && !isYoung(server, observation.atMs) ? 'down' : 'starting';
}

/** An old server from before the roll; a rollback launches some that are younger, and have yet to join. */
function isFromBeforeRoll({ side, launchedAtMs }: Server, { servers }: Observation): boolean {
  return side === 'old' && !servers.some((one) => one.side === 'new' && one.launchedAtMs < launchedAtMs);
}

function determineMemberState(
  server: Server,
  agent: AgentUp,
  peer: Peer,
  { observation, memory }: Knowledge,
): ServerState {
  if (memory.leaveRequests[server.instanceId] !== undefined || agent.isLeaving) return 'leaving';
  if (!peer.voter) return agent.leader === '' ? 'no-leader' : 'non-voter';
  if (peer.leader && (peer.healthy || !isHealthKnown(observation))) return 'voter';
  if (!peer.healthy) return isHealthKnown(observation) ? 'unhealthy' : 'electing';
  if (server.side === 'old' || findFailedGates(observation, server).length > 0) return 'voter';
  return isReady({ observation, memory }, server) ? 'ready' : 'passed-gates';
}

/** `leader`, `voter`, `not joined`. */
export function formatRaftState(server: Server, known: Knowledge): string {
  const state = determineRaftState(server, known);
  return state === 'voter' && server.peer?.leader === true ? 'leader' : formatStateName(state);
}

/** Raft state and traffic: `voter, in service`. */
export function formatServerState(server: Server, known: Knowledge): string {
  const traffic = findTrafficState(server);
  return [formatRaftState(server, known), traffic && formatStateName(traffic)].filter(Boolean).join(', ');
}

/** How the line of a server is shown: a voter by its traffic, any other server by its Raft state. */
export function chooseServerStyle(server: Server, known: Knowledge): Style {
  const state = determineRaftState(server, known);
  const traffic = findTrafficState(server);
  if (!MEMBER_STATES.includes(state) || traffic === undefined) return SERVER_STATES[state].style;
  return traffic === 'in-service' ? 'good' : 'busy';
}
