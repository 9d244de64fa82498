import semver from 'semver';
import type { Knowledge } from '../../model/memory.js';
import type { Observation, Raft } from '../../model/observation.js';
import { type AgentUp, type Peer, parseHost, SECURITY_SETTINGS, type Server, type Side } from '../../model/server.js';
import { listActiveServers } from '../../model/servers.js';
import type { StopReason, TimeoutCause } from '../../model/stop-reason.js';
import { readIntent } from '../../model/tags.js';
import { findImpostor } from './impostors.js';
import { describeHold, listHeldCauses } from './lifecycle-hooks.js';

/** What a server must pass before it counts as a replacement; every observation reads each from AWS or Consul. */
export const GATES = [
  'in-group',
  'image',
  'agent',
  'identity',
  'version',
  'security',
  'leader',
  'members',
  'voter',
  'autopilot',
  'caught-up',
  'sentinel',
  'leave',
  'state',
  'operator',
] as const;

export type Gate = (typeof GATES)[number];

/** The gates that a server fails in this observation, in order; empty if it passes all. */
export function findFailedGates(observation: Observation, server: Server): readonly Gate[] {
  return GATES.filter((gate) => !passes(gate, observation, server));
}

/**
 * True if the server passes every gate now, and has passed them in enough consecutive observations (memory.ts). They are
 * counted again after its agent did not answer, or autopilot found it unhealthy. A gate that fails for another cause, such
 * as an election, needs no new count.
 */
export function isReady(input: Knowledge, server: Server): boolean {
  const { observation, memory } = input;
  const { instanceId } = server;
  const hasPassed = memory.passedGates.includes(instanceId) && !memory.regressed.includes(instanceId);
  return hasPassed && findFailedGates(observation, server).length === 0;
}

function passes(gate: Gate, observation: Observation, server: Server): boolean {
  const { agent, peer } = server;
  const { raft } = observation;
  if (gate === 'in-group') return server.lifecycle === 'InService';
  if (gate === 'image') return runsGroupImage(observation, server);
  if (agent.kind !== 'up') return false;
  if (gate === 'agent') return true;
  if (gate === 'identity') return findImpostor(observation)?.instanceId !== server.instanceId;
  if (gate === 'version') return runsExpectedVersion(observation, server, agent);
  if (gate === 'security') return findWeakened(observation, server) === undefined;
  if (raft === undefined) return false;
  if (gate === 'leave') return server.leaveRefusal === undefined;
  if (gate === 'state') return server.missing === undefined;
  if (gate === 'operator') return server.operatorGate === undefined;
  return passesInCluster(gate, raft, agent, peer);
}

function passesInCluster(gate: Gate, raft: Raft, agent: AgentUp, peer: Peer | undefined): boolean {
  switch (gate) {
    case 'leader':
      return agent.leader === raft.leader;
    case 'members':
      return hasSameMembers(raft, agent);
    case 'voter':
      return peer?.voter === true;
    case 'autopilot':
      return peer?.healthy === true;
    case 'caught-up':
      return raft.baselineCommitIndex !== undefined && agent.appliedIndex >= raft.baselineCommitIndex;
    case 'sentinel':
      return raft.sentinel !== undefined && agent.sentinel === raft.sentinel;
    default:
      return false;
  }
}

function hasSameMembers(raft: Raft, agent: AgentUp): boolean {
  return raft.peers.length === agent.peers.length && raft.peers.every(({ address }) => agent.peers.includes(address));
}

/**
 * A new server must run the image that its group launches: it may have been launched while the group was changed by
 * hand. Old servers may be older than the launch source of their group.
 */
function runsGroupImage(observation: Observation, { side, imageId }: Server): boolean {
  const launched = observation[side]?.imageId;
  return side === 'old' || launched === undefined || imageId === launched;
}

/**
 * All servers of the image must run the same version, and it must not be older than that of any old server: an old
 * Consul cannot read the Raft log of a newer one.
 */
function runsExpectedVersion(observation: Observation, server: Server, agent: AgentUp): boolean {
  if (parseVersion(agent.version) === null) return false;
  const agreed = observation.servers.every(
    ({ side, agent: other }) =>
      side !== server.side || other.kind === 'down' || compareVersions(agent.version, other.version) === 0,
  );
  return agreed && findDowngrade(observation, server) === undefined;
}

/** A new server that runs an older Consul than an old one: it can never pass its gates. */
export function findDowngrade(observation: Observation, server: Server) {
  const { agent, instanceId, side } = server;
  if (agent.kind !== 'up' || side === 'old') return undefined;
  for (const { side: its, agent: old } of observation.servers) {
    if (its === 'old' && old.kind === 'up' && compareVersions(agent.version, old.version) < 0) {
      return { instanceId, version: agent.version, running: old.version };
    }
  }
  return undefined;
}

