import type { Action, ActionKind, ActionOf, AddressedServer } from '../model/action.js';
import { buildRollName } from '../model/cluster-name.js';
import { formatFlag, isAclDenied, RollError } from '../model/errors.js';
import {
  buildRecordKey,
  buildSentinelKey,
  buildVersionDescription,
  type Direction,
  type Intent,
} from '../model/intent.js';
import { type Memory, noteLeaveRequests } from '../model/memory.js';
import type { Observation } from '../model/observation.js';
import { formatRecord, type RollRecord } from '../model/record.js';
import { parseHost, type Refusal, type Side } from '../model/server.js';
import { isRecorded, listRecordKeys, readIntent, readRecordedSide } from '../model/tags.js';
import type { Engine } from './engine.js';
import { strategyOf } from './strategy/strategies.js';

/** The inputs of an effect: the ports, the observation that safety checked, and the intent. */
interface EffectContext {
  readonly engine: Engine;
  readonly observation: Observation;
  readonly memory: Memory;
  readonly intent: Intent;
}

/**
 * Carries out one kind of action. Doing it twice ends the same as doing it once. It returns what only the effect can
 * know, for memory.
 */
type Effect<K extends ActionKind> = (
  context: EffectContext,
  action: ActionOf<K>,
) => Promise<void> | Promise<Partial<Memory> | undefined>;

const EFFECTS = {
  'save-snapshot': async (context) => {
    const { engine, intent } = context;
    const chunks = await engine.consul.takeSnapshot(requireLeaderHost(context));
    return { snapshot: await engine.files.save(`${buildRollName(intent.cluster, intent.rollId)}.snap`, chunks) };
  },
  // A rollback that was asked for is recorded by `start-rollback`: it may be impossible.
  'write-record': (context) => {
    const { observation, intent } = context;
    const tagged = [observation.old, observation.new].find(isRecorded);
    const direction = (tagged && readIntent(tagged)?.direction) ?? 'forward';
    return writeRecord({ ...context, intent: { ...intent, direction } });
  },
  // With it go the tags that are there all the same: AWS showed late what was written, others removed the one that names the
  // roll, or a request to pause has come since.
  'delete-record': async (context) => {
    const { engine, observation, memory, intent } = context;
    const standing = [observation.old, observation.new].flatMap((group) => (group?.deleting === false ? group : []));
    const groups = new Map(standing.map((group) => [group.name, group]));
    const tagged = memory.tagsDenied === undefined ? groups : [];
    for (const [name, group] of tagged) await engine.cloud.untag(name, listRecordKeys(group, intent));
    await engine.consul.deleteKey(requireLeaderHost(context), buildRecordKey(intent.cluster));
  },
  // What the store has: a rollback that was asked for is recorded there first.
  'write-intent': (context, { group, side = 'old' }) => {
    const record = context.observation.raft?.record;
    const intent = record === undefined || record === 'damaged' ? context.intent : record.intent;
    return writeTags({ ...context, intent }, group, side);
  },
  'suspend-processes': ({ engine }, { group, processes }) => engine.cloud.suspendProcesses(group, processes),
  'protect-servers': ({ engine }, { group, instanceIds }) =>
    engine.cloud.setProtection(group, { newServers: true, instanceIds, isProtected: true }),
  'restore-protection': ({ engine }, { group, newServers, instanceIds }) =>
    engine.cloud.setProtection(group, { newServers, instanceIds, isProtected: false }),
  // The name is unique to the roll, so two rolls cannot both make it.
  'create-launch-configuration': ({ engine }, { from, name, imageId }) =>
    rememberRefusal(() => engine.cloud.createLaunchConfiguration(from, name, imageId)),
  'create-launch-template-version': ({ engine, intent }, { launchSource: { id, resolved }, imageId }) =>
    engine.cloud.createLaunchTemplateVersion({ id, version: resolved }, buildVersionDescription(intent), imageId),
  'convert-launch-source': ({ engine, intent }, { from, to, imageId }) =>
    rememberRefusal(() => engine.cloud.convertLaunchSource(from, to, buildVersionDescription(intent), imageId)),
  // The group carries the roll's record from the moment it exists.
  'create-group': ({ engine, intent }, { from, name, launchSource }) =>
    engine.cloud.createGroup(from, name, launchSource, strategyOf(intent).buildTags(intent, 'new')),
  'set-launch-source': ({ engine }, { group, launchSource }) => engine.cloud.setLaunchSource(group, launchSource),
  'set-default-version': ({ engine }, { id, version }) => engine.cloud.setDefaultLaunchTemplateVersion(id, version),
  'write-sentinel': (context, { value }) =>
    context.engine.consul.writeKey(requireLeaderHost(context), buildSentinelKey(context.intent.cluster), value),
  'set-max-size': ({ engine }, { group, to }) => engine.cloud.setSizes(group, { maxSize: to }),
  'set-min-size': ({ engine }, { group }) => engine.cloud.setSizes(group, { minSize: 0 }),
  'scale-out': ({ engine }, { group, to }) => engine.cloud.setSizes(group, { desired: to }),
  'lower-desired': ({ engine }, { group, to }) => engine.cloud.setSizes(group, { desired: to }),
  'restore-size': ({ engine }, { group, sizes }) => engine.cloud.setSizes(group, sizes),
  register: async ({ engine }, { instanceIds, balancers }) => {
    await Promise.all(balancers.map((balancer) => engine.cloud.register(balancer, instanceIds)));
  },
  deregister: async ({ engine }, { instanceIds, balancers }) => {
    await Promise.all(balancers.map((balancer) => engine.cloud.deregister(balancer, instanceIds)));
  },
  // Consul before 1.15 cannot be asked; then the leader leaves last and the others elect a new one.
  'transfer-leadership': async (context, { peerId }) => {
    await context.engine.consul.transferLeadership(requireLeaderHost(context), peerId);
  },
  'remove-peer': (context, { peerId }) => context.engine.consul.removePeer(requireLeaderHost(context), peerId),
  'forget-member': forgetMember,
  // Lowers the group's desired capacity with it. An agent that was asked to leave joins nothing any more.
  terminate: ({ engine }, { instanceId, cutOff }) =>
    cutOff === undefined ? engine.cloud.terminate(instanceId) : cutOffAndTerminate(engine, instanceId, cutOff),
  'complete-lifecycle-hooks': async ({ engine }, action) => {
    const answer = await engine.cloud.completeLifecycleHooks(action);
    return answer === 'denied' ? { hookCompletionDenied: true } : undefined;
  },
  'attach-load-balancers': ({ engine }, { group, balancers }) => engine.cloud.attachLoadBalancers(group, balancers),
  'copy-warm-pool': ({ engine }, { from, group }) => engine.cloud.copyWarmPool(from, group),
  'delete-warm-pool': ({ engine }, { group }) => engine.cloud.deleteWarmPool(group),
  'delete-group': ({ engine }, { group }) => engine.cloud.deleteGroup(group),
  'delete-launch-configuration': async ({ engine, memory }, { name }) => {
    const answer = await engine.cloud.deleteLaunchConfiguration(name);
    if (answer === 'deleted') return undefined;
    return { launchConfigurationsInUse: [...memory.launchConfigurationsInUse, name] };
  },
  'delete-launch-template-version': ({ engine }, { id, version }) =>
    engine.cloud.deleteLaunchTemplateVersion(id, version),
  'delete-launch-template': ({ engine }, { id }) => engine.cloud.deleteLaunchTemplate(id),
  'set-instance-health': ({ engine }, { instanceId }) => engine.cloud.setHealthy(instanceId),
  'resume-processes': ({ engine }, { group, processes }) => engine.cloud.resumeProcesses(group, processes),
  'delete-sentinel': (context) =>
    context.engine.consul.deleteKey(requireLeaderHost(context), buildSentinelKey(context.intent.cluster)),
  'clear-record': async ({ engine, observation, intent }, { group }) => {
    const recorded = [observation.old, observation.new].find((one) => one?.name === group);
    if (recorded !== undefined) await engine.cloud.untag(group, listRecordKeys(recorded, intent));
  },
  // In place, the record now says that the group is the new one.
  'complete-in-place': async (context, { group }) => {
    await writeStore(context, { intent: context.intent, side: 'new' });
    await writeTags(context, group, 'new');
  },
  'turn-forward': (context) => recordDirection(context, 'forward'),
  'start-rollback': (context) => recordDirection(context, 'rollback'),
} satisfies { readonly [K in Exclude<ActionKind, 'leave'>]: Effect<K> };

