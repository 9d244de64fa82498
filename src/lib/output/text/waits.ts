import { budgetKnown, leaderOf } from '../../engine/decide/servers.js';
import type { Wait, WaitFor } from '../../model/decision.js';
import { RollError } from '../../model/errors.js';
import type { Survey } from '../../model/observation.js';
import type { KnownBudget } from '../../model/raft.js';
import { hostOf } from '../../model/server.js';
import { counted, someOf, wholeSpanOf } from './format.js';

/**
 * `waiting for i-0a13 to be out of Raft, 12 s of 1 m`; `up to 1 m` for a wait that begins now, as every wait does
 * for who sees it first.
 */
export function describeWait(wait: Wait, nowMs: number): string {
  const patience = nowMs > wait.sinceMs ? patienceOf(wait, nowMs) : `up to ${wholeSpanOf(wait.limitMs)}`;
  return `waiting for ${describeWaitFor(wait.for)}, ${patience}`;
}

/** How much of its limit a wait has used: `12 s of 1 m`. */
export function patienceOf(wait: Wait, nowMs: number): string {
  return `${wholeSpanOf(nowMs - wait.sinceMs)} of ${wholeSpanOf(wait.limitMs)}`;
}

type WaitKind = WaitFor['kind'];
type WaitOf = { readonly [K in WaitKind]: Extract<WaitFor, { kind: K }> };

/** What is waited for, as the rest of `waiting for ...`. */
export function describeWaitFor(waitFor: WaitFor): string {
  return phrase(waitFor.kind, waitFor);
}

function phrase<K extends WaitKind>(kind: K, waitFor: WaitOf[K]): string {
  return PHRASES[kind](waitFor);
}

const PHRASES: { readonly [K in WaitKind]: (waitFor: WaitOf[K]) => string } = {
  ready: ({ side, instanceIds, expected }) =>
    instanceIds.length === 0
      ? `${counted(expected, `${side} server`)} to be launched and ready`
      : `${someOf(instanceIds)} to be ready`,
  'in-service': ({ instanceIds }) => `${someOf(instanceIds)} to be in service in the load balancer`,
  drained: ({ instanceId }) => `the load balancer to drain ${instanceId}`,
  'out-of-raft': ({ instanceId }) => `${instanceId} to be out of Raft`,
  'agent-answer': ({ instanceId }) => `Consul on ${instanceId} to answer`,
  'agent-down': ({ instanceId }) => `Consul on ${instanceId} to stop and stay down`,
  ghost: ({ node }) => `Raft to count ${node} no longer, which is no instance of the cluster's groups`,
  terminated: ({ instanceId }) => `${instanceId} to be terminated`,
  cooled: ({ group }) => `the warm pool of group ${group} to be gone`,
  leadership: ({ towards }) =>
    towards === undefined ? 'a leader that all agree on' : `leadership to reach ${towards}`,
  healthy: ({ budget }) =>
    `enough healthy voters to spare the next one (${budget.healthy} of the ${counted(budget.voters, 'other')} are${budget.healthy === 0 ? ' known to be' : ''}, ${budget.quorum + 1} must be)`,
  deleted: ({ group }) => `group ${group} to be deleted`,
  sentinel: () => 'the sentinel key to be readable',
  bake: () => 'the new cluster to prove itself',
};

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

/** The same error, saying too what the cluster was at the last look; anything else that was thrown as it is. */
export function withCluster(thrown: unknown, survey: Survey): unknown {
  if (!(thrown instanceof RollError)) return thrown;
  const { code, message, exitCode, state, next, passing } = thrown;
  const seen = `${survey.cluster} at the last look: ${stateOf(survey)}.`;
  return new RollError({ code, message, exitCode, state: `${state} ${seen}`, next, passing, cause: thrown });
}
