import { isServing } from '../../model/load-balancer.js';
import type { Raft, Survey } from '../../model/observation.js';
import { budgetOf, type KnownBudget, type VoterBudget } from '../../model/raft.js';
import type { Peer, Server, Side } from '../../model/server.js';

/** True once AWS has been told to terminate it, or it is gone. */
export function isTerminating(server: Server): boolean {
  return server.lifecycle.startsWith('Terminat') || server.lifecycle.startsWith('Detach');
}

/** Servers of a side, oldest first; those AWS is terminating included. */
export function serversOf(survey: Survey, side: Side): readonly Server[] {
  return survey.servers.filter((server) => server.side === side);
}

/** Servers of a side that nobody has told to terminate. */
export function standingOf(survey: Survey, side: Side): readonly Server[] {
  return serversOf(survey, side).filter((server) => !isTerminating(server));
}

/** Standing servers of a side that are in the Raft configuration, voters or not. */
export function membersOf(survey: Survey, side: Side): readonly Server[] {
  return standingOf(survey, side).filter((server) => server.peer !== undefined);
}

/** In service in every load balancer and target group of the cluster. */
export function isInService(server: Server): boolean {
  return Object.values(server.balancers).every(isServing);
}

/** Load balancers that still list the server, draining or not. */
export function balancersListing(server: Server): readonly string[] {
  return Object.keys(server.balancers).filter((name) => server.balancers[name] !== 'absent');
}

export function otherSide(side: Side): Side {
  return side === 'old' ? 'new' : 'old';
}

/** The voters as the leader counts them. A voter is healthy when autopilot says so, its own agent answers and AWS lets it be. */
export function budgetNow(survey: Survey): VoterBudget | undefined {
  return survey.raft && budgetAmong(survey, survey.raft, undefined);
}

/**
 * Whether the leader has said who is healthy. Just after an election autopilot calls nobody so, for a few seconds, which
 * says nothing of anyone. What decides counts nobody as healthy then; what tells of it says that it is not known.
 */
export function isJudged({ raft }: Survey): boolean {
  if (raft === undefined) return false;
  return raft.peers.some(({ healthy }) => healthy) || !raft.peers.some(({ voter }) => voter);
}

/** The voters as they are told of: who of them is healthy only once that is known. */
export function budgetKnown(survey: Survey): KnownBudget | undefined {
  const budget = budgetNow(survey);
  if (budget === undefined || isJudged(survey)) return budget;
  return { ...budget, healthy: undefined, spare: undefined };
}

/** The voters there would be without this Raft peer; equal to now when it is no voter. */
export function budgetWithout(survey: Survey, peerId: string): VoterBudget | undefined {
  return survey.raft && budgetAmong(survey, survey.raft, peerId);
}

/** Raft peers that belong to no standing instance of the cluster's groups. */
export function ghostsOf(survey: Survey): readonly Peer[] {
  const standing = survey.servers.filter((server) => !isTerminating(server));
  const known = new Set(standing.map((server) => server.peer?.id));
  return (survey.raft?.peers ?? []).filter((peer) => !known.has(peer.id));
}

/** The server that leads, where one undisputedly does. */
export function leaderOf(survey: Survey): Server | undefined {
  return survey.servers.find((server) => server.peer?.leader === true);
}

function budgetAmong(survey: Survey, raft: Raft, without: string | undefined): VoterBudget {
  const voters = raft.peers.filter((peer) => peer.voter && peer.id !== without);
  const answering = new Set(
    survey.servers
      .filter((server) => server.agent.kind === 'up' && !isTerminating(server))
      .map((server) => server.peer?.id),
  );
  const healthy = voters.filter((peer) => peer.healthy && answering.has(peer.id));
  return budgetOf(voters.length, healthy.length);
}
