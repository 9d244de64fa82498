import type { Action } from '../model/action.js';
import { type BalancerName, balancerNameOf, targetGroupNamed } from '../model/balancer.js';
import type { Group } from '../model/group.js';
import { type Intent, isInPlace } from '../model/intent.js';
import type { BalancerState, Server, Side } from '../model/server.js';
import type { Survey } from '../model/survey.js';
import { recordKeys, tagsOf } from '../model/tags.js';
import { type LaunchFrom, launchesFrom } from '../model/template.js';
import { sizeFor } from './in-place.js';
import { filledUp } from './placeholder.js';
import { converted, launching, withDefault, withoutVersion, withVersion } from './predict-template.js';
import { rememberAction } from './remember.js';
import { standingOf } from './servers.js';
import { newLaunchFrom } from './template.js';

/**
 * The survey as it is just after an action took hold: the effect itself, before anything that has to be waited
 * for (settle.ts). Pure, so that a plan is the same `decide` folded over predictions.
 */
export function predict(survey: Survey, intent: Intent, action: Action): Survey {
  switch (action.kind) {
    case 'save-snapshot':
    case 'transfer-leadership':
    case 'leave':
      return { ...survey, history: rememberAction(survey, action) };
    case 'write-sentinel':
    case 'delete-sentinel':
      return withSentinel(survey, action.kind === 'write-sentinel' ? action.value : undefined);
    case 'create-template':
      return { ...survey, templates: [...survey.templates, action.name] };
    case 'delete-template':
      return { ...survey, templates: survey.templates.filter((name) => name !== action.name) };
    case 'create-version':
      return withVersion(survey);
    case 'delete-version':
      return withoutVersion(survey, intent);
    case 'convert-template':
      return converted(survey, action.to);
    case 'delete-launch-template':
      return { ...survey, launchTemplate: undefined };
    case 'set-default':
      return withDefault(survey, action.version);
    case 'create-group':
      return { ...survey, new: createdFrom(survey, intent, action.template) };
    case 'remove-peer':
      return withoutPeer(survey, action.peerId);
    case 'terminate':
      return terminated(survey, action.instanceId);
    case 'deregister':
      return inBalancers(survey, [action.instanceId], action.balancers, 'draining');
    case 'register':
      return inBalancers(survey, action.instanceIds, action.balancers, 'registering');
    case 'turn-back':
      return retagged(survey, { ...intent, direction: 'back' });
    default:
      return onGroup(survey, intent, action);
  }
}

/** The actions that change one field of one group. */
function onGroup(
  survey: Survey,
  intent: Intent,
  action: Extract<Action, { readonly group: string }>,
): Survey {
  const side = sideOf(survey, intent, action);
  const group = survey[side];
  if (group === undefined) return survey;
  const set = (change: Partial<Group>) => changed(survey, action.group, change);
  switch (action.kind) {
    case 'record-intent':
      return set({ tags: { ...group.tags, ...tagsOf(intent, side) } });
    case 'retarget':
      return retargeted(survey, intent, group, action.template);
    case 'raise-maximum':
      return set({ maxSize: action.to });
    case 'hand-over':
      return { ...survey, old: undefined };
    case 'trim':
      return { ...survey, new: survey.new && { ...survey.new, desired: standingOf(survey, 'new').length } };
    case 'freeze':
      return set({ suspended: [...group.suspended, ...action.processes].sort() });
    case 'thaw':
      return set({ suspended: group.suspended.filter((one) => !action.processes.includes(one)) });
    case 'lower-minimum':
      return set({ minSize: 0 });
    case 'attach':
      return set(attachedTo(survey, group, action.balancers));
    case 'restore-size':
      return set(action.sizes);
    case 'copy-warm-pool':
      return set({ warmPool: 'there' });
    case 'delete-warm-pool':
      return set({ warmPool: 'going' });
    case 'delete-group':
      return set({ deleting: true });
    case 'forget':
      return set({ tags: without(group.tags, recordKeys(group)) });
    case 'grow':
      return launched(survey, side, action.to - sizeFor(survey, side, 0), intent);
  }
}

/** Which side a group is; of one that holds both, the one that this is about. */
function sideOf(survey: Survey, intent: Intent, { kind, group }: { kind: string; group: string }): Side {
  if (survey.old?.name !== group) return 'new';
  return kind === 'grow' && isInPlace(intent) && intent.direction === 'forward' ? 'new' : 'old';
}

