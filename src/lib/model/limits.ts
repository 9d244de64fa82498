import type { Limits } from './intent.js';
import type { Observation } from './observation.js';

/** An election of servers with Raft timeouts of up to 5 s (`raft_multiplier = 5`, Consul's default) ends within this. */
const MIN_LEADER_TIMEOUT_MS = 60_000;
/** A server answers a leave request after 14 to 15 s. One that is still in Raft after a minute will not leave by itself. */
const MIN_LEAVE_TIMEOUT_MS = 60_000;
/**
 * A leave shows in what the server says of itself within this time: it leaves WAN gossip first, which takes 3.5 to 5.1 s
 * (measured on 1.8.7).
 */
export const LEAVE_VISIBLE_MS = 6_000;
const MIN_TRANSFER_TIMEOUT_MS = 15_000;

/**
 * Raft draws a timeout from one to two times the configured one. Two pass until a follower misses its leader, and two in
 * each of five rounds of votes: servers that become candidates at the same time split the votes.
 */
const TIMEOUTS_PER_ELECTION = 12;
/** Raft gives a transfer of leadership one election timeout; the next leader then needs one more to be known. */
const TIMEOUTS_PER_TRANSFER = 2;

/** A server is watched for crashes between two observations that find it ready. */
const MIN_STREAK = 2;

/** In how many consecutive observations a server must pass every gate. */
export function findGateStreak({ successThreshold }: Limits): number {
  return Math.max(MIN_STREAK, successThreshold);
}

interface Known {
  readonly observation: ObservedServers;
  readonly limits: Limits;
}

type ObservedServers = Pick<Observation, 'servers'>;

/** How long there may be no leader, or two, before manual action is required: longer where elections take longer. */
export function findLeaderTimeoutMs({ observation, limits }: Known): number {
  const slowMs = TIMEOUTS_PER_ELECTION * findRaftTimeoutMs(observation);
  return limits.leaderTimeoutMs ?? Math.max(MIN_LEADER_TIMEOUT_MS, slowMs);
}

/** From a leave request until the server is out of Raft, and again until its agent is down. Raft needs a leader for it. */
export function findLeaveTimeoutMs(known: Known): number {
  return known.limits.leaveTimeoutMs ?? Math.max(MIN_LEAVE_TIMEOUT_MS, findLeaderTimeoutMs(known));
}

/** After this the leader is asked to leave, which causes an election too. */
export function findTransferTimeoutMs(observation: ObservedServers): number {
  return Math.max(MIN_TRANSFER_TIMEOUT_MS, TIMEOUTS_PER_TRANSFER * findRaftTimeoutMs(observation));
}

/** The longest of any server: each votes by its own. */
function findRaftTimeoutMs({ servers }: ObservedServers): number {
  return Math.max(0, ...servers.map(({ agent }) => (agent.kind === 'up' ? (agent.raftTimeoutMs ?? 0) : 0)));
}
