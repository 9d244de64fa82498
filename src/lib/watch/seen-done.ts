import { isTerminating } from '../decide/servers.js';
import type { Action } from '../model/action.js';
import type { Step } from '../model/decision.js';
import { hostOf, type Server } from '../model/server.js';
import type { Survey } from '../model/survey.js';

/**
 * The step with the names it had in the end, as far as its effect is to be seen; undefined where it is not. Where nothing
 * tells the effect of a step, that it is left no more does.
 *
 * @param before what was told of a server before, by `tellingOf`
 */
export function seenDone(step: Step, survey: Survey, before: ReadonlySet<string>): Step | undefined {
  const { action } = step;
  const { servers } = survey;
  switch (action.kind) {
    case 'register': {
      const fresh = servers.filter((server) => isListed(server) && !before.has(registering(server)));
      const instanceIds = fresh.map(({ instanceId }) => instanceId);
      return instanceIds.length === 0 ? undefined : { ...step, action: { ...action, instanceIds } };
    }
    case 'transfer-leadership': {
      const leader = servers.find(({ peer }) => peer?.leader === true);
      if (leader?.peer === undefined || leader.side === leavingSide(step)) return undefined;
      return { ...step, action: { ...action, to: leader.instanceId, peerId: leader.peer.id } };
    }
    case 'deregister':
      return isListed(named(servers, action.instanceId)) ? undefined : step;
    case 'leave':
      return named(servers, action.instanceId)?.peer === undefined ? step : undefined;
    case 'terminate': {
      const server = named(servers, action.instanceId);
      return server === undefined || isTerminating(server) || server.lifecycle === 'Gone' ? step : undefined;
    }
    case 'freeze':
      return action.processes.every((process) => isFrozen(survey, action.group, process)) ? step : undefined;
    case 'thaw':
      return action.processes.some((process) => isFrozen(survey, action.group, process)) ? undefined : step;
    default:
      return step;
  }
}

/**
 * Whether this was done, told by its effect alone: also while there is no leader to say who belongs to Raft. Servers keep
 * who crashed in their configuration, and drop who has left.
 */
export function isPlainlyDone({ action }: Step, { servers, raft }: Survey): boolean {
  if (action.kind !== 'leave' && action.kind !== 'deregister' && action.kind !== 'terminate') return false;
  const server = named(servers, action.instanceId);
  if (action.kind === 'terminate') return server === undefined || isTerminating(server);
  if (server === undefined) return false;
  if (action.kind === 'deregister') return !isListed(server);
  if (raft !== undefined) return server.peer === undefined;
  const lists = servers.flatMap(({ instanceId, agent }) =>
    instanceId === server.instanceId || agent.kind === 'down' || agent.peers.length === 0
      ? []
      : [agent.peers],
  );
  return lists.length > 0 && lists.every((peers) => !peers.some((one) => hostOf(one) === server.address));
}

/** What is told of each server by an action, as far as a roll does that to a server once only in one direction. */
export function tellingOf(action: Action): readonly string[] {
  switch (action.kind) {
    case 'register':
      return action.instanceIds.map((instanceId) => registering({ instanceId }));
    case 'deregister':
    case 'leave':
    case 'terminate':
      return [`${action.kind} ${action.instanceId}`];
    default:
      return [];
  }
}

/** What need not be told: the servers that take traffic already. */
export function toldAtFirst({ servers }: Survey): readonly string[] {
  return servers.filter(isListed).map(registering);
}

function registering({ instanceId }: Pick<Server, 'instanceId'>): string {
  return `register ${instanceId}`;
}

function isFrozen(survey: Survey, name: string, process: string): boolean {
  const group = [survey.old, survey.new].find((one) => one?.name === name);
  return group?.suspended.includes(process) === true;
}

function leavingSide({ phase }: Step): Server['side'] {
  return phase === 'back' ? 'new' : 'old';
}

function named(servers: readonly Server[], instanceId: string): Server | undefined {
  return servers.find((server) => server.instanceId === instanceId);
}

/** A load balancer sends it traffic, or will. */
export function isListed(server: Server | undefined): boolean {
  const states = Object.values(server?.balancers ?? {});
  return states.some((state) => state !== 'absent' && state !== 'draining');
}
