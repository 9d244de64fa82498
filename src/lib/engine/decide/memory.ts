import type { Action } from '../../model/action.js';
import type { Decision } from '../../model/decision.js';
import { waitKey } from '../../model/decision.js';
import type { Limits } from '../../model/intent.js';
import type { History, Survey } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import { closedGates } from './gates.js';
import { ghostsOf, isJudged, serversOf } from './servers.js';

/**
 * The history with this look added: the rows of looks that gates and drains count. A look less than `spacingMs`
 * after the last one that counted can break a row, but adds nothing to it.
 */
export function rememberLook(survey: Survey, limits: Limits, spacingMs: number): History {
  const { history } = survey;
  const counts = history.countedAtMs === undefined || survey.atMs - history.countedAtMs >= spacingMs;
  const step = counts ? 1 : 0;
  const ready = (server: Server) => closedGates(survey, server).length === 0;
  const readyLooks = countLooks(survey, history.readyLooks, step, ready);
  const isEnough = (instanceId: string) => (readyLooks[instanceId] ?? 0) >= limits.looks;
  return {
    countedAtMs: counts ? survey.atMs : history.countedAtMs,
    readyLooks,
    downLooks: countLooks(survey, history.downLooks, step, (one) => isRefused(one) && one.peer === undefined),
    silentLooks: countLooks(survey, history.silentLooks, step, (one) => one.agent.kind === 'down'),
    ghostLooks: countGhosts(survey, step),
    waiting: history.waiting,
    leaves: withBrokenOff(survey),
    proved: withProved(history.proved, Object.keys(readyLooks).filter(isEnough)),
    relapsed: withRelapsed(survey, isEnough),
    transfers: history.transfers,
    snapshot: history.snapshot,
    templatesInUse: history.templatesInUse,
    templateRefused: history.templateRefused,
    allNewSinceMs: isAllNew(survey) ? (history.allNewSinceMs ?? survey.atMs) : undefined,
  };
}

/** The history with this decision added: what is being waited for, since when. */
export function rememberDecision(survey: Survey, decision: Decision): History {
  const { history } = survey;
  const key = decision.kind === 'wait' ? waitKey(decision.wait.for) : undefined;
  if (key === history.waiting?.key) return history;
  return { ...history, waiting: key === undefined ? undefined : { key, sinceMs: survey.atMs } };
}

/** The history with this action added, as far as nothing but who took it knows of it. */
export function rememberAction({ atMs, history }: Survey, action: Action): History {
  switch (action.kind) {
    case 'save-snapshot':
      return { ...history, snapshot: { path: '', bytes: 0 } };
    case 'leave': {
      const count = (history.leaves[action.instanceId]?.count ?? 0) + 1;
      return { ...history, leaves: { ...history.leaves, [action.instanceId]: { count, lastMs: atMs } } };
    }
    case 'transfer-leadership':
      return { ...history, transfers: { ...history.transfers, [action.peerId]: atMs } };
    default:
      return history;
  }
}

/** A leave ends with the agent, after Raft has let it go: one that is down before that has crashed. */
function withBrokenOff({ servers, history: { leaves } }: Survey): History['leaves'] {
  const crashed = servers.filter(
    (server) => leaves[server.instanceId] !== undefined && server.peer !== undefined && isRefused(server),
  );
  if (crashed.length === 0) return leaves;
  const marked = crashed.flatMap(({ instanceId }) => {
    const asked = leaves[instanceId];
    return asked === undefined ? [] : [[instanceId, { ...asked, brokenOff: true }] as const];
  });
  return { ...leaves, ...Object.fromEntries(marked) };
}

function countLooks(
  survey: Survey,
  before: Readonly<Record<string, number>>,
  step: number,
  holds: (server: Server) => boolean,
): Record<string, number> {
  const looks: Record<string, number> = {};
  for (const server of survey.servers) {
    if (holds(server)) looks[server.instanceId] = (before[server.instanceId] ?? 0) + step;
  }
  return looks;
}

function withProved(proved: readonly string[], enough: readonly string[]): readonly string[] {
  const fresh = enough.filter((id) => !proved.includes(id));
  return fresh.length === 0 ? proved : [...proved, ...fresh];
}

/**
 * Proved servers whose own agent does not answer, or that autopilot finds unhealthy; until they have passed enough looks
 * again.
 */
function withRelapsed(survey: Survey, isEnough: (instanceId: string) => boolean): readonly string[] {
  const { servers, history } = survey;
  const { proved, relapsed } = history;
  const judged = isJudged(survey);
  const isIll = ({ agent, peer }: Server) => agent.kind === 'down' || (judged && peer?.healthy === false);
  const doubted = servers.filter((server) => relapsed.includes(server.instanceId) || isIll(server));
  return doubted.map(({ instanceId }) => instanceId).filter((id) => proved.includes(id) && !isEnough(id));
}

function countGhosts(survey: Survey, step: number): Record<string, number> {
  const looks: Record<string, number> = {};
  for (const { id, healthy } of ghostsOf(survey)) {
    if (!healthy) looks[id] = (survey.history.ghostLooks[id] ?? 0) + step;
  }
  return looks;
}

function isRefused({ agent }: Server): boolean {
  return agent.kind === 'down' && agent.why === 'refused';
}

/** Only new servers, and every one of them answers and is healthy. */
function isAllNew(survey: Survey): boolean {
  if (survey.new === undefined || serversOf(survey, 'old').length > 0) return false;
  return serversOf(survey, 'new').every(({ agent, peer }) => agent.kind === 'up' && peer?.healthy === true);
}
