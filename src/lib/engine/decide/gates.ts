import semver from 'semver';
import type { Knowledge } from '../../model/memory.js';
import type { Observation, Raft } from '../../model/observation.js';
import { type AgentUp, type Peer, parseHost, type Server, type Side } from '../../model/server.js';
import type { StopReason, TimeoutCause } from '../../model/stop-reason.js';
import { listActiveServers } from './servers.js';

/** What a server must show before it counts as a replacement; each is read from AWS or Consul at every look. */
export const GATES = [
  'in-group',
  'image',
  'agent',
  'version',
  'leader',
  'members',
  'voter',
  'autopilot',
  'caught-up',
  'sentinel',
] as const;

export type Gate = (typeof GATES)[number];

/** The gates a server does not pass at this look, in order; empty when it passes them all. */
export function findFailedGates(observation: Observation, server: Server): readonly Gate[] {
  return GATES.filter((gate) => !passes(gate, observation, server));
}

/**
 * True when it passes every gate now, and did so as many looks in a row as it takes: once, and again since it last fell
 * ill. A gate that an election or another member closes for a while opens again at once.
 */
export function isReady(input: Knowledge, server: Server): boolean {
  const { observation, memory } = input;
  const { passedGates: proved, regressed: relapsed } = memory;
  const { instanceId } = server;
  const isProved = proved.includes(instanceId) && !relapsed.includes(instanceId);
  return isProved && findFailedGates(observation, server).length === 0;
}

function passes(gate: Gate, observation: Observation, server: Server): boolean {
  const { agent, peer } = server;
  const { raft } = observation;
  if (gate === 'in-group') return server.lifecycle === 'InService';
  if (gate === 'image') return runsGroupImage(observation, server);
  if (agent.kind !== 'up') return false;
  if (gate === 'agent') return true;
  if (gate === 'version') return runsExpectedVersion(observation, server, agent);
  if (raft === undefined) return false;
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
      return raft.previousCommitIndex !== undefined && agent.appliedIndex >= raft.previousCommitIndex;
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
 * A new server was launched from what its group launches now: one that came while somebody had changed that by hand is
 * none of the roll's. Old servers may be older than their group's template.
 */
function runsGroupImage(observation: Observation, { side, imageId }: Server): boolean {
  const launched = observation[side]?.imageId;
  return side === 'old' || launched === undefined || imageId === launched;
}

/**
 * The image's version is what its servers agree on, and must not be older than what any old server runs: an old
 * Consul cannot read what a newer one has logged.
 */
function runsExpectedVersion(observation: Observation, server: Server, agent: AgentUp): boolean {
  if (parseVersion(agent.version) === null) return false;
  const agreed = observation.servers.every(
    ({ side, agent: other }) => side !== server.side || other.kind === 'down' || isSame(agent.version, other.version),
  );
  return agreed && findDowngrade(observation, server) === undefined;
}

/** A new server that runs an older Consul than an old one does: it will never pass, however long one waits. */
export function findDowngrade(observation: Observation, server: Server) {
  const { agent, instanceId, side } = server;
  if (agent.kind !== 'up' || side === 'old') return undefined;
  for (const { side: its, agent: old } of observation.servers) {
    if (its === 'old' && old.kind === 'up' && isOlder(agent.version, old.version)) {
      return { instanceId, version: agent.version, running: old.version };
    }
  }
  return undefined;
}

/** A version that cannot be read contradicts none. */
function isSame(version: string, another: string): boolean {
  if (version === another) return true;
  const [one, other] = [parseVersion(version), parseVersion(another)];
  return one === null || other === null || one.compare(other) === 0;
}

function isOlder(version: string, than: string): boolean {
  if (version === than) return false;
  const [one, other] = [parseVersion(version), parseVersion(than)];
  return one !== null && other !== null && one.compare(other) < 0;
}

const PARSED_VERSIONS = new Map<string, semver.SemVer | null>();

/** What an agent says its version is, taken apart; asked for at every look and always the same. */
function parseVersion(text: string): semver.SemVer | null {
  const known = PARSED_VERSIONS.get(text);
  if (known !== undefined) return known;
  const version = semver.coerce(text);
  PARSED_VERSIONS.set(text, version);
  return version;
}

/** Patience with servers of one side has ended: what each of them lacks, and why others do not even exist. */
export function buildNotReadyReason(input: Knowledge, side: Side, limitMs: number, expected: number): StopReason {
  const { observation } = input;
  const standing = listActiveServers(observation, side);
  const unready = standing.filter((server) => !isReady(input, server));
  const instanceIds = unready.map((server) => server.instanceId);
  const waitedFor = { kind: 'ready', side, instanceIds, expected } as const;
  const causes: TimeoutCause[] = unready.map((server) => findTimeoutCause(observation, server));
  const launched = standing.length;
  if (launched < expected) {
    causes.push({ kind: 'not-launched', launched, expected, message: observation[side]?.launchFailure });
  }
  return { kind: 'timed-out', waitedFor, limitMs, causes };
}

/** What keeps every other gate closed, if one thing does; otherwise the gates. */
function findTimeoutCause(observation: Observation, server: Server): TimeoutCause {
  const { instanceId, agent, imageId } = server;
  const gates = findFailedGates(observation, server);
  if (gates.includes('image')) return { kind: 'wrong-image', instanceId, imageId };
  if (agent.kind === 'down') return { kind: 'no-answer', instanceId, message: agent.detail };
  if (agent.leader === '') return { kind: 'not-in-cluster', instanceId };
  const leader = parseHost(agent.leader);
  const isOurs = observation.servers.some(({ address }) => address === leader);
  return isOurs ? { kind: 'gates', instanceId, gates } : { kind: 'other-cluster', instanceId, leader };
}
