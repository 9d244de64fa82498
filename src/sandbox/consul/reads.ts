import { createSuccess, NO_LEADER, REFUSED, type RpcResult, TIMED_OUT } from './answers.js';
import { type AgentSelf, getAgentSelf, listMembers, type MemberView } from './operations/agent.js';
import { type AutopilotState, getAutopilotState, getClusterHealth } from './operations/autopilot.js';
import { listRaftServers, type RaftServer } from './operations/raft-configuration.js';
import { getConfiguration } from './raft/configuration.js';
import type { ClusterHealth } from './state.js';
import { isLeading, type Net, type Server } from './state.js';

/**
 * Reads that return at once what this server would answer now. Where it would have to wait for a leader
 * they fail at once with "No cluster leader"; a server that is down or paused fails with status 0.
 */
export class ConsulReads {
  constructor(
    /** The state, for the HTTP API. */
    readonly inside: Net,
  ) {}

  /** `status/leader`: `ip:8300`, or empty. */
  leader(address: string): RpcResult<string> {
    return this.#local(address, getLeaderAddress);
  }

  /** `status/peers`, non-voters included. */
  peers(address: string): RpcResult<string[]> {
    return this.#local(address, listPeerAddresses);
  }

  /** `operator/raft/configuration`, from the leader or, when stale, as this server has it. */
  raftConfiguration(address: string, { stale = false } = {}): RpcResult<RaftServer[]> {
    if (!stale) return this.#onLeader(address, listRaftServers);
    const asked = this.#local(address, (server) => server);
    if (!asked.ok) return asked;
    return asked.value.heardLeader ? createSuccess(listRaftServers(asked.value)) : NO_LEADER;
  }

  /** `operator/autopilot/health`; an unhealthy cluster is an answer, not a failure. */
  autopilotHealth(address: string): RpcResult<ClusterHealth> {
    return this.#onLeader(address, getClusterHealth);
  }

  /** `operator/autopilot/state` (since 1.9). */
  autopilotState(address: string): RpcResult<AutopilotState> {
    return this.#onLeader(address, getAutopilotState);
  }

  /** `agent/self`. */
  self(address: string): RpcResult<AgentSelf> {
    return this.#local(address, (server) => getAgentSelf(this.inside, server));
  }

  /** `agent/members`. */
  members(address: string): RpcResult<MemberView[]> {
    return this.#local(address, listMembers);
  }

  #local<T>(address: string, read: (server: Server) => T): RpcResult<T> {
    const server = this.inside.servers.get(address);
    if (server?.life === 'paused') return TIMED_OUT;
    return server?.life === 'running' ? createSuccess(read(server)) : REFUSED;
  }

  #onLeader<T>(address: string, read: (leader: Server) => T): RpcResult<T> {
    const asked = this.#local(address, (server) => server);
    if (!asked.ok) return asked;
    const leader = asked.value.refusing ? undefined : asked.value.leaderView;
    return leader !== undefined && isLeading(leader) ? createSuccess(read(leader)) : NO_LEADER;
  }
}

/** The server's current leader, as `ip:8300`; empty when it knows none. */
export function getLeaderAddress(server: Server): string {
  return server.leaderView === undefined ? '' : server.leaderView.raftAddress;
}

/** Everyone in raft as a server has it, as `ip:8300`. */
export function listPeerAddresses(server: Server): string[] {
  return getConfiguration(server).map((peer) => peer.address);
}