/** The group, on whatever side it is; both where it holds both. */
function changed(survey: Survey, name: string, change: Partial<Group>): Survey {
  const apply = (group: Group | undefined) => (group?.name === name ? { ...group, ...change } : group);
  return { ...survey, old: apply(survey.old), new: apply(survey.new) };
}

/** In place there is a new side from the moment the group launches the new image, or as long as it has servers. */
function retargeted(survey: Survey, intent: Intent, group: Group, from: LaunchFrom): Survey {
  const template = launching(group, from, survey.launchTemplate);
  const after = changed(survey, group.name, { template });
  const made = newLaunchFrom(survey, intent);
  if (!isInPlace(intent) || made === undefined || survey.old === undefined) return after;
  const fresh = after.new ?? { ...group, template, desired: 0, instanceIds: [] };
  const launches = launchesFrom(template, made);
  const kept = launches || fresh.instanceIds.length > 0;
  return { ...after, new: kept ? { ...fresh, imageId: launches ? intent.imageId : undefined } : undefined };
}

/** The ARN of a target group is known from the old group, which is attached to it too. */
function attachedTo(survey: Survey, group: Group, names: readonly BalancerName[]): Partial<Group> {
  const classic = names.filter((name) => targetGroupNamed(name) === undefined);
  const arns = survey.old?.targetGroups.filter((arn) => names.includes(balancerNameOf(arn))) ?? [];
  return { balancers: [...group.balancers, ...classic], targetGroups: [...group.targetGroups, ...arns] };
}

function createdFrom(survey: Survey, intent: Intent, template: LaunchFrom): Group | undefined {
  const { old } = survey;
  return (
    old && {
      ...old,
      name: intent.newGroup,
      createdAtMs: survey.atMs,
      template: launching(old, template, survey.launchTemplate),
      imageId: intent.imageId,
      minSize: 0,
      desired: 0,
      suspended: [],
      balancers: [],
      targetGroups: [],
      warmPool: 'none',
      tags: { ...old.tags, ...tagsOf(intent, 'new') },
      instanceIds: [],
    }
  );
}

function launched(survey: Survey, side: Side, size: number, intent: Intent): Survey {
  const before = survey[side];
  const group = before && { ...before, desired: size };
  return group === undefined ? survey : filledUp({ ...survey, [side]: group }, side, size, intent);
}

function terminated(survey: Survey, instanceId: string): Survey {
  const victim = survey.servers.find((server) => server.instanceId === instanceId);
  const group = victim && survey[victim.side];
  if (victim === undefined || group === undefined) return survey;
  const servers = replace(survey.servers, instanceId, { lifecycle: 'Terminating' });
  return { ...survey, servers, [victim.side]: { ...group, desired: Math.max(0, group.desired - 1) } };
}

/** Raft counts this peer no longer. */
export function withoutPeer(survey: Survey, peerId: string): Survey {
  const { raft } = survey;
  const servers = survey.servers.map((one) => (one.peer?.id === peerId ? { ...one, peer: undefined } : one));
  return {
    ...survey,
    servers,
    raft: raft && { ...raft, peers: raft.peers.filter((peer) => peer.id !== peerId) },
  };
}

function inBalancers(
  survey: Survey,
  instanceIds: readonly string[],
  names: readonly string[],
  state: BalancerState,
): Survey {
  const servers = survey.servers.map((server) =>
    instanceIds.includes(server.instanceId)
      ? {
          ...server,
          balancers: { ...server.balancers, ...Object.fromEntries(names.map((name) => [name, state])) },
        }
      : server,
  );
  return { ...survey, servers };
}

function withSentinel(survey: Survey, sentinel: string | undefined): Survey {
  return { ...survey, raft: survey.raft && { ...survey.raft, sentinel } };
}

function retagged(survey: Survey, intent: Intent): Survey {
  const mark = (group: Group | undefined, side: Side) =>
    group && { ...group, tags: { ...group.tags, ...tagsOf(intent, side) } };
  return { ...survey, old: mark(survey.old, 'old'), new: mark(survey.new, 'new') };
}

function replace(servers: readonly Server[], instanceId: string, change: Partial<Server>): readonly Server[] {
  return servers.map((server) => (server.instanceId === instanceId ? { ...server, ...change } : server));
}

function without(tags: Readonly<Record<string, string>>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}
