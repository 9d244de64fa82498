import type { Observation, Raft } from './observation.js';
import { type AgentUp, parseHost, type Server } from './server.js';

/** Arithmetic of Raft majorities. Source: the Raft paper; table in HashiCorp's Consul documentation. */

/** Votes needed to elect a leader or commit a write among `voters` voters. */
export function computeQuorum(voters: number): number {
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
  /** It says so itself, and a quorum of its voters names it. */
  | { readonly kind: 'agreed'; readonly leader: string; readonly server: Server }
  | { readonly kind: 'none'; readonly answers: readonly LeaderAnswer[] }
  /** More than one claims to lead. */
  | { readonly kind: 'disputed'; readonly answers: readonly LeaderAnswer[] }
  /** All that answer name it, and it does not say so itself. */
  | { readonly kind: 'silent'; readonly leader: string }
  /** The servers name a leader that is not an instance of the groups of the cluster. */
  | { readonly kind: 'unknown-leader'; readonly leader: string };

/** The servers, and what the one that they name reports as the leader; undefined where it does not. */
interface Answers extends Pick<Observation, 'servers'> {
  readonly raft: Pick<Raft, 'leader' | 'peers'> | undefined;
}

/**
 * Who leads, by the leader's own word and that of a quorum of its voters. A server that names no leader, or another,
 * closes its own gates and changes nothing here; nor does a server that leads a cluster of its own.
 */
export function determineLeadership({ servers, raft }: Answers): Leadership {
  const [leader, rival] = findMostNamedLeaders(servers);
  const answers = listLeaderAnswers(servers);
  if (leader === undefined) return { kind: 'none', answers };
  if (rival !== undefined) return { kind: 'disputed', answers };
  const server = findServerAt(servers, leader);
  if (server === undefined) return { kind: 'unknown-leader', leader };
  const voters = raft?.leader === leader ? raft.peers.filter(({ voter }) => voter) : undefined;
  const hosts = (voters?.map(({ address }) => address) ?? listPeers(server))?.map(parseHost);
  // One that refuses the token says whom it follows all the same.
  const telling = servers.filter(({ agent }) => agent.leader !== undefined);
  const members = telling.filter(({ address = '' }) => hosts?.includes(address) ?? true);
  const naming = members.filter(({ agent }) => agent.leader === leader);
  const isRivalled = members.some((member) => member !== server && claimsToLead(member));
  if (isUp(server) && !claimsToLead(server)) return { kind: 'none', answers };
  if (isRivalled) return { kind: 'disputed', answers };
  if (voters !== undefined && naming.length >= computeQuorum(voters.length)) return { kind: 'agreed', leader, server };
  const isSilent = raft === undefined && naming.length === members.length;
  return isSilent ? { kind: 'silent', leader } : { kind: 'none', answers };
}

/** What a server says to every client, whatever its token. */
type Claims = Pick<AgentUp, 'leader' | 'peers'>;

/** What the server at a host says to every client. */
export interface ToldClaims extends Claims {
  readonly host: string;
}

/**
 * The hosts in the Raft configuration that these servers tell: the one that most of them do which are in it themselves, so
 * that a server cannot outvote others with a long list; of two, the one that an earlier server tells. Empty if none does.
 */
export function findMembers(told: readonly ToldClaims[]): ReadonlySet<string> {
  return new Set(listToldConfigurations(told)[0]);
}

/** The configurations that as many servers tell as any, which are in it themselves. */
function listToldConfigurations(told: readonly ToldClaims[]): readonly (readonly string[])[] {
  const tellers = new Map<string, number>();
  for (const { host, peers } of told) {
    if (peers.some((peer) => parseHost(peer) === host)) tellers.set(peers.join(), (tellers.get(peers.join()) ?? 0) + 1);
  }
  const most = Math.max(...tellers.values());
  return [...tellers].filter(([, count]) => count === most).map(([peers]) => peers.split(',').map(parseHost));
}

/** The Raft address of the leader that most of these members name; undefined without one. */
export function findToldLeader(told: readonly ToldClaims[]): string | undefined {
  const [most] = [...countVoices(told, findMembers(told))].sort(([, one], [, other]) => other - one);
  return most?.[0];
}

/** A server that leads others which have not elected it. */
interface Takeover {
  readonly host: string;
  /** The hosts of those. */
  readonly followers: readonly string[];
}

/**
 * The server that has taken a cluster over, as one does that bootstrapped a cluster of its own: a quorum of servers that have
 * each other in Raft follow it, and do not have it; its own configuration has itself and their members at most. A leader that others
 * have elected is in their configuration, and they are in its own: any server may tell lies of itself, not of those.
 *
 * @param cluster those of them that may be taken over
 */
export function findTakeover(told: readonly ToldClaims[], cluster: readonly ToldClaims[] = told): Takeover | undefined {
  const has = ({ peers }: ToldClaims, host: string) => peers.some((peer) => parseHost(peer) === host);
  for (const founder of told) {
    const { host, leader, peers } = founder;
    const others = told.filter((one) => one !== founder);
    const following = cluster.filter(
      (one) => one !== founder && parseHost(one.leader) === host && has(one, one.host) && !has(one, host),
    );
    const followers = following.map((one) => one.host);
    // One server alone has elected itself, and a server that names it as its leader may lie.
    const quorum = Math.max(2, computeQuorum(Math.max(0, ...following.map((one) => one.peers.length))));
    const isElected = others.some((one) => has(one, host) && has(one, one.host));
    const members = new Set([host, ...following.flatMap((one) => one.peers.map(parseHost))]);
    const isAlone = peers.every((peer) => members.has(parseHost(peer)));
    if (parseHost(leader) === host && isAlone && !isElected && followers.length >= quorum) return { host, followers };
  }
  return undefined;
}

/** How many of these members name each leader. */
function countVoices(told: readonly ToldClaims[], members: ReadonlySet<string>): ReadonlyMap<string, number> {
  const votes = new Map<string, number>();
  for (const { host, leader } of told) {
    if (members.has(host) && leader !== '') votes.set(leader, (votes.get(leader) ?? 0) + 1);
  }
  return votes;
}

/** The Raft address of the instance to ask as the leader, by the word of the servers; undefined where it is not known. */
export function findNamedLeader(servers: readonly Server[]): string | undefined {
  const [leader, rival] = findMostNamedLeaders(servers);
  return leader === undefined || rival !== undefined || !findServerAt(servers, leader) ? undefined : leader;
}

function claimsToLead({ address, agent }: Server): boolean {
  return parseHost(agent.leader ?? '') === address;
}

function findServerAt(servers: readonly Server[], raftAddress: string): Server | undefined {
  const host = parseHost(raftAddress);
  return servers.find(({ address }) => address === host);
}

type LiveServer = Server & { readonly agent: AgentUp };

function isUp(server: Server): server is LiveServer {
  return server.agent.kind === 'up';
}

/** The members that a server knows; undefined if it does not say. One that refuses the token does. */
function listPeers({ agent }: Server): readonly string[] | undefined {
  return agent.peers;
}

/**
 * The leader that most members name, one voice each; an instance of the cluster is preferred to any other. A server that is
 * not in the Raft configuration which most servers tell has no voice, however many members it names. More than one leader
 * if two clusters have as many voices: nothing here distinguishes the real one from an empty one.
 */
function findMostNamedLeaders(servers: readonly Server[]): readonly string[] {
  const told = listTold(servers);
  const votes = countVoices(told, new Set(listToldConfigurations(told).flat()));
  const named = [...votes.keys()];
  const own = named.filter((leader) => findServerAt(servers, leader) !== undefined);
  const candidates = own.length > 0 ? own : named;
  if (candidates.length < 2) return candidates;
  const most = Math.max(...candidates.map((leader) => votes.get(leader) ?? 0));
  return candidates.filter((leader) => votes.get(leader) === most);
}

function listTold(servers: readonly Server[]): readonly ToldClaims[] {
  return servers.filter(isUp).map(({ address: host = '', agent: { leader, peers } }) => ({ host, leader, peers }));
}

/**
 * Why no leader is agreed: too few members answer to elect one, they name one that does not say so itself, or they elect one.
 */
export type LeaderlessCause = 'no-quorum' | 'silent-leader' | 'election';

/** Why these servers have no leader that says so itself. Non-voters count too: which of them vote, only a leader tells. */
export function explainLeaderless(servers: readonly Server[]): LeaderlessCause {
  const told = listTold(servers);
  const members = findMembers(told);
  const answering = told.filter(({ host }) => members.has(host)).length;
  if (members.size === 0 || answering < computeQuorum(members.size)) return 'no-quorum';
  return determineLeadership({ servers, raft: undefined }).kind === 'silent' ? 'silent-leader' : 'election';
}

function listLeaderAnswers(servers: readonly Server[]): readonly LeaderAnswer[] {
  return servers.filter(isUp).map(({ instanceId, address = '', agent: { leader } }) => {
    return { instanceId, address, leader };
  });
}
