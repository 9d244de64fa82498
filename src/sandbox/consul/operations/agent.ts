import { createFailure, createSuccess, type ReplyCallback } from '../answers.js';
import { setMemberStatus } from '../gossip/pool.js';
import { getConfiguration, listVoters } from '../raft/configuration.js';
import { getAppliedIndex, getLastContactMs } from '../raft/replication.js';
import { getGossipName, isLeading, isUp, MEMBER_STATUS, type MemberStatus, type Net, type Server } from '../state.js';

/** What a server reports about itself, without a leader. */
export interface AgentSelf {
  readonly nodeName: string;
  readonly nodeId: string;
  readonly address: string;
  readonly version: string;
  readonly raft: RaftStats;
}

/** A server's own view of raft. */
export interface RaftStats {
  readonly state: 'Leader' | 'Follower' | 'Candidate';
  readonly term: number;
  readonly appliedIndex: number;
  readonly commitIndex: number;
  readonly lastLogIndex: number;
  /** Undefined when it never heard from a leader; 0 on the leader. */
  readonly lastContactMs: number | undefined;
  /** Voters other than this one. */
  readonly numPeers: number;
}

export function getAgentSelf(net: Net, server: Server): AgentSelf {
  const { nodeId, address, version } = server;
  return { nodeName: getGossipName(server), nodeId, address, version, raft: raftStats(net, server) };
}

function raftStats(net: Net, server: Server): RaftStats {
  const leads = isLeading(server);
  const applied = getAppliedIndex(net, server);
  const electorate = listVoters(getConfiguration(server));
  return {
    state: leads ? 'Leader' : server.role === 'candidate' ? 'Candidate' : 'Follower',
    term: server.term,
    appliedIndex: applied,
    commitIndex: leads ? (server.group?.log.commitIndex ?? 0) : applied,
    lastLogIndex: server.lastLogIndex,
    lastContactMs: getLastContactMs(net, server),
    numPeers: electorate.filter((peer) => peer.id !== server.nodeId).length,
  };
}

/** A member of `agent/members`. */
export interface MemberView {
  readonly nodeName: string;
  readonly nodeId: string;
  readonly address: string;
  readonly version: string;
  readonly status: MemberStatus;
  /** Its `bootstrap_expect`; 0 for none. */
  readonly expect: number;
}

/** The members a server knows by gossip, itself included. */
export function listMembers(server: Server): MemberView[] {
  return [...server.pool.members.values()].map(({ server, status }) => {
    const { nodeId, address, version, configuredExpect: expect } = server;
    return { nodeName: getGossipName(server), nodeId, address, version, status, expect };
  });
}

/**
 * `PUT agent/force-leave/:node`: a failed member is forced to leave, also one that is not missed yet; a live one stays. `prune` also removes it from the list.
 */
export function forceLeave(
  net: Net,
  server: Server,
  nodeName: string,
  prune: boolean,
  reply: ReplyCallback<void>,
): void {
  const member = server.pool.members.get(nodeName);
  if (member === undefined) {
    reply(createFailure(500, `agent: No node found with name '${nodeName}'`));
    return;
  }
  const isGone = member.status !== MEMBER_STATUS.left && !isUp(member.server);
  if (isGone) setMemberStatus(net, server.pool, member, MEMBER_STATUS.left);
  if (prune && member.status === MEMBER_STATUS.left) server.pool.members.delete(nodeName);
  reply(createSuccess(undefined));
}
