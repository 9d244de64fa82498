import { findKnownQuorumMargin, findLeader, isHealthKnown } from '../../engine/decide/servers.js';
import type { Action } from '../../model/action.js';
import type { Step, Wait, WaitCondition } from '../../model/decision.js';
import type { Knowledge, Memory } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { KnownQuorumMargin } from '../../model/raft.js';
import type { Server, Side } from '../../model/server.js';
import type { StopReason } from '../../model/stop-reason.js';
import { determineServerState, findTrafficState, takesTraffic } from '../server-states.js';
import { describeAction } from '../text/actions.js';
import { describeStepReason } from '../text/step-reasons.js';
import { describeStopReason, listRemedies } from '../text/stop-reasons.js';
import type { ReasonDocument, ServerDocument, StateDocument, StepDocument } from './parts.js';

// The parts that several documents share. Every field is named here, so that a name of the model never reaches a reader.

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
  return {
    phase,
    action: action.kind,
    instanceIds: listAffectedServers(action),
    group: 'group' in action ? action.group : null,
    what: describeAction(action),
    why: describeStepReason(reason),
  };
}

export function buildWaitFields({ for: condition, sinceMs, limitMs }: Wait) {
  return { for: condition.kind, instanceIds: listAffectedServers(condition), since: formatInstant(sinceMs), limitMs };
}

function listAffectedServers(about: Action | WaitCondition): string[] {
  if ('instanceIds' in about) return [...about.instanceIds];
  if ('instanceId' in about) return [about.instanceId];
  if (about.kind === 'transfer-leadership') return [about.to];
  return about.kind === 'leadership' && about.towards !== undefined ? [about.towards] : [];
}

export function buildReasonDocument(reason: StopReason): ReasonDocument {
  const { kind, ...data } = reason;
  return { kind, sentence: describeStopReason(reason), remedies: [...listRemedies(reason)], data };
}

export function buildSnapshotDocument({ snapshot }: Memory) {
  return snapshot === undefined ? null : { path: snapshot.path, bytes: snapshot.bytes };
}
