import { type Action, type ActionKind, type ActionOf, listDepartingInstances } from '../../model/action.js';
import type { Step, Wait, WaitCondition } from '../../model/decision.js';
import type { Knowledge, Memory } from '../../model/memory.js';
import type { MachineImage, Observation } from '../../model/observation.js';
import type { KnownQuorumMargin } from '../../model/raft.js';
import type { CallerIdentity } from '../../model/roll-context.js';
import type { Server, Side } from '../../model/server.js';
import type { ServerFailure } from '../../model/server-failure.js';
import { findKnownQuorumMargin, findLeader, isHealthKnown } from '../../model/servers.js';
import type { StopReason } from '../../model/stop-reason.js';
import { determineServerState, findTrafficState, takesTraffic } from '../server-states.js';
import { describeAction } from '../text/actions.js';
import { describeFailure } from '../text/failures.js';
import { listRemedies } from '../text/remedies.js';
import { describeStepReason } from '../text/step-reasons.js';
import { describeStopReason } from '../text/stop-reasons.js';
import type { ReasonDocument, ServerDocument, ServerFailureDocument, StateDocument, StepDocument } from './parts.js';

// The parts that several documents share. Every field is named here, so that a name of the model never reaches a reader.

/**
 * Name and version of the documents of `--json`; docs/schemas has the schema of each under its name here. A version
 * grows when a field changes its meaning or goes away.
 */
export const SCHEMA_IDS = {
  list: 'consul-roll/list/1',
  history: 'consul-roll/history/1',
  status: 'consul-roll/status/3',
  plan: 'consul-roll/plan/4',
  result: 'consul-roll/result/4',
  error: 'consul-roll/error/1',
  doctor: 'consul-roll/doctor/3',
  pause: 'consul-roll/pause/1',
  'creation-plan': 'consul-roll/creation-plan/2',
  creation: 'consul-roll/creation/4',
  'user-data': 'consul-roll/user-data/1',
  config: 'consul-roll/config/1',
  report: 'consul-roll/report/2',
  demo: 'consul-roll/demo/3',
  'sandbox-up': 'consul-roll/sandbox-up/1',
  'sandbox-down': 'consul-roll/sandbox-down/1',
} as const;

/** ISO 8601, UTC, with milliseconds. */
export function formatInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** @param side null while no roll is in progress */
export function buildServerDocument(
  server: Server,
  { observation, memory }: Knowledge,
  side: Side | null = server.side,
): ServerDocument {
  const { agent, peer } = server;
  return {
    instanceId: server.instanceId,
    address: server.address ?? null,
    zone: server.zone,
    side,
    image: server.imageId,
    lifecycle: server.lifecycle,
    consul: agent.kind === 'up' ? agent.version : null,
    state: determineServerState(server, { observation, memory }),
    traffic: findTrafficState(server) ?? null,
    balancers: { ...server.balancers },
    voter: peer?.voter ?? false,
    leader: peer?.leader ?? false,
    healthy: isHealthKnown(observation) ? (peer?.healthy ?? false) : null,
    answering: agent.kind === 'up',
    inService: takesTraffic(server),
  };
}

/** Every server, oldest first. */
export function buildServerDocuments(known: Knowledge | undefined, isRolling = true): ServerDocument[] {
  if (known === undefined) return [];
  return known.observation.servers.map((server) => buildServerDocument(server, known, isRolling ? server.side : null));
}

/** The voters of an observation. */
export function buildStateDocument(observation: Observation): StateDocument {
  return buildMarginDocument(findKnownQuorumMargin(observation), findLeader(observation)?.instanceId);
}

export function buildMarginDocument(margin: KnownQuorumMargin | undefined, leader: string | undefined): StateDocument {
  return {
    voters: margin?.voters ?? null,
    healthy: margin?.healthy ?? null,
    quorum: margin?.quorum ?? null,
    margin: margin?.margin ?? null,
    leader: (margin && leader) ?? null,
  };
}

export function buildStepDocument({ phase, action, reason }: Step): StepDocument {
  const { group = null, instanceIds = [] } = findAffected(action);
  return {
    phase,
    action: action.kind,
    instanceIds: [...instanceIds],
    group,
    what: describeAction(action),
    why: describeStepReason(reason),
  };
}

export function buildWaitFields({ for: condition, sinceMs, limitMs }: Wait) {
  return { for: condition.kind, instanceIds: listAwaitedServers(condition), since: formatInstant(sinceMs), limitMs };
}

/** What a step acts on. */
interface Affected {
  readonly group?: string | undefined;
  readonly instanceIds?: readonly string[];
}

