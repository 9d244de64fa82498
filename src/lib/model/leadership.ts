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
 * is named most, an instance of the cluster before any stranger, however many servers joined his. A new server that
 * is in no configuration has no say (it has not joined, or joined another cluster: its gates will not open), nor has
 * an old one that has left.
 */
export function leadershipOf(servers: readonly Server[]): Leadership {
  const own = mostNamed(servers, (leader) => servers.some((one) => one.address === hostOf(leader)));
  const [leader, rival] = own.length > 0 ? own : mostNamed(servers, () => true);
  const answers = servers.filter(isUp).map(answerOf);
  if (leader === undefined) return { kind: 'none', answers };
  if (rival !== undefined) return { kind: 'disputed', answers };
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

/**
 * The live servers that the leader's own list of peers names; all of them while the leader does not answer. One that
 * knows no peers itself is none: the leader has added it and cannot reach it (its server port is closed), so that it
 * never heard who leads.
 */
function membersAccordingTo(leader: Server, servers: readonly Server[]): LiveServer[] {
  const live = servers.filter(isUp);
  if (leader.agent.kind !== 'up') return live;
  const hosts = leader.agent.peers.map(hostOf);
  return live.filter(
    ({ address, agent }) => address !== undefined && hosts.includes(address) && agent.peers.length > 0,
  );
}

/**
 * The leader most live servers name; each weighed by the members it counts, so that lonely ones cannot outvote a
 * cluster. More than one where two clusters weigh the same: nothing here tells the true one from an empty one.
 */
function mostNamed(servers: readonly Server[], counts: (leader: string) => boolean): readonly string[] {
  const votes = new Map<string, number>();
  for (const { agent } of servers) {
    if (agent.kind !== 'up' || agent.leader === '' || !counts(agent.leader)) continue;
    votes.set(agent.leader, (votes.get(agent.leader) ?? 0) + agent.peers.length);
  }
  const most = Math.max(...votes.values());
  return [...votes.keys()].filter((leader) => votes.get(leader) === most);
}

function answerOf(server: LiveServer): LeaderAnswer {
  return { instanceId: server.instanceId, address: server.address ?? '', leader: server.agent.leader };
}
