import { type Answer, NO_ANSWER, NO_LEADER, REFUSED, success } from './answers.js';
import type { ClusterHealth } from './autopilot/health.js';
import { type AgentSelf, type MemberView, membersOf, selfOf } from './operations/agent.js';
import { type AutopilotState, autopilotStateOf, clusterHealthOf } from './operations/autopilot.js';
import { type RaftServer, raftConfigurationOf } from './operations/raft-configuration.js';
import { configurationOf } from './raft/configuration.js';
import { isLeading, type Net, type Server } from './state.js';

/**
 * Reads that answer at once what a client of this server would be told now. Where it would have to wait for a leader
 * they fail at once with "No cluster leader"; a server that is down or frozen fails with status 0.
 */
export interface ConsulReads {
  /** `status/leader`: `ip:8300`, or empty. */
  leader(address: string): Answer<string>;
  /** `status/peers`, non-voters included. */
  peers(address: string): Answer<string[]>;
  /** `operator/raft/configuration`, from the leader or, when stale, as this server has it. */
  raftConfiguration(address: string, options?: { readonly stale?: boolean }): Answer<RaftServer[]>;
  /** `operator/autopilot/health`; an unhealthy cluster is an answer, not a failure. */
  autopilotHealth(address: string): Answer<ClusterHealth>;
  /** `operator/autopilot/state` (since 1.9). */
  autopilotState(address: string): Answer<AutopilotState>;
  /** `agent/self`. */
  self(address: string): Answer<AgentSelf>;
  /** `agent/members`. */
  members(address: string): Answer<MemberView[]>;
}

export function readsOf(net: Net): ConsulReads {
  const local =
    <T>(look: (server: Server) => T) =>
    (address: string): Answer<T> => {
      const server = net.servers.get(address);
      if (server?.life === 'frozen') return NO_ANSWER;
      return server?.life === 'running' ? success(look(server)) : REFUSED;
    };
  const onLeader =
    <T>(look: (leader: Server) => T) =>
    (address: string): Answer<T> => {
      const asked = local((server) => server)(address);
      if (!asked.ok) return asked;
      const leader = asked.value.refusing ? undefined : asked.value.leaderView;
      return leader !== undefined && isLeading(leader) ? success(look(leader)) : NO_LEADER;
    };
  const staleConfiguration = (address: string): Answer<RaftServer[]> => {
    const asked = local((server) => server)(address);
    if (!asked.ok) return asked;
    return asked.value.heardLeader ? success(raftConfigurationOf(asked.value)) : NO_LEADER;
  };
  const leaderConfiguration = onLeader(raftConfigurationOf);
  return {
    leader: local(leaderOf),
    peers: local(peersOf),
    raftConfiguration: (address, { stale = false } = {}) =>
      stale ? staleConfiguration(address) : leaderConfiguration(address),
    autopilotHealth: onLeader(clusterHealthOf),
    autopilotState: onLeader(autopilotStateOf),
    self: local((server) => selfOf(net, server)),
    members: local(membersOf),
  };
}

/** Whom a server takes for the leader, as `ip:8300`; empty for nobody. */
export function leaderOf(server: Server): string {
  return server.leaderView === undefined ? '' : server.leaderView.raftAddress;
}

/** Everyone in raft as a server has it, as `ip:8300`. */
export function peersOf(server: Server): string[] {
  return configurationOf(server).map((peer) => peer.address);
}
