import type { Action, ActionKind, ActionOf } from '../../model/action.js';
import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import { asLaunchTemplate, type LaunchSource, type LaunchTemplateState } from '../../model/launch-source.js';
import { type BalancerName, buildTargetGroupName, parseTargetGroupName } from '../../model/load-balancer.js';
import type { Knowledge } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { RollRecord } from '../../model/record.js';
import type { BalancerState, Server, Side } from '../../model/server.js';
import { computeGroupSize, isTerminating, listActiveServers, listServers, sumDesired } from '../../model/servers.js';
import { listRecordKeys } from '../../model/tags.js';
import { countByZone } from '../../model/zones.js';
import { updateMemoryWithAction } from '../decide/memory.js';
import { buildGroupLaunchSource, launchSourceOf } from '../launch-source/launch-sources.js';
import { strategyOf } from '../strategy/strategies.js';

/** The observation just after one kind of action took effect, before anything that has to be waited for. */
type SimulatedEffect<K extends ActionKind> = (
  observation: Observation,
  action: ActionOf<K>,
  intent: Intent,
) => Observation;

/** What the action does is not seen at once: a wait shows it (simulate-wait.ts), or only memory keeps it. */
const unchanged = (observation: Observation) => observation;

const SIMULATED_EFFECTS = {
  'save-snapshot': unchanged,
  'write-record': (observation, _action, intent) => setRecord(observation, { intent, side: 'old' }),
  'delete-record': (observation) => setRecord(observation, undefined),
  'write-intent': (observation, { group: name }, intent) =>
    updateGroup(observation, name, ({ tags }, side) => ({
      tags: { ...tags, ...strategyOf(intent).buildTags(intent, side) },
      hasOtherTags: false,
    })),
  'suspend-processes': (observation, { group: name, processes }) =>
    updateGroup(observation, name, ({ suspendedProcesses }) => ({
      suspendedProcesses: [...suspendedProcesses, ...processes].sort(),
    })),
  'protect-servers': (observation, { group: name, instanceIds }) =>
    setProtection(
      updateGroup(observation, name, () => ({ protectsNewServers: true })),
      instanceIds,
      true,
    ),
  'restore-protection': (observation, { group: name, newServers, instanceIds }) =>
    setProtection(
      updateGroup(observation, name, () => ({ protectsNewServers: newServers })),
      instanceIds,
      false,
    ),
  'create-launch-configuration': simulateCreateLaunchSource,
  'create-launch-template-version': simulateCreateLaunchSource,
  'convert-launch-source': simulateCreateLaunchSource,
  'create-group': (observation, { launchSource }, intent) => ({
    ...observation,
    new: simulateCreateGroup(observation, intent, launchSource),
  }),
  'set-launch-source': simulateSetLaunchSource,
  'set-default-version': (observation, { version }) => updateLaunchTemplate(observation, { defaultVersion: version }),
  'write-sentinel': (observation, { value }) => setSentinel(observation, value),
  'set-max-size': (observation, { group, to }) => updateGroup(observation, group, () => ({ maxSize: to })),
  'set-min-size': (observation, { group }) => updateGroup(observation, group, () => ({ minSize: 0 })),
  'scale-out': simulateScaleOut,
  'lower-desired': (observation, { group, to }) => {
    if (observation.old?.name !== observation.new?.name)
      return updateGroup(observation, group, () => ({ desired: to }));
    const desired = listActiveServers(observation, 'new').length;
    return { ...observation, new: observation.new && { ...observation.new, desired } };
  },
  'restore-size': simulateRestoreSize,
  register: (observation, { instanceIds, balancers }) =>
    setBalancerStates(observation, instanceIds, balancers, 'registering'),
  deregister: (observation, { instanceIds, balancers }) =>
    setBalancerStates(observation, instanceIds, balancers, 'draining'),
  'transfer-leadership': unchanged,
  leave: unchanged,
  'remove-peer': (observation, { peerId }) => removePeer(observation, peerId),
  'forget-member': unchanged,
  terminate: simulateTerminate,
  'complete-lifecycle-hooks': (observation, { instanceIds }) =>
    updateServers(observation, instanceIds, (server) => ({ ...server, lifecycle: 'Terminating:Proceed' })),
  'attach-load-balancers': (observation, { group: name, balancers }) =>
    updateGroup(observation, name, (group) => simulateAttach(observation, group, balancers)),
  'copy-warm-pool': (observation, { group }) => updateGroup(observation, group, () => ({ warmPool: 'there' })),
  'delete-warm-pool': (observation, { group }) => updateGroup(observation, group, () => ({ warmPool: 'going' })),
  'delete-group': (observation, { group }) => updateGroup(observation, group, () => ({ deleting: true })),
  'delete-launch-configuration': (observation, { name }) => ({
    ...observation,
    launchConfigurations: observation.launchConfigurations.filter((one) => one !== name),
  }),
  'delete-launch-template-version': (observation, _action, { previousLaunchSource }) =>
    updateLaunchTemplate(observation, {
      rollVersion: undefined,
      latestVersion: asLaunchTemplate(previousLaunchSource)?.resolved ?? 0,
    }),
  'delete-launch-template': (observation) => ({ ...observation, launchTemplate: undefined }),
  'set-instance-health': (observation, { instanceId }) => ({
    ...observation,
    servers: observation.servers.map((one) =>
      one.instanceId === instanceId ? { ...one, markedUnhealthy: false } : one,
    ),
  }),
  'resume-processes': (observation, { group: name, processes }) =>
    updateGroup(observation, name, ({ suspendedProcesses }) => ({
      suspendedProcesses: suspendedProcesses.filter((process) => !processes.includes(process)),
    })),
  'delete-sentinel': (observation) => setSentinel(observation, undefined),
  'clear-record': (observation, { group: name }, intent) =>
    updateGroup(observation, name, (group) => ({ tags: omitKeys(group.tags, listRecordKeys(group, intent)) })),
  'complete-in-place': (observation) => ({ ...observation, old: undefined }),
  'turn-forward': (observation, _action, intent) => recordIntent(observation, { ...intent, direction: 'forward' }),
  'start-rollback': (observation, _action, intent) => recordIntent(observation, { ...intent, direction: 'rollback' }),
} satisfies { readonly [K in ActionKind]: SimulatedEffect<K> };

