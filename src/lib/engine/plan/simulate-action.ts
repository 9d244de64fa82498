import type { Action } from '../../model/action.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace } from '../../model/intent.js';
import {
  type LaunchFrom,
  launchesFrom,
  type SeenTemplate,
  type Template,
  type TemplateUse,
} from '../../model/launch-source.js';
import { type BalancerName, balancerNameOf, targetGroupNamed } from '../../model/load-balancer.js';
import type { Survey } from '../../model/observation.js';
import type { BalancerState, Server, Side } from '../../model/server.js';
import { recordKeys, tagsOf } from '../../model/tags.js';
import { rememberAction } from '../decide/memory.js';
import { serversOf, standingOf } from '../decide/servers.js';
import { newLaunchFrom } from '../launch-source/launch-source.js';
import { sizeFor } from '../strategy/in-place.js';

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

type Converted = Extract<Action, { readonly kind: 'convert-template' }>['to'];

/** Once a version was added: it is the latest, and the roll's own. */
export function withVersion(survey: Survey): Survey {
  const { launchTemplate: seen } = survey;
  const own = (seen?.latestVersion ?? 0) + 1;
  return withLaunchTemplate(survey, { own, latestVersion: own });
}

export function withoutVersion(survey: Survey, { oldTemplate }: Intent): Survey {
  const latestVersion = oldTemplate.kind === 'launch-template' ? oldTemplate.resolved : 0;
  return withLaunchTemplate(survey, { own: undefined, latestVersion });
}

export function withDefault(survey: Survey, defaultVersion: number): Survey {
  return withLaunchTemplate(survey, { defaultVersion });
}

/** EC2 will give the template an id; a plan knows none. */
export function converted(survey: Survey, to: Converted): Survey {
  if (to.kind === 'launch-configuration') return { ...survey, templates: [...survey.templates, to.name] };
  const launchTemplate: SeenTemplate = { id: '', name: to.name, defaultVersion: 1, latestVersion: 1, own: 1 };
  return { ...survey, launchTemplate };
}

/** A group's template once it was told to launch from something else; a mixed instances policy stays one. */
export function launching(group: Group, from: LaunchFrom, seen: SeenTemplate | undefined): Template {
  if (from.kind === 'launch-configuration') return from;
  const use: TemplateUse = { ...from, resolved: numberOf(from.version, seen) };
  return group.template.kind === 'mixed' ? { ...group.template, launchTemplate: use } : use;
}

function numberOf(version: string, seen: SeenTemplate | undefined): number | undefined {
  if (version === '$Latest') return seen?.latestVersion;
  return version === '$Default' ? seen?.defaultVersion : Number(version);
}

function withLaunchTemplate(survey: Survey, change: Partial<SeenTemplate>): Survey {
  const { launchTemplate: seen } = survey;
  return { ...survey, launchTemplate: seen && { ...seen, ...change } };
}

/** A side with as many servers as it is to have: for each that it lacks, one that does not exist yet. For plans. */
export function filledUp(survey: Survey, side: Side, size: number, intent: Intent): Survey {
  const group = survey[side];
  const known = serversOf(survey, side).length;
  const missing = Math.max(0, size - standingOf(survey, side).length);
  if (group === undefined || missing === 0) return survey;
  const fresh = Array.from({ length: missing }, (_, n) => placeholder(survey, side, known + n, intent));
  const instanceIds = [...group.instanceIds, ...fresh.map((server) => server.instanceId)];
  return { ...survey, servers: [...survey.servers, ...fresh], [side]: { ...group, instanceIds } };
}

/** `new-server-3`: booting, in no load balancer and no cluster. */
function placeholder(survey: Survey, side: Side, ordinal: number, intent: Intent): Server {
  const names = new Set(survey.servers.flatMap((server) => Object.keys(server.balancers)));
  const absent = Object.fromEntries([...names].map((name): [string, BalancerState] => [name, 'absent']));
  const [pattern] = survey.servers;
  return {
    instanceId: `${side}-server-${ordinal + 1}`,
    side,
    address: `${side}-server-${ordinal + 1}`,
    zone: pattern?.zone ?? '',
    imageId: side === 'new' ? intent.imageId : (survey.old?.imageId ?? ''),
    launchedAtMs: survey.atMs,
    lifecycle: 'Pending',
    protectedFromScaleIn: false,
    balancers: absent,
    agent: { kind: 'down', why: 'silent', detail: 'not launched yet' },
    peer: undefined,
  };
}
