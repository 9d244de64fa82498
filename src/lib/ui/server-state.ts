import { closedGates, isReady } from '../decide/gates.js';
import { isGone, isYoung } from '../decide/healing.js';
import { isTerminating } from '../decide/servers.js';
import { isJudged } from '../decide/voters.js';
import type { AgentUp, BalancerState, Peer, Server } from '../model/server.js';
import type { Survey } from '../model/survey.js';

/** How far a server has come in Consul, or gone. */
export type RaftWord =
  | 'booting'
  | 'starting'
  | 'not joined'
  | 'non-voter'
  | 'voter'
  | 'caught up'
  | 'ready'
  | 'leader'
  | 'leaving'
  | 'left'
  | 'terminating'
  | 'terminated'
  | 'unhealthy'
  | 'not answering'
  | 'down'
  | 'gone'
  | 'no leader'
  | 'electing';

/** How far a server has come in Consul, or gone, in one or two words. */
export function raftWord(server: Server, survey: Survey): RaftWord {
  if (server.lifecycle === 'Gone') return 'terminated';
  if (isTerminating(server)) return 'terminating';
  const asked = survey.history.leaves[server.instanceId] !== undefined;
  if (server.agent.kind === 'down') return silenceWord(server, survey, asked);
  if (survey.raft === undefined) return server.agent.leader === '' ? 'no leader' : 'electing';
  // A watcher did not hear anybody ask: an old server out of Raft beside new ones has left all the same.
  const madeRoom = asked || (isOld(server, survey) && survey.new !== undefined);
  if (server.peer === undefined) return madeRoom ? 'left' : 'not joined';
  return memberWord(server, server.agent, server.peer, survey);
}

function silenceWord(server: Server, survey: Survey, asked: boolean): RaftWord {
  if (isGone(server) && !asked) return 'gone';
  const unknown = survey.raft === undefined && server.side === 'old';
  if (server.peer !== undefined || unknown) return asked ? 'leaving' : 'not answering';
  // Where there is no other side, nobody was asked to make room for it.
  const alone = server.side === 'old' && survey.new === undefined;
  if (asked || (isOld(server, survey) && !alone)) return 'left';
  if (server.lifecycle !== 'InService') return 'booting';
  return alone && !isYoung(server, survey.atMs) ? 'down' : 'starting';
}

/** Of the old side from before the roll; on the way back there are some that came since, and have yet to join. */
function isOld({ side, launchedAtMs }: Server, { servers }: Survey): boolean {
  return side === 'old' && !servers.some((one) => one.side === 'new' && one.launchedAtMs < launchedAtMs);
}

function memberWord(server: Server, agent: AgentUp, peer: Peer, survey: Survey): RaftWord {
  if (survey.history.leaves[server.instanceId] !== undefined) return 'leaving';
  if (!peer.voter) return agent.leader === '' ? 'no leader' : 'non-voter';
  if (peer.leader && (peer.healthy || !isJudged(survey))) return 'leader';
  if (!peer.healthy) return isJudged(survey) ? 'unhealthy' : 'electing';
  if (server.side === 'old' || closedGates(survey, server).length > 0) return 'voter';
  return isReady(survey, server) ? 'ready' : 'caught up';
}

const WORST_FIRST = ['draining', 'out-of-service', 'registering', 'absent', 'in-service', 'unused'] as const;

/** Where a server stands in the load balancers, the least good of them; undefined where there is none. */
export function worstBalancerState(server: Server): BalancerState | undefined {
  const states = Object.values(server.balancers);
  return WORST_FIRST.find((state) => states.includes(state));
}

/** The same as a word; empty where none lists it. */
export function serviceWord(server: Server): string {
  const worst = worstBalancerState(server);
  return worst === undefined || worst === 'absent' ? '' : worst.replaceAll('-', ' ');
}

/** Both words: `voter, in service`. */
export function stateWords(server: Server, survey: Survey): string {
  return [raftWord(server, survey), serviceWord(server)].filter(Boolean).join(', ');
}