/**
 * What is known just after an action took effect, before anything that has to be waited for. Pure, so that a plan is
 * the same `decide`, folded over simulated effects.
 */
export function simulateAction(known: Knowledge, intent: Intent, action: Action): Knowledge {
  // Each entry takes the action of its own kind.
  const simulate = SIMULATED_EFFECTS[action.kind] as SimulatedEffect<ActionKind>;
  return { observation: simulate(known.observation, action, intent), memory: updateMemoryWithAction(known, action) };
}

/** Changes the group of this name; in place that is both views of it, by what the old one says. */
export function updateGroup(
  observation: Observation,
  name: string,
  compute: (group: Group, side: Side) => Partial<Group>,
): Observation {
  const side = observation.old?.name === name ? 'old' : 'new';
  const group = observation[side];
  if (group === undefined) return observation;
  const change = compute(group, side);
  const apply = (view: Group | undefined) => (view?.name === name ? { ...view, ...change } : view);
  return { ...observation, old: apply(observation.old), new: apply(observation.new) };
}

function setProtection(observation: Observation, instanceIds: readonly string[], isProtected: boolean): Observation {
  return updateServers(observation, instanceIds, (server) => ({ ...server, protectedFromScaleIn: isProtected }));
}

/** In place there is a new side as soon as the group launches the new image, and as long as it has new servers. */
function simulateSetLaunchSource(
  observation: Observation,
  { group: name, launchSource: from }: ActionOf<'set-launch-source'>,
  intent: Intent,
): Observation {
  const group = observation.old?.name === name ? observation.old : observation.new;
  if (group === undefined) return observation;
  const launchSource = buildGroupLaunchSource(group, from, observation.launchTemplate);
  const after = updateGroup(observation, name, () => ({ launchSource }));
  if (observation.old === undefined) return after;
  return strategyOf(intent).simulateLaunchSource(after, { observation, intent }, group);
}

/** The ARN of a target group is known from the old group, which is attached to it too. */
function simulateAttach(observation: Observation, group: Group, names: readonly BalancerName[]): Partial<Group> {
  const classic = names.filter((name) => parseTargetGroupName(name) === undefined);
  const arns = observation.old?.targetGroups.filter((arn) => names.includes(buildTargetGroupName(arn))) ?? [];
  return { balancers: [...group.balancers, ...classic], targetGroups: [...group.targetGroups, ...arns] };
}

function simulateCreateGroup(observation: Observation, intent: Intent, launchSource: LaunchSource): Group | undefined {
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
      tags: { ...old.tags, ...strategyOf(intent).buildTags(intent, 'new') },
      instanceIds: [],
    }
  );
}

/** Only a rollback launches old servers. */
function simulateScaleOut(observation: Observation, { to }: ActionOf<'scale-out'>, intent: Intent): Observation {
  const side = intent.direction === 'rollback' ? 'old' : 'new';
  const group = observation[side];
  if (group === undefined) return observation;
  const desired = to - computeGroupSize(observation, side, 0);
  return addPlaceholders({ ...observation, [side]: { ...group, desired } }, side, desired, intent);
}

/** In place what the desired capacity grows by is the new side's. */
function simulateRestoreSize(
  observation: Observation,
  { group: name, sizes: { desired, ...bounds } }: ActionOf<'restore-size'>,
): Observation {
  const after = updateGroup(observation, name, () => bounds);
  const side = after.new?.name === name ? 'new' : 'old';
  const group = after[side];
  if (group === undefined) return after;
  return { ...after, [side]: { ...group, desired: group.desired + desired - sumDesired(after, name) } };
}

