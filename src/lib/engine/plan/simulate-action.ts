import type { Action } from '../../model/action.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace } from '../../model/intent.js';
import {
  type GroupLaunchSource,
  type LaunchSource,
  type LaunchTemplateRef,
  type LaunchTemplateState,
  launchesFrom,
} from '../../model/launch-source.js';
import { type BalancerName, buildTargetGroupName, parseTargetGroupName } from '../../model/load-balancer.js';
import type { Knowledge } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { BalancerState, Server, Side } from '../../model/server.js';
import { buildTags, listRecordKeys } from '../../model/tags.js';
import { updateMemoryWithAction } from '../decide/memory.js';
import { listActiveServers, listServers } from '../decide/servers.js';
import { findNewLaunchSource } from '../launch-source/launch-source.js';
import { computeGroupSize } from '../strategy/in-place.js';

/**
 * The survey as it is just after an action took hold: the effect itself, before anything that has to be waited
 * for (settle.ts). Pure, so that a plan is the same `decide` folded over predictions.
 */
export function simulateAction(known: Knowledge, intent: Intent, action: Action): Knowledge {
  return {
    observation: simulateEffect(known.observation, intent, action),
    memory: updateMemoryWithAction(known, action),
  };
}

function simulateEffect(observation: Observation, intent: Intent, action: Action): Observation {
  switch (action.kind) {
    case 'save-snapshot':
    case 'transfer-leadership':
    case 'leave':
      return observation;
    case 'write-sentinel':
    case 'delete-sentinel':
      return setSentinel(observation, action.kind === 'write-sentinel' ? action.value : undefined);
    case 'create-launch-configuration':
      return { ...observation, launchConfigurations: [...observation.launchConfigurations, action.name] };
    case 'delete-launch-configuration':
      return {
        ...observation,
        launchConfigurations: observation.launchConfigurations.filter((name) => name !== action.name),
      };
    case 'create-launch-template-version':
      return addVersion(observation);
    case 'delete-launch-template-version':
      return removeVersion(observation, intent);
    case 'convert-launch-source':
      return addConvertedLaunchSource(observation, action.to);
    case 'delete-launch-template':
      return { ...observation, launchTemplate: undefined };
    case 'set-default-version':
      return setDefaultVersion(observation, action.version);
    case 'create-group':
      return { ...observation, new: simulateCreateGroup(observation, intent, action.launchSource) };
    case 'remove-peer':
      return removePeer(observation, action.peerId);
    case 'terminate':
      return simulateTerminate(observation, action.instanceId);
    case 'deregister':
      return setBalancerStates(observation, [action.instanceId], action.balancers, 'draining');
    case 'register':
      return setBalancerStates(observation, action.instanceIds, action.balancers, 'registering');
    case 'start-rollback':
      return simulateTags(observation, { ...intent, direction: 'rollback' });
    default:
      return simulateGroupAction(observation, intent, action);
  }
}

/** The actions that change one field of one group. */
function simulateGroupAction(
  observation: Observation,
  intent: Intent,
  action: Extract<Action, { readonly group: string }>,
): Observation {
  const side = findSide(observation, intent, action);
  const group = observation[side];
  if (group === undefined) return observation;
  const set = (change: Partial<Group>) => updateGroup(observation, action.group, change);
  switch (action.kind) {
    case 'write-intent':
      return set({ tags: { ...group.tags, ...buildTags(intent, side) } });
    case 'set-launch-source':
      return simulateSetLaunchSource(observation, intent, group, action.launchSource);
    case 'set-max-size':
      return set({ maxSize: action.to });
    case 'complete-in-place':
      return { ...observation, old: undefined };
    case 'lower-desired':
      return {
        ...observation,
        new: observation.new && { ...observation.new, desired: listActiveServers(observation, 'new').length },
      };
    case 'suspend-processes':
      return set({ suspendedProcesses: [...group.suspendedProcesses, ...action.processes].sort() });
    case 'resume-processes':
      return set({
        suspendedProcesses: group.suspendedProcesses.filter((one) => !action.processes.includes(one)),
      });
    case 'set-min-size':
      return set({ minSize: 0 });
    case 'attach-load-balancers':
      return set(simulateAttach(observation, group, action.balancers));
    case 'restore-size':
      return set(action.sizes);
    case 'copy-warm-pool':
      return set({ warmPool: 'there' });
    case 'delete-warm-pool':
      return set({ warmPool: 'going' });
    case 'delete-group':
      return set({ deleting: true });
    case 'clear-record':
      return set({ tags: omitKeys(group.tags, listRecordKeys(group)) });
    case 'scale-out':
      return simulateLaunch(observation, side, action.to - computeGroupSize(observation, side, 0), intent);
  }
}

