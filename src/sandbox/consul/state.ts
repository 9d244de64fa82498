import type { EventQueue } from './event-queue.js';
import type { RaftLog } from './raft/log.js';
import type { Random } from './random.js';
import type { Store } from './store/store.js';

/** Member states of gossip, by Consul's numbers. */
export const MEMBER_STATUS = { alive: 1, leaving: 2, left: 3, failed: 4 } as const;

export type MemberStatus = (typeof MEMBER_STATUS)[keyof typeof MEMBER_STATUS];

/** One server as the others of its pool see it. */
export interface Member {
  readonly server: Server;
  status: MemberStatus;
  /** When it came to this status, Consul's milliseconds. */
  sinceMs: number;
}

/** Servers that found each other by gossip. What one of them learns, all of them learn. */
export interface Pool {
  /** By node name. */
  readonly members: Map<string, Member>;
}

/** Servers of one raft configuration's history: one log, at most one acting leader. */
export interface Group {
  readonly log: RaftLog;
  readonly store: Store;
  /** The server that last won an election; it may have died, paused or stepped down since. */
  leader: Server | undefined;
  /** Changes with every election, so that what an earlier leader scheduled has no effect. */
  epoch: number;
  /** The leader's first entry is committed: it reconciles, promotes and answers consistent reads. */
  established: boolean;
  /** When autopilot began to run on this leader, Consul's milliseconds. */
  autopilotSinceMs: number;
  /** By raft id, as of the last health pass; empty before the first. */
  health: ServerHealth[];
  /** Configuration changes that wait for the one before them to be committed. */
  readonly changes: PendingChange[];
  replicationDue: boolean;
}

/** A configuration change that has not begun. */
export interface PendingChange {
  begin(): void;
  /** The leader no longer leads. */
  abandon(message: string): void;
}

/** One simulated server process with what is on its disk. */
export interface Server {
  /** Unique in the network: of the machine. */
  readonly nodeName: string;
  /** Consul's node name where it is that of another server. */
  readonly claimedName: string | undefined;
  /** The pool that it has reached and that refuses it: a live member has its name. */
  refusedBy: Pool | undefined;
  readonly nodeId: string;
  readonly address: string;
  /** Where Raft listens: `address:8300`. */
  readonly raftAddress: string;
  readonly version: string;
  readonly retryJoin: readonly string[];
  bootstrapExpect: number;
  /** What it was started with, as its gossip tags say; 0 for none. */
  configuredExpect: number;
  /** Counts the process's starts, so that what an earlier run scheduled has no effect. */
  run: number;
  /** When this run of the process began, Consul's milliseconds. */
  startedMs: number;
  life: 'starting' | 'running' | 'paused' | 'dead';
  pausedSinceMs: number;
  pool: Pool;
  group: Group | undefined;
  /** How much of the group's log is on its disk. */
  lastLogIndex: number;
  /** Applied up to here at least; `appliedIndex` brings it up to date. */
  appliedIndex: number;
  /** It bootstrapped a cluster before it joined this one: what was written up to this index is not in its state. */
  lacksUpTo: number;
  /** It receives the leader's entries as they come; false until it has caught up. */
  replicating: boolean;
  role: 'follower' | 'candidate' | 'leader';
  term: number;
  votedFor: Server | undefined;
  /** Whom it takes for the leader. */
  leaderView: Server | undefined;
  /** This run of the process has heard from a leader, or been one; without that it does not answer stale reads. */
  heardLeader: boolean;
  /** When it lost contact with that leader; undefined while contact lasts. */
  contactLostMs: number | undefined;
  /** Changes whenever the election timer is set or stopped. */
  timer: number;
  leaving: boolean;
  /** Its HTTP API refuses a request to leave. */
  leaveBlocked: boolean;
  /** Its port 8300 is closed to the others: it hears no leader, and no candidate. */
  deaf: boolean;
  /** It has left gossip and refuses RPC. */
  refusing: boolean;
  /** Requests not yet answered. */
  readonly calls: Set<PendingCall>;
  /** Waits for a leader. */
  readonly held: Set<() => void>;
  /** Waits for the process to be resumed. */
  readonly onResume: (() => void)[];
  /** How far its applied state is behind what is committed, milliseconds. */
  readonly applyLagMs: number;
}

