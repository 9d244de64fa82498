import type { LeaderAnswer } from './refusal.js';
import { type AgentUp, hostOf, type Server } from './server.js';

/** What the servers, each asked directly, say about who leads. */
export type Leadership =
  | { readonly kind: 'agreed'; readonly leader: string; readonly server: Server }
  | { readonly kind: 'none'; readonly answers: readonly LeaderAnswer[] }
  | { readonly kind: 'disputed'; readonly answers: readonly LeaderAnswer[] }
  /** Everybody names a leader that is no instance of the cluster's groups. */
  | { readonly kind: 'stranger'; readonly leader: string };

/**
 * Who leads, by the word of the cluster's own members: the servers in the Raft configuration of the leader that
 * is named most. A new server that is in no configuration has no say (it has not joined, or joined another
 * cluster: its gates will not open), nor has an old one that has left.
 */
export function leadershipOf(servers: readonly Server[]): Leadership {
  const leader = mostNamed(servers);
  const answers = servers.filter(isUp).map(answerOf);
  if (leader === undefined) return { kind: 'none', answers };
  const server = servers.find((one) => one.address === hostOf(leader));
  if (server === undefined) return { kind: 'stranger', leader };
  const members = membersAccordingTo(server, servers);
  const dissent = members.filter((member) => member.agent.leader !== leader);
  if (dissent.length === 0) return { kind: 'agreed', leader, server };
  const named = dissent.some((member) => member.agent.leader !== '');
  return { kind: named ? 'disputed' : 'none', answers };
}

type LiveServer = Server & { readonly agent: AgentUp };

function isUp(server: Server): server is LiveServer {
  return server.agent.kind === 'up';
}

/** The live servers that the leader's own list of peers names; all of them while the leader does not answer. */
function membersAccordingTo(leader: Server, servers: readonly Server[]): LiveServer[] {
  const live = servers.filter(isUp);
  if (leader.agent.kind !== 'up') return live;
  const hosts = new Set(leader.agent.peers.map(hostOf));
  return live.filter((server) => server.address !== undefined && hosts.has(server.address));
}

/** The leader most live servers name; each weighed by the members it counts, so that lonely ones cannot outvote a cluster. */
function mostNamed(servers: readonly Server[]): string | undefined {
  const votes = new Map<string, number>();
  for (const server of servers) {
    if (server.agent.kind !== 'up' || server.agent.leader === '') continue;
    const weight = server.agent.peers.length;
    votes.set(server.agent.leader, (votes.get(server.agent.leader) ?? 0) + weight);
  }
  return [...votes.entries()].sort(([a, x], [b, y]) => y - x || a.localeCompare(b))[0]?.[0];
}

function answerOf(server: LiveServer): LeaderAnswer {
  return { instanceId: server.instanceId, address: server.address ?? '', leader: server.agent.leader };
}
