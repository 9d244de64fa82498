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
export class ConsulReads {
  constructor(
    /** The inside, for the HTTP face. */
    readonly inside: Net,
  ) {}

  /** `status/leader`: `ip:8300`, or empty. */
  leader(address: string): Answer<string> {
    return this.#local(address, leaderOf);
  }

  /** `status/peers`, non-voters included. */
  peers(address: string): Answer<string[]> {
    return this.#local(address, peersOf);
  }

  /** `operator/raft/configuration`, from the leader or, when stale, as this server has it. */
  raftConfiguration(address: string, { stale = false } = {}): Answer<RaftServer[]> {
    if (!stale) return this.#onLeader(address, raftConfigurationOf);
    const asked = this.#local(address, (server) => server);
    if (!asked.ok) return asked;
    return asked.value.heardLeader ? success(raftConfigurationOf(asked.value)) : NO_LEADER;
  }

  /** `operator/autopilot/health`; an unhealthy cluster is an answer, not a failure. */
  autopilotHealth(address: string): Answer<ClusterHealth> {
    return this.#onLeader(address, clusterHealthOf);
  }

  /** `operator/autopilot/state` (since 1.9). */
  autopilotState(address: string): Answer<AutopilotState> {
    return this.#onLeader(address, autopilotStateOf);
  }

  /** `agent/self`. */
  self(address: string): Answer<AgentSelf> {
    return this.#local(address, (server) => selfOf(this.inside, server));
  }

  /** `agent/members`. */
  members(address: string): Answer<MemberView[]> {
    return this.#local(address, membersOf);
  }

  #local<T>(address: string, look: (server: Server) => T): Answer<T> {
    const server = this.inside.servers.get(address);
    if (server?.life === 'frozen') return NO_ANSWER;
    return server?.life === 'running' ? success(look(server)) : REFUSED;
  }

  #onLeader<T>(address: string, look: (leader: Server) => T): Answer<T> {
    const asked = this.#local(address, (server) => server);
    if (!asked.ok) return asked;
    const leader = asked.value.refusing ? undefined : asked.value.leaderView;
    return leader !== undefined && isLeading(leader) ? success(look(leader)) : NO_LEADER;
  }
}

/** Whom a server takes for the leader, as `ip:8300`; empty for nobody. */
export function leaderOf(server: Server): string {
  return server.leaderView === undefined ? '' : server.leaderView.raftAddress;
}

/** Everyone in raft as a server has it, as `ip:8300`. */
export function peersOf(server: Server): string[] {
  return configurationOf(server).map((peer) => peer.address);
}
