import { hears, type Net, type Server, scheduleOnServer } from '../state.js';
import { ASSUME_LEADERSHIP } from '../timings.js';
import { computeQuorum, findServer, getConfiguration, isVoter, listVoters } from './configuration.js';
import { drawElectionTimeoutMs, setTimer } from './contact.js';
import { assumeLeadership } from './leadership.js';
import { stepDown } from './step-down.js';

/** A voter that has not heard from a leader in time starts an election. */
export function handleElectionTimeout(net: Net, server: Server): void {
  server.leaderView = undefined;
  if (isVoter(getConfiguration(server), server)) startElection(net, server);
  else server.role = 'follower';
}

/**
 * Starts an election. Voters that still hear a leader refuse, unless that leader transfers to this candidate,
 * and so does every voter whose log is longer.
 */
export function startElection(net: Net, candidate: Server, handover = false): void {
  candidate.role = 'candidate';
  candidate.leaderView = undefined;
  candidate.term++;
  candidate.votedFor = candidate;
  const { term } = candidate;
  const electorate = listVoters(getConfiguration(candidate));
  const votes = electorate.filter((peer) => {
    const voter = findServer(net, peer);
    return voter === candidate || (voter !== undefined && hears(voter) && grants(net, voter, candidate, handover));
  });
  setTimer(net, candidate, drawElectionTimeoutMs(net));
  if (votes.length < computeQuorum(electorate.length)) return;
  scheduleOnServer(net, candidate, net.random.within(ASSUME_LEADERSHIP), () => {
    if (candidate.role === 'candidate' && candidate.term === term) assumeLeadership(net, candidate);
  });
}

function grants(net: Net, voter: Server, candidate: Server, handover: boolean): boolean {
  if (voter.group !== candidate.group) return false;
  if (!handover && voter.leaderView !== undefined) return false;
  if (candidate.term < voter.term) {
    candidate.term = voter.term;
    return false;
  }
  if (candidate.term > voter.term) adoptTerm(net, voter, candidate.term);
  if (voter.votedFor !== undefined && voter.votedFor !== candidate) return false;
  if (voter.lastLogIndex > candidate.lastLogIndex) return false;
  voter.votedFor = candidate;
  setTimer(net, voter, drawElectionTimeoutMs(net));
  return true;
}

function adoptTerm(net: Net, server: Server, term: number): void {
  if (server.role === 'leader') stepDown(net, server);
  server.role = 'follower';
  server.leaderView = undefined;
  server.term = term;
  server.votedFor = undefined;
}