function simulateTerminate(observation: Observation, { instanceId }: ActionOf<'terminate'>): Observation {
  const departing = observation.servers.find((server) => server.instanceId === instanceId);
  const group = departing && observation[departing.side];
  if (departing === undefined || group === undefined) return observation;
  const after = updateServers(observation, [instanceId], (server) => ({ ...server, lifecycle: 'Terminating' }));
  return { ...after, [departing.side]: { ...group, desired: Math.max(0, group.desired - 1) } };
}

export function updateServers(
  observation: Observation,
  ids: readonly string[],
  change: (server: Server) => Server,
): Observation {
  const servers = observation.servers.map((server) => (ids.includes(server.instanceId) ? change(server) : server));
  return { ...observation, servers };
}

/** The peer is no longer in Raft. */
export function removePeer(observation: Observation, peerId: string): Observation {
  const { raft } = observation;
  const servers = observation.servers.map((one) => (one.peer?.id === peerId ? { ...one, peer: undefined } : one));
  return { ...observation, servers, raft: raft && { ...raft, peers: raft.peers.filter((peer) => peer.id !== peerId) } };
}

function setBalancerStates(
  observation: Observation,
  instanceIds: readonly string[],
  names: readonly string[],
  state: BalancerState,
): Observation {
  const states = Object.fromEntries(names.map((name) => [name, state]));
  return updateServers(observation, instanceIds, (server) => ({
    ...server,
    balancers: { ...server.balancers, ...states },
  }));
}

function setSentinel(observation: Observation, sentinel: string | undefined): Observation {
  return { ...observation, raft: observation.raft && { ...observation.raft, sentinel } };
}

function setRecord(observation: Observation, record: RollRecord | undefined): Observation {
  return { ...observation, raft: observation.raft && { ...observation.raft, record } };
}

/** The store and both groups have this intent. */
function recordIntent(observation: Observation, intent: Intent): Observation {
  const mark = (group: Group | undefined, side: Side) =>
    group && { ...group, tags: { ...group.tags, ...strategyOf(intent).buildTags(intent, side) } };
  const { old, new: group } = observation;
  return setRecord({ ...observation, old: mark(old, 'old'), new: mark(group, 'new') }, { intent, side: 'old' });
}

function omitKeys(tags: Readonly<Record<string, string>>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}

function simulateCreateLaunchSource(observation: Observation, _action: Action, intent: Intent): Observation {
  return launchSourceOf(intent).simulateCreate(observation);
}

function updateLaunchTemplate(observation: Observation, change: Partial<LaunchTemplateState>): Observation {
  const { launchTemplate } = observation;
  return { ...observation, launchTemplate: launchTemplate && { ...launchTemplate, ...change } };
}

/** Adds a placeholder for each server that a side lacks to have this many. */
export function addPlaceholders(observation: Observation, side: Side, size: number, intent: Intent): Observation {
  const group = observation[side];
  const known = listServers(observation, side).length;
  const missing = Math.max(0, size - listActiveServers(observation, side).length);
  if (group === undefined || missing === 0) return observation;
  const servers = [...observation.servers];
  const added = Array.from({ length: missing }, (_, n) => {
    const placeholder = buildPlaceholder({ ...observation, servers }, side, known + n, intent);
    servers.push(placeholder);
    return placeholder.instanceId;
  });
  return { ...observation, servers, [side]: { ...group, instanceIds: [...group.instanceIds, ...added] } };
}

/** `new-server-3`: booting, not in a load balancer, not in Raft. */
function buildPlaceholder(observation: Observation, side: Side, ordinal: number, intent: Intent): Server {
  const names = new Set(observation.servers.flatMap((server) => Object.keys(server.balancers)));
  const absent = Object.fromEntries([...names].map((name): [string, BalancerState] => [name, 'absent']));
  return {
    instanceId: `${side}-server-${ordinal + 1}`,
    side,
    address: `${side}-server-${ordinal + 1}`,
    zone: findEmptiestZone(observation, side),
    imageId: side === 'new' ? intent.imageId : (observation.old?.imageId ?? ''),
    launchedAtMs: observation.atMs,
    lifecycle: 'Pending',
    protectedFromScaleIn: observation[side]?.protectsNewServers === true,
    markedUnhealthy: false,
    balancers: absent,
    agent: { kind: 'down', why: 'silent', detail: 'not launched yet' },
    peer: undefined,
  };
}

/** Auto Scaling launches in the zone of the group with the fewest servers. */
function findEmptiestZone(observation: Observation, side: Side): string {
  const group = observation[side];
  const own = observation.servers.filter((one) => !isTerminating(one) && observation[one.side]?.name === group?.name);
  const [emptiest = ['']] = [...countByZone(group?.zones ?? [], own)].sort(([, a], [, b]) => a - b);
  return emptiest[0];
}
