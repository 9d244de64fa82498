import { type AgentUp, parseHost, type Server } from './server.js';

/** Arithmetic of Raft majorities. Source: the Raft paper; table in HashiCorp's Consul documentation. */

/** Votes needed to elect a leader or commit a write among `voters` voters. */
function computeQuorum(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** Voters that exist, voters that are healthy, and what a majority of them takes. */
export interface QuorumMargin {
  readonly voters: number;
  readonly healthy: number;
  readonly quorum: number;
  /** Healthy voters beyond the quorum; negative when the quorum is gone. */
  readonly margin: number;
}

/** The same as far as it is known: a leader that was just elected has not reported health yet. */
export interface KnownQuorumMargin extends Pick<QuorumMargin, 'voters' | 'quorum'> {
  readonly healthy: number | undefined;
  readonly margin: number | undefined;
}

export function computeQuorumMargin(voters: number, healthy: number): QuorumMargin {
  const quorum = computeQuorum(voters);
  return { voters, healthy, quorum, margin: healthy - quorum };
}

/** Whom one server names as the leader. */
export interface LeaderAnswer {
  readonly instanceId: string;
  readonly address: string;
  /** `ip:8300`, or empty. */
  readonly leader: string;
}

/** Who leads, according to the servers, each asked directly. */
export type Leadership =
  | { readonly kind: 'agreed'; readonly leader: string; readonly server: Server }
  | { readonly kind: 'none'; readonly answers: readonly LeaderAnswer[] }
  | { readonly kind: 'disputed'; readonly answers: readonly LeaderAnswer[] }
  /** All servers name a leader that is not an instance of the groups of the cluster. */
  | { readonly kind: 'unknown-leader'; readonly leader: string };

/**
 * Who leads, according to the members of the cluster: the servers in the Raft configuration of the leader that most
 * servers name. A leader that is an instance of the cluster is preferred to any other, even if more servers name the
 * other. A server that is in no configuration does not count: a new one has not joined, or has joined another cluster;
 * an old one has left.
 */
export function determineLeadership(servers: readonly Server[]): Leadership {
  const [leader, rival] = findMostNamedLeaders(servers);
  if (leader === undefined) return { kind: 'none', answers: listLeaderAnswers(servers) };
  if (rival !== undefined) return { kind: 'disputed', answers: listLeaderAnswers(servers) };
  const server = findServerAt(servers, leader);
  if (server === undefined) return { kind: 'unknown-leader', leader };
  const members = findMembersKnownTo(server, servers);
  const dissent = members.filter((member) => member.agent.leader !== leader);
  if (dissent.length === 0) return { kind: 'agreed', leader, server };
  const named = dissent.some((member) => member.agent.leader !== '');
  return { kind: named ? 'disputed' : 'none', answers: listLeaderAnswers(servers) };
}

function findServerAt(servers: readonly Server[], raftAddress: string): Server | undefined {
  const host = parseHost(raftAddress);
  return servers.find(({ address }) => address === host);
}

type LiveServer = Server & { readonly agent: AgentUp };

function isUp(server: Server): server is LiveServer {
  return server.agent.kind === 'up';
}

/**
 * The servers that answer and are in the leader's own list of peers; all that answer, if the leader does not. A server
 * that knows no peers is left out: the leader has added it but cannot reach it (its server port is closed), so it does
 * not know the leader.
 */
function findMembersKnownTo(leader: Server, servers: readonly Server[]): LiveServer[] {
  const live = servers.filter(isUp);
  if (leader.agent.kind !== 'up') return live;
  const hosts = leader.agent.peers.map(parseHost);
  return live.filter(({ address = '', agent }) => hosts.includes(address) && agent.peers.length > 0);
}

/**
 * The leader that most servers name; an instance of the cluster is preferred to any other. Each server's vote is
 * weighted by the members it counts, so that single servers cannot outvote a cluster. More than one leader if two
 * clusters have the same weight: nothing here distinguishes the real one from an empty one.
 */
function findMostNamedLeaders(servers: readonly Server[]): readonly string[] {
  const votes = countNominations(servers);
  const named = [...votes.keys()];
  const own = named.filter((leader) => findServerAt(servers, leader) !== undefined);
  const candidates = own.length > 0 ? own : named;
  if (candidates.length < 2) return candidates;
  const most = Math.max(...candidates.map((leader) => votes.get(leader) ?? 0));
  return candidates.filter((leader) => votes.get(leader) === most);
}

function countNominations(servers: readonly Server[]): ReadonlyMap<string, number> {
  const votes = new Map<string, number>();
  for (const { agent } of servers) {
    if (agent.kind !== 'up' || agent.leader === '') continue;
    votes.set(agent.leader, (votes.get(agent.leader) ?? 0) + agent.peers.length);
  }
  return votes;
}

function listLeaderAnswers(servers: readonly Server[]): readonly LeaderAnswer[] {
  return servers.filter(isUp).map(({ instanceId, address = '', agent: { leader } }) => {
    return { instanceId, address, leader };
  });
}
