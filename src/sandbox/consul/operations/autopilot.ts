import type { ReplyCallback } from '../answers.js';
import type { AutopilotConfiguration } from '../autopilot/configuration.js';
import { summarizeHealth } from '../autopilot/health.js';
import { writeStore } from '../rpc/write.js';
import type { ClusterHealth, Net, Server, ServerHealth } from '../state.js';

/** The health of all servers from the leader, as of autopilot's last check. */
export function getClusterHealth(leader: Server): ClusterHealth {
  return summarizeHealth(leader.group?.health ?? []);
}

/** The body of `operator/autopilot/state`. */
export interface AutopilotState extends ClusterHealth {
  /** Raft id of the leader. */
  readonly leader: string;
  /** Raft ids, the leader first. */
  readonly voters: readonly string[];
}

export function getAutopilotState(leader: Server): AutopilotState {
  const health = getClusterHealth(leader);
  const byLeader = (one: ServerHealth, other: ServerHealth): number => Number(other.leader) - Number(one.leader);
  const electorate = health.servers.filter((server) => server.voter).sort(byLeader);
  return { ...health, leader: leader.nodeId, voters: electorate.map(({ id }) => id) };
}

/** `PUT operator/autopilot/configuration`: replaces all of it; false when `cas` is not its modify index. */
export function configureAutopilot(
  net: Net,
  server: Server,
  next: AutopilotConfiguration,
  cas: number | undefined,
  reply: ReplyCallback<boolean>,
): void {
  writeStore(net, server, reply, { apply: (group, index) => group.store.configureAutopilot(next, cas, index) });
}