interface EffectResult {
  /** What only the effect can know, for memory. */
  readonly learned?: Partial<Memory> | undefined;
  /** What was done, if not all. */
  readonly done?: Action;
  /** What was not, of several servers. */
  readonly failed?: { readonly action: Action; readonly error: unknown } | undefined;
}

/**
 * Carries out one action.
 *
 * @throws the error of AWS or Consul; the next observation shows how far the effect got
 */
export async function executeAction(context: EffectContext, action: Action): Promise<EffectResult> {
  // Each on its own address; later observations read from Raft whether it has left.
  if (action.kind === 'leave') return requestLeaves(context, action);
  // Each entry takes the action of its own kind.
  const effect = EFFECTS[action.kind] as Effect<ActionKind>;
  return { learned: (await effect(context, action)) || undefined };
}

/** The address of the leader that the observation agreed on. Throws RollError `no-leader`. */
function requireLeaderHost({ observation, intent }: EffectContext): string {
  if (observation.raft !== undefined) return parseHost(observation.raft.leader);
  throw new RollError({
    code: 'no-leader',
    message: 'The cluster has no leader, which this step needs.',
    kind: 'quorum-at-risk',
    state: 'This step changed nothing.',
    next: `check again: consul-roll status ${formatFlag('cluster', intent.cluster)}`,
  });
}

/**
 * Asks all at the same moment. Memory keeps the answer of each, whatever becomes of the others: asked, refused, or not known
 * to have arrived.
 */