/** Which side a group is; of one that holds both, the one that this is about. */
function findSide(
  observation: Observation,
  intent: Intent,
  { kind, group }: { kind: string; group: string },
): Side {
  if (observation.old?.name !== group) return 'new';
  return kind === 'scale-out' && isInPlace(intent) && intent.direction === 'forward' ? 'new' : 'old';
}

/** The group, on whatever side it is; both where it holds both. */
function updateGroup(observation: Observation, name: string, change: Partial<Group>): Observation {
  const apply = (group: Group | undefined) => (group?.name === name ? { ...group, ...change } : group);
  return { ...observation, old: apply(observation.old), new: apply(observation.new) };
}

/** In place there is a new side from the moment the group launches the new image, or as long as it has servers. */
function simulateSetLaunchSource(
  observation: Observation,
  intent: Intent,
  group: Group,
  from: LaunchSource,
): Observation {
  const launchSource = buildGroupLaunchSource(group, from, observation.launchTemplate);
  const after = updateGroup(observation, group.name, { launchSource });
  const made = findNewLaunchSource(observation, intent);
  if (!isInPlace(intent) || made === undefined || observation.old === undefined) return after;
  const fresh = after.new ?? { ...group, launchSource, desired: 0, instanceIds: [] };
  const launches = launchesFrom(launchSource, made);
  const kept = launches || fresh.instanceIds.length > 0;
  return { ...after, new: kept ? { ...fresh, imageId: launches ? intent.imageId : undefined } : undefined };
}

/** The ARN of a target group is known from the old group, which is attached to it too. */
function simulateAttach(
  observation: Observation,
  group: Group,
  names: readonly BalancerName[],
): Partial<Group> {
  const classic = names.filter((name) => parseTargetGroupName(name) === undefined);
  const arns = observation.old?.targetGroups.filter((arn) => names.includes(buildTargetGroupName(arn))) ?? [];
  return { balancers: [...group.balancers, ...classic], targetGroups: [...group.targetGroups, ...arns] };
}

function simulateCreateGroup(
  observation: Observation,
  intent: Intent,
  launchSource: LaunchSource,
): Group | undefined {
  const { old } = observation;
  return (
    old && {
      ...old,
      name: intent.newGroup,
      createdAtMs: observation.atMs,
      launchSource: buildGroupLaunchSource(old, launchSource, observation.launchTemplate),
      imageId: intent.imageId,
      minSize: 0,
      desired: 0,
      suspendedProcesses: [],
      balancers: [],
      targetGroups: [],
      warmPool: 'none',
      tags: { ...old.tags, ...buildTags(intent, 'new') },
      instanceIds: [],
    }
  );
}

function simulateLaunch(observation: Observation, side: Side, size: number, intent: Intent): Observation {
  const before = observation[side];
  const group = before && { ...before, desired: size };
  return group === undefined
    ? observation
    : addPlaceholders({ ...observation, [side]: group }, side, size, intent);
}

function simulateTerminate(observation: Observation, instanceId: string): Observation {
  const departing = observation.servers.find((server) => server.instanceId === instanceId);
  const group = departing && observation[departing.side];
  if (departing === undefined || group === undefined) return observation;
  const servers = updateServer(observation.servers, instanceId, { lifecycle: 'Terminating' });
  return { ...observation, servers, [departing.side]: { ...group, desired: Math.max(0, group.desired - 1) } };
}

/** Raft counts this peer no longer. */
export function removePeer(observation: Observation, peerId: string): Observation {
  const { raft } = observation;
  const servers = observation.servers.map((one) =>
    one.peer?.id === peerId ? { ...one, peer: undefined } : one,
  );
  return {
    ...observation,
    servers,
    raft: raft && { ...raft, peers: raft.peers.filter((peer) => peer.id !== peerId) },
  };
}

function setBalancerStates(
  observation: Observation,
  instanceIds: readonly string[],
  names: readonly string[],
  state: BalancerState,
): Observation {
  const servers = observation.servers.map((server) =>
    instanceIds.includes(server.instanceId)
      ? {
          ...server,
          balancers: { ...server.balancers, ...Object.fromEntries(names.map((name) => [name, state])) },
        }
      : server,
  );
  return { ...observation, servers };
}

function setSentinel(observation: Observation, sentinel: string | undefined): Observation {
  return { ...observation, raft: observation.raft && { ...observation.raft, sentinel } };
}