/**
 * A new server without a protection that every old one has turned on: it can never pass its gates, unless the roll was
 * begun with `--allow-weaker-security`.
 */
export function findWeakened(observation: Observation, { agent, instanceId, side }: Server): StopReason | undefined {
  if (agent.kind !== 'up' || side === 'old') return undefined;
  const old = observation.servers.flatMap((one) => (one.side === 'old' && one.agent.kind === 'up' ? [one.agent] : []));
  const settings = SECURITY_SETTINGS.filter(
    (setting) => agent.security?.[setting] === false && old.every(({ security }) => security?.[setting] === true),
  );
  if (old.length === 0 || settings.length === 0 || isWeakerAllowed(observation)) return undefined;
  return { kind: 'security-weakened', instanceId, settings };
}

function isWeakerAllowed({ old, new: group }: Observation): boolean {
  return [old, group].some((one) => one !== undefined && readIntent(one)?.allowWeakerSecurity === true);
}

/** True for a gate that waits for what a process asks each new server once. */
export function isGatePending({ missing, leaveRefusal, operatorGate }: Server, gate: Gate): boolean {
  if (gate === 'operator') return operatorGate === 'pending';
  return (gate === 'state' && missing === 'pending') || (gate === 'leave' && leaveRefusal === 'pending');
}

/** True for a server that passes every gate but that of the operator, which is tried then. */
export function isOperatorGateDue(observation: Observation, server: Server): boolean {
  return findFailedGates(observation, server).join() === 'operator';
}

/** A new server that lacks state of the leader: it can never pass its gates. */
export function findMissingState({ instanceId, missing }: Server): StopReason | undefined {
  return missing === undefined || missing === 'pending' ? undefined : { kind: 'state-missing', instanceId, ...missing };
}

/** A new server that would refuse to leave: the next roll, or a rollback, could only terminate it. */
export function findLeaveRefusal({ leaveRefusal }: Server): StopReason | undefined {
  return leaveRefusal === undefined || leaveRefusal === 'pending'
    ? undefined
    : { kind: 'leave-refused', ...leaveRefusal };
}

/** As for a sort; 0 for the same version, and if one of the two cannot be parsed. */
function compareVersions(version: string, another: string): number {
  if (version === another) return 0;
  const [one, other] = [parseVersion(version), parseVersion(another)];
  return one === null || other === null ? 0 : one.compare(other);
}

const PARSED_VERSIONS = new Map<string, semver.SemVer | null>();

/** An agent's version, parsed once for each text. */
function parseVersion(text: string): semver.SemVer | null {
  const known = PARSED_VERSIONS.get(text);
  if (known !== undefined) return known;
  const version = semver.coerce(text);
  PARSED_VERSIONS.set(text, version);
  return version;
}

/** Why the servers of one side are not ready: what each of them lacks, and why others were not launched. */
export function buildNotReadyReason(
  input: Knowledge,
  side: Side,
  limitMs: number,
  expected: number,
  unready = listActiveServers(input.observation, side).filter((server) => !isReady(input, server)),
): StopReason {
  const { observation } = input;
  const standing = listActiveServers(observation, side);
  const instanceIds = unready.map((server) => server.instanceId);
  const waitedFor = { kind: 'ready', side, instanceIds, expected, ...describeHold(observation, unready) } as const;
  const held = listHeldCauses(observation, unready);
  const causes: TimeoutCause[] = [...unready.map((server) => findTimeoutCause(observation, server)), ...held];
  const launched = standing.length;
  if (launched < expected) {
    causes.push({ kind: 'not-launched', launched, expected, message: observation[side]?.launchFailure });
  }
  return { kind: 'timed-out', waitedFor, limitMs, causes };
}

/** What keeps every other gate closed, if one thing does; otherwise the gates. */
function findTimeoutCause(observation: Observation, server: Server): TimeoutCause {
  const { instanceId, agent, imageId, peer, operatorGate } = server;
  const gates = findFailedGates(observation, server);
  if (gates.includes('image')) return { kind: 'wrong-image', instanceId, imageId };
  if (agent.kind === 'down') {
    return { kind: agent.why === 'denied' ? 'token-refused' : 'no-answer', instanceId, message: agent.detail };
  }
  if (agent.leader === '') return { kind: peer === undefined ? 'not-in-cluster' : 'no-contact', instanceId };
  if (isOperatorGateDue(observation, server) && operatorGate === 'refused') return { kind: 'gate-refused', instanceId };
  const leader = parseHost(agent.leader);
  const isOurs = observation.servers.some(({ address }) => address === leader);
  return isOurs ? { kind: 'gates', instanceId, gates } : { kind: 'other-cluster', instanceId, leader };
}
