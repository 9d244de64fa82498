import { isInService } from '../../decide/servers.js';
import { budgetKnown, isJudged, leaderOf } from '../../decide/voters.js';
import type { KnownBudget } from '../../model/quorum.js';
import type { BalancerState, Server } from '../../model/server.js';
import type { Survey } from '../../model/survey.js';
import { type RaftWord, raftWord, worstBalancerState } from '../server-state.js';
import type { ServerDocument, ServerState, StateDocument } from './schema.js';

/** What the views say of a server in Consul, as the documents name it; the words may change, these may not. */
const STATES: Readonly<Record<RaftWord, ServerState>> = {
  booting: 'booting',
  starting: 'starting',
  'not joined': 'not-joined',
  'non-voter': 'non-voter',
  voter: 'voter',
  'caught up': 'caught-up',
  ready: 'ready',
  leader: 'voter',
  leaving: 'leaving',
  left: 'left',
  terminating: 'terminating',
  terminated: 'terminated',
  unhealthy: 'unhealthy',
  'not answering': 'not-answering',
  down: 'down',
  gone: 'gone',
  'no leader': 'no-leader',
  electing: 'electing',
};

/** A server as one look saw it. */
export function serverDocument(server: Server, survey: Survey): ServerDocument {
  const { agent, peer } = server;
  return {
    instanceId: server.instanceId,
    address: server.address ?? null,
    zone: server.zone,
    side: server.side,
    image: server.imageId,
    consul: agent.kind === 'up' ? agent.version : null,
    state: stateOfServer(server, survey),
    traffic: trafficOf(worstBalancerState(server)),
    voter: peer?.voter ?? false,
    leader: peer?.leader ?? false,
    healthy: isJudged(survey) ? (peer?.healthy ?? false) : null,
    answering: agent.kind === 'up',
    inService: takesTraffic(server),
  };
}

/** The voters as one look saw them. */
export function stateDocument(survey: Survey): StateDocument {
  return budgetDocument(budgetKnown(survey), leaderOf(survey)?.instanceId);
}

/** The voters there are, with who leads. */
export function budgetDocument(budget: KnownBudget | undefined, leader: string | undefined): StateDocument {
  return {
    voters: budget?.voters ?? null,
    healthy: budget?.healthy ?? null,
    quorum: budget?.quorum ?? null,
    spare: budget?.spare ?? null,
    leader: (budget && leader) ?? null,
  };
}

/** A member of the cluster is told by its traffic, anything else by what it is in Consul. */
function stateOfServer(server: Server, survey: Survey): ServerState {
  const state = STATES[raftWord(server, survey)];
  if (!['voter', 'caught-up', 'ready'].includes(state)) return state;
  if (worstBalancerState(server) === 'draining') return 'draining';
  return takesTraffic(server) ? 'in-service' : state;
}

/** Where no load balancer sends traffic, clients find a voter by themselves. */
function takesTraffic(server: Server): boolean {
  const balanced = Object.keys(server.balancers).length > 0;
  return balanced ? isInService(server) : server.peer?.voter === true;
}

function trafficOf(state: BalancerState | undefined): ServerDocument['traffic'] {
  return state === undefined || state === 'absent' ? null : state;
}
