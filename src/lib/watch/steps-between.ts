import { foldPlan } from '../decide/plan.js';
import { isTerminating } from '../decide/servers.js';
import type { Action, ActionKind } from '../model/action.js';
import type { Step } from '../model/decision.js';
import type { Intent, Limits } from '../model/intent.js';
import type { Status } from '../model/plan.js';
import type { Server } from '../model/server.js';
import type { Survey } from '../model/survey.js';

/** A roll as one look saw it, with the steps that were left to take. */
export interface Sight {
  readonly survey: Survey;
  readonly intent: Intent;
  readonly left: readonly Step[];
}

/**
 * What is left of the roll that this look saw. Undefined where there is none, and where the steps to its end cannot be
 * told just then: amid an election, or while a server does not answer.
 */
export function sightOf(
  { survey, intent }: Pick<Status, 'survey' | 'intent'>,
  limits: Limits,
): Sight | undefined {
  if (intent === undefined) return undefined;
  const { steps, end } = foldPlan(survey, intent, limits);
  const wanted = intent.direction === 'back' ? 'rolled-back' : 'rolled';
  return end.kind === 'done' && end.outcome === wanted ? { survey, intent, left: steps } : undefined;
}

/**
 * The steps that were taken between two looks, in order: those that were left at the first and are not at the second, as
 * far as their effect shows. Both times that is what the roll itself would say, for it plans with the same function.
 *
 * @param after undefined once the roll is over, when nothing of it is left to do
 */
export function stepsBetween(before: Sight, after: Sight | undefined): readonly Step[] {
  if (after !== undefined && after.intent.direction !== before.intent.direction) return [];
  const gone = goneFrom(before.left, after?.left ?? []);
  if (after === undefined) return gone;
  return gone.flatMap((step) => seenDone(step, before.survey, after.survey) ?? []);
}

/**
 * A look asks AWS first and Consul after it, so of two steps taken meanwhile the later one may show alone. A sentinel that
 * was written or deleted is taken for still to come while a step before it is left.
 */
export function asAtOneMoment(before: Sight, now: Sight): Sight {
  const gone = goneFrom(before.left, now.left);
  const early = gone.find(({ action }) => IN_CONSUL.includes(action.kind));
  if (early === undefined || before.intent.direction !== now.intent.direction) return now;
  const earlier = before.left.slice(0, before.left.indexOf(early)).filter((step) => !gone.includes(step));
  if (earlier.length === 0) return now;
  return { ...now, left: [...now.left.slice(0, earlier.length), early, ...now.left.slice(earlier.length)] };
}

const IN_CONSUL: readonly ActionKind[] = ['write-sentinel', 'delete-sentinel'];

/** The steps of one list that another has no more. */
function goneFrom(before: readonly Step[], after: readonly Step[]): readonly Step[] {
  const left = new Map<string, number>();
  for (const { action } of after) left.set(keyOf(action), (left.get(keyOf(action)) ?? 0) + 1);
  const gone: Step[] = [];
  // From the end: of two steps that are alike, the later one is what is left.
  for (const step of before.toReversed()) {
    const key = keyOf(step.action);
    const count = left.get(key) ?? 0;
    if (count > 0) left.set(key, count - 1);
    else gone.unshift(step);
  }
  return gone;
}

/** What makes a step the same one at two looks; a server that is not there yet has no name of its own. */
function keyOf(action: Action): string {
  const nameless: readonly ActionKind[] = ['register', 'transfer-leadership', 'turn-back'];
  return nameless.includes(action.kind) ? action.kind : JSON.stringify(action);
}

/** The step with the names it had in the end; undefined where its effect is not to be seen, so something else happened. */
function seenDone(step: Step, before: Survey, after: Survey): Step | undefined {
  const { action } = step;
  switch (action.kind) {
    case 'register': {
      const instanceIds = newlyListed(before, after);
      return instanceIds.length === 0 ? undefined : { ...step, action: { ...action, instanceIds } };
    }
    case 'transfer-leadership': {
      const leader = after.servers.find(({ peer }) => peer?.leader === true);
      if (leader?.peer === undefined || leader.side === 'old') return undefined;
      return { ...step, action: { ...action, to: leader.instanceId, peerId: leader.peer.id } };
    }
    case 'deregister':
      return isListed(serverIn(after, action.instanceId)) ? undefined : step;
    case 'leave':
      return serverIn(after, action.instanceId)?.peer === undefined ? step : undefined;
    case 'terminate': {
      const server = serverIn(after, action.instanceId);
      return server === undefined || isTerminating(server) || server.lifecycle === 'Gone' ? step : undefined;
    }
    default:
      return step;
  }
}

function serverIn(survey: Survey, instanceId: string): Server | undefined {
  return survey.servers.find((server) => server.instanceId === instanceId);
}

function newlyListed(before: Survey, after: Survey): string[] {
  const listed = before.servers.filter(isListed).map(({ instanceId }) => instanceId);
  return after.servers
    .filter((server) => isListed(server) && !listed.includes(server.instanceId))
    .map(({ instanceId }) => instanceId);
}

/** A load balancer sends it traffic, or will. */
function isListed(server: Server | undefined): boolean {
  const states = Object.values(server?.balancers ?? {});
  return states.some((state) => state !== 'absent' && state !== 'draining');
}