/** A request under way; when the server dies it is reset. */
export interface PendingCall {
  reset(): void;
}

/** Events of the network. */
export interface NetworkEvents {
  /** A process listens on its address. */
  listening?(address: string): void;
  /** A process has ended: it exited after a leave, or was killed. */
  gone?(address: string, how: ExitReason): void;
}

export type ExitReason = 'left' | 'killed';

/** What happens to a server outside of its own calls; `createConsulNetwork` says what follows. */
export interface Reactions {
  /** It has not heard from a leader in time. */
  electionTimeout(net: Net, server: Server): void;
  /** A leader learns by gossip that a member of its pool has a new status. */
  memberChanged(net: Net, leader: Server, member: Member): void;
}

/** The whole simulated network. */
export interface Net {
  /** Consul's own time, milliseconds since the network began. */
  nowMs: number;
  readonly speed: number;
  /** `raft_multiplier` of every server. */
  readonly raftMultiplier: number;
  /** The outer clock at the beginning, milliseconds since 1970. */
  readonly startMs: number;
  readonly queue: EventQueue;
  readonly random: Random;
  /** By address. */
  readonly servers: Map<string, Server>;
  readonly listeners: Set<NetworkEvents>;
  readonly reactions: Reactions;
}

/** Runs something after a delay of Consul's own time. */
export function scheduleAfter(net: Net, delayMs: number, run: () => void): void {
  net.queue.schedule(net.nowMs + delayMs, run);
}

/** The outer clock's time of a moment of Consul's own time, milliseconds since 1970. */
export function toRealMs(net: Net, consulMs: number): number {
  return net.startMs + consulMs / net.speed;
}

/** Runs something after a delay, if the process it belongs to still runs then; a paused one runs it once resumed. */
export function scheduleOnServer(net: Net, server: Server, delayMs: number, run: () => void): void {
  const started = server.run;
  scheduleAfter(net, delayMs, () => whenRunning(server, started, run));
}

function whenRunning(server: Server, started: number, run: () => void): void {
  if (server.run !== started || server.life === 'dead') return;
  if (server.life === 'paused') server.onResume.push(() => whenRunning(server, started, run));
  else run();
}

/** Its node name, as gossip and its own agent have it. */
export function getGossipName({ claimedName, nodeName }: Server): string {
  return claimedName ?? nodeName;
}

/** It runs and can be reached. */
export function isUp(server: Server): boolean {
  return server.life === 'running';
}

/** It runs, and the others can reach its Raft. */
export function hears(server: Server): boolean {
  return isUp(server) && !server.deaf;
}

/** It acts as leader now. */
export function isLeading(server: Server): boolean {
  return isUp(server) && server.role === 'leader' && server.group?.leader === server;
}

/** The server that acts as leader of a group, if one does. */
export function findActingLeader(group: Group): Server | undefined {
  return group.leader !== undefined && isLeading(group.leader) ? group.leader : undefined;
}

const RAFT_PORT = 8300;

/** Where the Raft of a server at this address listens. */
export function getRaftAddress(address: string): string {
  return [address, RAFT_PORT].join(':');
}

/** Health of one server of the Raft configuration, as of autopilot's last check. */
export interface ServerHealth {
  readonly id: string;
  /** Empty when gossip does not know the server. */
  readonly name: string;
  readonly address: string;
  readonly serfStatus: 'none' | 'alive' | 'leaving' | 'left' | 'failed';
  /** Empty when gossip does not know the server. */
  readonly version: string;
  readonly leader: boolean;
  readonly voter: boolean;
  /** Undefined when the server did not answer. */
  readonly lastContactMs: number | undefined;
  readonly lastTerm: number;
  readonly lastIndex: number;
  readonly healthy: boolean;
  /** Since when `healthy` has been what it is, Consul's milliseconds; undefined when it never answered. */
  readonly stableSinceMs: number | undefined;
}

/** The body of `operator/autopilot/health`. */
export interface ClusterHealth {
  readonly healthy: boolean;
  /** Healthy voters beyond the quorum, never below 0. */
  readonly failureTolerance: number;
  readonly servers: readonly ServerHealth[];
}