function simulateTags(observation: Observation, intent: Intent): Observation {
  const mark = (group: Group | undefined, side: Side) =>
    group && { ...group, tags: { ...group.tags, ...buildTags(intent, side) } };
  return { ...observation, old: mark(observation.old, 'old'), new: mark(observation.new, 'new') };
}

function updateServer(
  servers: readonly Server[],
  instanceId: string,
  change: Partial<Server>,
): readonly Server[] {
  return servers.map((server) => (server.instanceId === instanceId ? { ...server, ...change } : server));
}

function omitKeys(tags: Readonly<Record<string, string>>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}

type ConvertedTo = Extract<Action, { readonly kind: 'convert-launch-source' }>['to'];

/** Once a version was added: it is the latest, and the roll's own. */
export function addVersion(observation: Observation): Observation {
  const { launchTemplate: seen } = observation;
  const own = (seen?.latestVersion ?? 0) + 1;
  return updateLaunchTemplate(observation, { rollVersion: own, latestVersion: own });
}

export function removeVersion(observation: Observation, { previousLaunchSource }: Intent): Observation {
  const latestVersion = previousLaunchSource.kind === 'launch-template' ? previousLaunchSource.resolved : 0;
  return updateLaunchTemplate(observation, { rollVersion: undefined, latestVersion });
}

export function setDefaultVersion(observation: Observation, defaultVersion: number): Observation {
  return updateLaunchTemplate(observation, { defaultVersion });
}

/** EC2 will give the template an id; a plan knows none. */
export function addConvertedLaunchSource(observation: Observation, to: ConvertedTo): Observation {
  if (to.kind === 'launch-configuration')
    return { ...observation, launchConfigurations: [...observation.launchConfigurations, to.name] };
  const launchTemplate: LaunchTemplateState = {
    id: '',
    name: to.name,
    defaultVersion: 1,
    latestVersion: 1,
    rollVersion: 1,
  };
  return { ...observation, launchTemplate };
}

/** A group's template once it was told to launch from something else; a mixed instances policy stays one. */
export function buildGroupLaunchSource(
  group: Group,
  from: LaunchSource,
  seen: LaunchTemplateState | undefined,
): GroupLaunchSource {
  if (from.kind === 'launch-configuration') return from;
  const launchTemplate: LaunchTemplateRef = { ...from, resolved: resolveVersion(from.version, seen) };
  return group.launchSource.kind === 'mixed'
    ? { ...group.launchSource, launchTemplate: launchTemplate }
    : launchTemplate;
}

function resolveVersion(version: string, seen: LaunchTemplateState | undefined): number | undefined {
  if (version === '$Latest') return seen?.latestVersion;
  return version === '$Default' ? seen?.defaultVersion : Number(version);
}

function updateLaunchTemplate(observation: Observation, change: Partial<LaunchTemplateState>): Observation {
  const { launchTemplate: seen } = observation;
  return { ...observation, launchTemplate: seen && { ...seen, ...change } };
}

/** A side with as many servers as it is to have: for each that it lacks, one that does not exist yet. For plans. */
export function addPlaceholders(
  observation: Observation,
  side: Side,
  size: number,
  intent: Intent,
): Observation {
  const group = observation[side];
  const known = listServers(observation, side).length;
  const missing = Math.max(0, size - listActiveServers(observation, side).length);
  if (group === undefined || missing === 0) return observation;
  const fresh = Array.from({ length: missing }, (_, n) =>
    buildPlaceholder(observation, side, known + n, intent),
  );
  const instanceIds = [...group.instanceIds, ...fresh.map((server) => server.instanceId)];
  return { ...observation, servers: [...observation.servers, ...fresh], [side]: { ...group, instanceIds } };
}

/** `new-server-3`: booting, in no load balancer and no cluster. */
function buildPlaceholder(observation: Observation, side: Side, ordinal: number, intent: Intent): Server {
  const names = new Set(observation.servers.flatMap((server) => Object.keys(server.balancers)));
  const absent = Object.fromEntries([...names].map((name): [string, BalancerState] => [name, 'absent']));
  const [pattern] = observation.servers;
  return {
    instanceId: `${side}-server-${ordinal + 1}`,
    side,
    address: `${side}-server-${ordinal + 1}`,
    zone: pattern?.zone ?? '',
    imageId: side === 'new' ? intent.imageId : (observation.old?.imageId ?? ''),
    launchedAtMs: observation.atMs,
    lifecycle: 'Pending',
    protectedFromScaleIn: false,
    balancers: absent,
    agent: { kind: 'down', why: 'silent', detail: 'not launched yet' },
    peer: undefined,
  };
}
