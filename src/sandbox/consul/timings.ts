/**
 * Every delay of the simulated Consul, in milliseconds of Consul's own time (the network divides them by its
 * `speed`). `CONSUL.md` beside this file says where each comes from.
 */

/** A range a delay is drawn from, milliseconds. */
export interface Range {
  readonly minMs: number;
  readonly maxMs: number;
}

/** One round of append and acknowledgement between two servers, with its write to disk. */
export const ROUND_TRIP: Range = { minMs: 1, maxMs: 3 };
/** How far behind the commit a follower applies it. */
export const APPLY_LAG: Range = { minMs: 5, maxMs: 50 };
/** Time since the leader's last heartbeat, as a follower reports it. */
export const HEARTBEAT_AGE: Range = { minMs: 5, maxMs: 60 };
/** A server that joins, resumes or follows a new leader receives the rest of the log within this. */
export const CATCH_UP: Range = { minMs: 10, maxMs: 60 };
/** Further catch-up time an entry missing from a server's log. */
export const CATCH_UP_PER_ENTRY_MS = 0.01;

/** `raft_multiplier 1`: heartbeat and election timeouts are drawn from one to two times this. */
export const ELECTION_TIMEOUT_MS = 1_000;
/** A leader that has not heard from a majority for this long steps down (`raft_multiplier 1`). */
export const LEADER_LEASE_MS = 500;
/** From the last vote to acting as leader: votes written to disk, first entry sent. */
export const ASSUME_LEADERSHIP: Range = { minMs: 10, maxMs: 60 };
/** A planned handover of leadership, from the request to the target's election. */
export const LEADERSHIP_TRANSFER: Range = { minMs: 10, maxMs: 50 };

/** How long a request waits for a leader before "No cluster leader" (`rpc_hold_timeout`). */
export const RPC_HOLD_MS = 7_000;
/** A held request tries again within a sixteenth of the hold time once there is a leader. */
export const HOLD_RETRY: Range = { minMs: 0, maxMs: 437 };
/** A request forwarded to a server that has stopped answering gives up after this. */
export const FORWARD_TIMEOUT_MS = 30_000;

/** From the start of the process to its first attempt to join and an answering HTTP port. */
export const AGENT_START: Range = { minMs: 150, maxMs: 400 };
/** How often an agent that could not join tries again (`retry_interval`, set to a second here). */
export const JOIN_RETRY_MS = 1_000;
/** From an event in gossip to the leader acting on it. */
export const GOSSIP_DELAY: Range = { minMs: 20, maxMs: 200 };
/** Until a member that gossip has for failed hears of it, and tells the others that it runs. */
export const REFUTE: Range = { minMs: 500, maxMs: 25_000 };
/** From a server's death to its neighbours' first suspicion: one probe interval and its timeout. */
export const PROBE: Range = { minMs: 500, maxMs: 2_500 };
/** Suspicion lasts this long when enough neighbours confirm it (multiplier 4, probe interval 1 s). */
export const SUSPICION_MIN_MS = 4_000;
/** Suspicion without confirmation lasts this many times longer. */
export const SUSPICION_MAX_FACTOR = 6;
/** Failed members are forgotten after this (`reconnect_timeout`). */
export const REAP_AFTER_MS = 72 * 3_600_000;

/** How often the leader compares gossip with Raft. */
export const RECONCILE_INTERVAL_MS = 60_000;
/** How often autopilot reads every server's health. */
export const HEALTH_INTERVAL_MS = 2_000;
/** How often autopilot promotes and prunes. */
export const AUTOPILOT_INTERVAL_MS = 10_000;

/** Leaving WAN gossip, before leaving LAN gossip. */
export const LEAVE_WAN: Range = { minMs: 3_500, maxMs: 5_100 };
/** From the intent to leave to the status `left`, as the others see it. */
export const LEAVE_LAN: Range = { minMs: 200, maxMs: 1_200 };
/** What remains of leaving LAN gossip after that. */
export const LEAVE_PROPAGATION_MS = 3_200;
/** `leave_drain_time`: RPC is refused, then the agent waits this long. */
export const LEAVE_DRAIN_MS = 5_000;
/** A follower checks for its own removal at this interval... */
export const LEAVE_POLL_MS = 50;
/** ...for at most this long, then leaves all the same. */
export const LEAVE_POLL_LIMIT_MS = 5_000;

/** A session lives this many times its TTL without renewal. */
export const SESSION_TTL_FACTOR = 2;