const onNothing = (): Affected => ({});
const onGroup = ({ group }: { readonly group: string }): Affected => ({ group });
const onServer = ({ instanceId }: { readonly instanceId: string }): Affected => ({ instanceIds: [instanceId] });

const AFFECTED = {
  'save-snapshot': onNothing,
  'write-record': onNothing,
  'delete-record': onNothing,
  'write-intent': onGroup,
  'suspend-processes': onGroup,
  'protect-servers': ({ group, instanceIds }) => ({ group, instanceIds }),
  'restore-protection': ({ group, instanceIds }) => ({ group, instanceIds }),
  'create-launch-configuration': onNothing,
  'create-launch-template-version': onNothing,
  'convert-launch-source': onNothing,
  'create-group': ({ name }) => ({ group: name }),
  'set-launch-source': onGroup,
  'set-default-version': onNothing,
  'write-sentinel': onNothing,
  'set-max-size': onGroup,
  'set-min-size': onGroup,
  'scale-out': onGroup,
  'lower-desired': onGroup,
  'restore-size': onGroup,
  register: ({ instanceIds }) => ({ instanceIds }),
  deregister: ({ instanceIds }) => ({ instanceIds }),
  'transfer-leadership': ({ to }) => ({ instanceIds: [to] }),
  leave: (action) => ({ instanceIds: listDepartingInstances(action) }),
  'remove-peer': onNothing,
  'forget-member': onNothing,
  terminate: onServer,
  'complete-lifecycle-hooks': ({ group, instanceIds }) => ({ group, instanceIds }),
  'attach-load-balancers': onGroup,
  'copy-warm-pool': onGroup,
  'delete-warm-pool': onGroup,
  'delete-group': onGroup,
  'delete-launch-configuration': onNothing,
  'delete-launch-template-version': onNothing,
  'delete-launch-template': onNothing,
  'set-instance-health': onServer,
  'resume-processes': onGroup,
  'delete-sentinel': onNothing,
  'clear-record': onGroup,
  'complete-in-place': onGroup,
  'turn-forward': ({ groups: [group] }) => ({ group }),
  'start-rollback': ({ groups: [group] }) => ({ group }),
} satisfies { readonly [K in ActionKind]: (action: ActionOf<K>) => Affected };

function findAffected(action: Action): Affected {
  // Each entry takes the action of its own kind.
  return (AFFECTED[action.kind] as (action: Action) => Affected)(action);
}

function listAwaitedServers(condition: WaitCondition): string[] {
  if ('instanceIds' in condition) return [...condition.instanceIds];
  if ('instanceId' in condition) return [condition.instanceId];
  return condition.kind === 'leadership' && condition.towards !== undefined ? [condition.towards] : [];
}

export function buildReasonDocument(reason: StopReason): ReasonDocument {
  const { kind, ...data } = reason;
  return { kind, sentence: describeStopReason(reason), remedies: [...listRemedies(reason)], data };
}

export function buildFailureDocument(failure: ServerFailure): ServerFailureDocument {
  const { instanceId, furthest, failedGates, console } = failure;
  return {
    instanceId,
    sentence: describeFailure(failure),
    furthestGate: furthest?.gate ?? null,
    furthestAt: furthest === undefined ? null : formatInstant(furthest.atMs),
    furthestAfterMs: furthest?.afterLaunchMs ?? null,
    failedGates: [...failedGates],
    console: console.kind === 'read' ? [...console.lines] : null,
    consoleError: console.kind === 'read' ? null : console.message,
  };
}

export function buildSnapshotDocument({ snapshot }: Memory) {
  return snapshot === undefined ? null : { path: snapshot.path, bytes: snapshot.bytes };
}

/** The cluster at the last observation, if there was one. */
export function buildLastState(last: Knowledge | undefined) {
  return {
    state: last === undefined ? null : buildStateDocument(last.observation),
    servers: buildServerDocuments(last),
    snapshot: last === undefined ? null : buildSnapshotDocument(last.memory),
  };
}

/** Where a roll happens; null if that could not be read. */
export function buildWhereDocument(caller: CallerIdentity | undefined) {
  return caller === undefined ? null : { ...caller, alias: caller.alias ?? null };
}

/** Of an image that AWS has, or does not have any more. */
export function buildImageFields(image: MachineImage | undefined) {
  const createdAtMs = image?.createdAtMs;
  return { name: image?.name || null, createdAt: createdAtMs === undefined ? null : formatInstant(createdAtMs) };
}
