import semver from 'semver';
import type { Group } from '../../model/group.js';
import type { Raft, Survey } from '../../model/observation.js';
import { type AgentUp, hostOf, type Peer, type Server, type Side } from '../../model/server.js';
import type { Refusal } from '../../model/stop-reason.js';
import { standingOf } from './servers.js';

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
export function closedGates(survey: Survey, server: Server): readonly Gate[] {
  return GATES.filter((gate) => !passes(gate, survey, server));
}

/**
 * True when it passes every gate now, and did so as many looks in a row as it takes: once, and again since it last fell
 * ill. A gate that an election or another member closes for a while opens again at once.
 */
export function isReady(survey: Survey, server: Server): boolean {
  const { proved, relapsed } = survey.history;
  const { instanceId } = server;
  const isProved = proved.includes(instanceId) && !relapsed.includes(instanceId);
  return isProved && closedGates(survey, server).length === 0;
}

function passes(gate: Gate, survey: Survey, server: Server): boolean {
  const { agent, peer } = server;
  const { raft } = survey;
  if (gate === 'in-group') return server.lifecycle === 'InService';
  if (gate === 'image') return runsImageOfGroup(survey, server);
  if (agent.kind !== 'up') return false;
  if (gate === 'agent') return true;
  if (gate === 'version') return runsExpectedVersion(survey, server, agent);
  if (raft === undefined) return false;
  return passesInCluster(gate, raft, agent, peer);
}

function passesInCluster(gate: Gate, raft: Raft, agent: AgentUp, peer: Peer | undefined): boolean {
  switch (gate) {
    case 'leader':
      return agent.leader === raft.leader;
    case 'members':
      return sameMembers(raft, agent);
    case 'voter':
      return peer?.voter === true;
    case 'autopilot':
      return peer?.healthy === true;
    case 'caught-up':
      return raft.committedBefore !== undefined && agent.appliedIndex >= raft.committedBefore;
    case 'sentinel':
      return raft.sentinel !== undefined && agent.sentinel === raft.sentinel;
    default:
      return false;
  }
}

function sameMembers(raft: Raft, agent: AgentUp): boolean {
  return (
    raft.peers.length === agent.peers.length &&
    raft.peers.every(({ address }) => agent.peers.includes(address))
  );
}

/**
 * A new server was launched from what its group launches now: one that came while somebody had changed that by hand is
 * none of the roll's. Old servers may be older than their group's template.
 */
function runsImageOfGroup(survey: Survey, { side, imageId }: Server): boolean {
  const launched = survey[side]?.imageId;
  return side === 'old' || launched === undefined || imageId === launched;
}

/**
 * The image's version is what its servers agree on, and must not be older than what any old server runs: an old
 * Consul cannot read what a newer one has logged.
 */
function runsExpectedVersion(survey: Survey, server: Server, agent: AgentUp): boolean {
  if (versionOf(agent.version) === null) return false;
  const agreed = survey.servers.every(
    ({ side, agent: other }) =>
      side !== server.side || other.kind === 'down' || isSame(agent.version, other.version),
  );
  return agreed && downgradeOf(survey, server) === undefined;
}

/** A new server that runs an older Consul than an old one does: it will never pass, however long one waits. */
export function downgradeOf(survey: Survey, server: Server) {
  const { agent, instanceId, side } = server;
  if (agent.kind !== 'up' || side === 'old') return undefined;
  for (const { side: its, agent: old } of survey.servers) {
    if (its === 'old' && old.kind === 'up' && isOlder(agent.version, old.version)) {
      return { instanceId, version: agent.version, running: old.version };
    }
  }
  return undefined;
}

/** A version that cannot be read contradicts none. */
function isSame(version: string, another: string): boolean {
  if (version === another) return true;
  const [one, other] = [versionOf(version), versionOf(another)];
  return one === null || other === null || one.compare(other) === 0;
}

function isOlder(version: string, than: string): boolean {
  if (version === than) return false;
  const [one, other] = [versionOf(version), versionOf(than)];
  return one !== null && other !== null && one.compare(other) < 0;
}

const VERSIONS = new Map<string, semver.SemVer | null>();

/** What an agent says its version is, taken apart; asked for at every look and always the same. */
function versionOf(text: string): semver.SemVer | null {
  const known = VERSIONS.get(text);
  if (known !== undefined) return known;
  const version = semver.coerce(text);
  VERSIONS.set(text, version);
  return version;
}

/** Patience with servers of one side has ended: what each of them lacks, and why others do not even exist. */
export function unreadyFor(survey: Survey, side: Side, limitMs: number, expected: number): Refusal {
  const standing = standingOf(survey, side);
  const unready = standing.filter((server) => !isReady(survey, server));
  const instanceIds = unready.map((server) => server.instanceId);
  const waitedFor = { kind: 'ready', side, instanceIds, expected } as const;
  const detail = [
    ...unready.map((server) => `${server.instanceId}: ${lackOf(survey, server)}`),
    ...(standing.length < expected ? [notLaunched(survey[side], standing.length, expected)] : []),
  ].join('; ');
  return { kind: 'timed-out', waitedFor, limitMs, detail };
}

/** What keeps every other gate closed, where one thing does; otherwise the gates. */
function lackOf(survey: Survey, server: Server): string {
  const { agent, imageId } = server;
  if (closedGates(survey, server).includes('image')) return `it was launched from ${imageId}`;
  if (agent.kind === 'down') return `Consul does not answer (${agent.detail})`;
  if (agent.leader === '') return 'it is in no cluster that has a leader';
  const host = hostOf(agent.leader);
  const isOurs = survey.servers.some(({ address }) => address === host);
  if (!isOurs) return `it is in another cluster, which ${host} leads`;
  return closedGates(survey, server).join(', ') || 'flapping';
}

function notLaunched(group: Group | undefined, launched: number, expected: number): string {
  const counts = `only ${launched} of ${expected} were launched`;
  return group?.launchFailure === undefined ? counts : `${counts}: ${group.launchFailure}`;
}
