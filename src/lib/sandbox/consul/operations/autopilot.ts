import { type ClusterHealth, type ServerHealth, summarize } from '../autopilot/health.js';
import type { Server } from '../state.js';

/** What the leader says of everyone's health, as of autopilot's last look. */
export function clusterHealthOf(leader: Server): ClusterHealth {
  return summarize(leader.group?.health ?? []);
}

/** What `operator/autopilot/state` says. */
export interface AutopilotState extends ClusterHealth {
  /** Raft id of the leader. */
  readonly leader: string;
  /** Raft ids, the leader first. */
  readonly voters: readonly string[];
}

export function autopilotStateOf(leader: Server): AutopilotState {
  const health = clusterHealthOf(leader);
  const byLeader = (one: ServerHealth, other: ServerHealth): number =>
    Number(other.leader) - Number(one.leader);
  const electorate = health.servers.filter((server) => server.voter).sort(byLeader);
  return { ...health, leader: leader.nodeId, voters: electorate.map(({ id }) => id) };
}