async function requestLeaves(
  { engine, observation: { atMs }, memory }: EffectContext,
  { kind, servers }: ActionOf<'leave'>,
): Promise<EffectResult> {
  const answers = await Promise.all(servers.map((server) => requestLeave(engine, server)));
  const select = (answer: LeaveAnswer['kind']) => servers.filter((_, n) => answers[n]?.kind === answer);
  const listIds = (answer: LeaveAnswer['kind']) => select(answer).map(({ instanceId }) => instanceId);
  const refusals = answers.flatMap((answer) => (answer.kind === 'refused' ? [answer.refusal] : []));
  const counted = noteLeaveRequests(memory.leaveRequests, listIds('asked'), atMs, true);
  const learned = {
    leaveRequests: noteLeaveRequests(counted, listIds('failed'), atMs, false),
    leaveRefusals: { ...memory.leaveRefusals, ...Object.fromEntries(refusals.map((one) => [one.instanceId, one])) },
  };
  const asked = select('asked');
  const others = servers.filter((server) => !asked.includes(server));
  const failure =
    answers.find((answer) => answer.kind === 'failed') ?? answers.find((answer) => answer.kind === 'refused');
  return {
    learned,
    done: { kind, servers: asked },
    failed: failure && { action: { kind, servers: others }, error: failure.error },
  };
}

/** What became of one request to leave. */
type LeaveAnswer =
  | { readonly kind: 'asked' }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly error: unknown }
  | { readonly kind: 'failed'; readonly error: unknown };

/** What cannot be delivered because nothing listens there counts as a request made. */
async function requestLeave({ consul }: Engine, { instanceId, address }: AddressedServer): Promise<LeaveAnswer> {
  try {
    await consul.requestLeave(address);
  } catch (error) {
    if (error instanceof RollError && error.code === 'consul-not-running') return { kind: 'asked' };
    if (!isAclDenied(error)) return { kind: 'failed', error };
    const refusal = { instanceId, message: error.message.replace(/\.$/, ''), remedy: error.next };
    return { kind: 'refused', refusal, error };
  }
  return { kind: 'asked' };
}

/**
 * Asked of every server: the leader has never known one with its own node id. Some may know it and not be reachable, so
 * one answer is enough; a token without operator:write leaves this to the operator.
 */
async function forgetMember(
  { engine, observation }: EffectContext,
  { node }: ActionOf<'forget-member'>,
): Promise<void> {
  const addresses = observation.servers.flatMap(({ agent, address }) => (agent.kind === 'up' && address) || []);
  const answers = await Promise.allSettled(addresses.map((address) => engine.consul.forgetMember(address, node)));
  const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
  if (failures.length === answers.length && failures.length > 0 && !failures.some(isAclDenied)) throw failures[0];
}

async function cutOffAndTerminate(engine: Engine, instanceId: string, address: string): Promise<void> {
  const isMistaken = await hasNamesake(engine, address).catch(() => false);
  const cut = isMistaken ? undefined : engine.consul.requestLeave(address).catch(() => undefined);
  await engine.cloud.terminate(instanceId);
  await cut;
}

/**
 * True if another member of the cluster that it has joined, which is of others, has its node id: Consul would take its
 * leave for that of the other. One that does not say so, for want of a token, refuses to leave too.
 */
async function hasNamesake({ consul }: Engine, address: string): Promise<boolean> {
  const members = (await consul.readMembers(address)) ?? [];
  const { nodeId = '' } = members.find((member) => member.address === address) ?? {};
  return nodeId !== '' && members.some((member) => member.nodeId === nodeId && member.address !== address);
}

/** Where AWS will never create launch configurations in this account, memory keeps that, and decides what is next. */
async function rememberRefusal(create: () => Promise<void>): Promise<Partial<Memory> | undefined> {
  try {
    await create();
    return undefined;
  } catch (error) {
    if (!(error instanceof RollError) || error.code !== 'launch-configurations-refused') throw error;
    return { launchSourceRefused: error.message };
  }
}

/** In place, a group without an old side has only new servers. */
function writeRecord(context: EffectContext): Promise<void> {
  const { observation, intent } = context;
  const isComplete = strategyOf(intent).launchesInOldGroup && observation.old === undefined;
  return writeStore(context, { intent, side: isComplete ? 'new' : 'old' });
}

function writeStore(context: EffectContext, record: RollRecord): Promise<void> {
  const { engine, intent } = context;
  return engine.consul.writeKey(requireLeaderHost(context), buildRecordKey(intent.cluster), formatRecord(record));
}

function writeTags({ engine, intent }: EffectContext, group: string, side: Side): Promise<void> {
  return engine.cloud.tag(group, strategyOf(intent).buildTags(intent, side));
}

/** Records it in the store, then on both groups; an earlier run may have ended after recording it on one. */
async function recordDirection(context: EffectContext, direction: Direction): Promise<void> {
  const intent = { ...context.intent, direction };
  await writeRecord({ ...context, intent });
  for (const side of ['old', 'new'] as const) {
    const group = context.observation[side];
    // One whose tags others have removed gets them again only if something of it is to be restored.
    if (!isRecorded(group) || readIntent(group)?.direction === direction) continue;
    await writeTags({ ...context, intent }, group.name, readRecordedSide(group) ?? side);
  }
}
