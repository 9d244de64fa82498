import { budgetKnown, leaderOf } from '../../decide/voters.js';
import type { KnownBudget } from '../../model/quorum.js';
import { hostOf } from '../../model/server.js';
import type { Survey } from '../../model/survey.js';
import { counted } from '../text.js';

/** `voters 8 quorum 5 healthy 8`; `healthy ?` until the leader has said who is; empty where there is none to say. */
export function describeBudget(budget: KnownBudget | undefined): string {
  if (budget === undefined) return '';
  return `voters ${budget.voters} quorum ${budget.quorum} healthy ${budget.healthy ?? '?'}`;
}

/** `5 voters, 5 healthy, quorum 3, leader i-0a13 (127.1.1.11)`. */
export function stateOf(survey: Survey): string {
  const budget = budgetKnown(survey);
  if (budget === undefined) {
    const answering = survey.servers.filter((server) => server.agent.kind === 'up').length;
    return `no leader that all agree on; ${answering} of ${counted(survey.servers.length, 'server')} answer`;
  }
  return [
    counted(budget.voters, 'voter'),
    budget.healthy === undefined ? 'not known yet who is healthy' : `${budget.healthy} healthy`,
    `quorum ${budget.quorum}`,
    `leader ${leaderName(survey)}`,
  ].join(', ');
}

function leaderName(survey: Survey): string {
  const address = hostOf(survey.raft?.leader ?? '');
  const leader = leaderOf(survey);
  return leader === undefined ? `${address} (an unknown instance)` : `${leader.instanceId} (${address})`;
}
