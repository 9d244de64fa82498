import { budgetKnown, budgetNow } from '../decide/voters.js';
import { isAlive, type Status } from '../model/plan.js';
import { EXIT } from '../outcomes.js';

/** A cluster and its roll in one word, and the exit code that says so: what a roll begun now would end with. */
export const VERDICTS = {
  ready: { exitCode: EXIT.done, meaning: 'healthy, and no roll is going on' },
  unhealthy: { exitCode: EXIT.refused, meaning: 'not healthy or not known to be, and no roll is going on' },
  unfinished: { exitCode: EXIT.stopped, meaning: 'a roll is unfinished, and nobody is running it' },
  'quorum-at-risk': { exitCode: EXIT.quorumAtRisk, meaning: 'no leader that all agree on, or no quorum' },
  rolling: { exitCode: EXIT.locked, meaning: 'a roll is going on, and somebody is running it' },
} as const;

export type Verdict = keyof typeof VERDICTS;

export function verdictOn(status: Status): Verdict {
  const { survey, intent, lock } = status;
  const budget = budgetKnown(survey);
  if (budget === undefined || (budget.spare ?? 0) < 0) return 'quorum-at-risk';
  if (lock !== undefined && isAlive(lock, survey.atMs)) return 'rolling';
  if (intent !== undefined) return 'unfinished';
  return isHealthy(status) ? 'ready' : 'unhealthy';
}

/**
 * One leader, every voter healthy, at least one more than the quorum needs; and every server a voter, unless a roll
 * is just bringing some in or out; and without a roll as many servers as the group wants.
 */
export function isHealthy({ survey, intent }: Pick<Status, 'survey' | 'intent'>): boolean {
  const budget = budgetNow(survey);
  if (budget === undefined || budget.healthy < budget.voters || budget.spare < 1) return false;
  if (intent !== undefined) return true;
  const inService = survey.servers.filter((server) => server.lifecycle === 'InService').length;
  if (survey.old !== undefined && inService < survey.old.desired) return false;
  return survey.servers.every((server) => server.lifecycle !== 'InService' || server.peer?.voter === true);
}
