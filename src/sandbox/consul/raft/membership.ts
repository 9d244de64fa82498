import { findActingLeader, type Group, type Net, type Server } from '../state.js';
import { findServer } from './configuration.js';
import { loseContact } from './contact.js';
import { type Configuration, LEADERSHIP_LOST, type Peer } from './log.js';
import { acceptLeader, checkLease, sendHeartbeats } from './replication.js';
import { stepDown } from './step-down.js';

/** The caller of a change is told by one of these. */
export interface ChangeOutcome {
  done(): void;
  abandon(message: string): void;
}

const INDIFFERENT: ChangeOutcome = { done: () => {}, abandon: () => {} };

/**
 * The leader changes the configuration by one entry, which counts from the moment it is appended and is safe once
 * committed; one change at a time. `outcome` hears when this one is committed or was not needed, or that its leader
 * cannot say.
 */
export function changeConfiguration(
  net: Net,
  group: Group,
  edit: (configuration: Configuration) => Configuration,
  outcome: ChangeOutcome = INDIFFERENT,
): void {
  const leader = findActingLeader(group);
  const { index, configuration } = group.log.latestConfiguration();
  if (leader === undefined) {
    outcome.abandon(LEADERSHIP_LOST);
    return;
  }
  if (index > group.log.commitIndex) {
    const begin = (): void => changeConfiguration(net, group, edit, outcome);
    group.changes.push({ begin, abandon: outcome.abandon });
    return;
  }
  const next = edit(configuration);
  if (next === configuration) {
    outcome.done();
    group.changes.shift()?.begin();
  } else append(net, group, leader, configuration, next, outcome);
}

function append(
  net: Net,
  group: Group,
  leader: Server,
  before: Configuration,
  next: Configuration,
  { done, abandon }: ChangeOutcome,
): void {
  const commit = (): void => {
    done();
    if (leader.role === 'leader' && !next.some((peer) => peer.id === leader.nodeId)) stepDown(net, leader);
    else group.changes.shift()?.begin();
  };
  leader.lastLogIndex = group.log.appendConfiguration(leader.term, next, { commit, abandon });
  for (const peer of before) if (!next.some(({ id }) => id === peer.id)) letGo(net, group, leader, peer);
  for (const peer of next) if (!hasPeer(before, peer)) takeIn(net, group, peer);
  sendHeartbeats(net, group);
  checkLease(net, group);
}

function hasPeer(configuration: Configuration, { id, host }: Peer): boolean {
  return configuration.some((peer) => peer.id === id && peer.host === host);
}

/**
 * A removed server still gets the entry that removes it, and then hears nothing more; nor does one whose address was
 * changed to that of another server with its id, which had still been sent the log (the leader's pipeline to it stays open).
 */
function letGo(net: Net, group: Group, leader: Server, peer: Peer): void {
  for (const server of net.servers.values()) {
    if (server.nodeId !== peer.id || server === leader || server.group !== group) continue;
    if (server.replicating) server.lastLogIndex = group.log.lastIndex;
    loseContact(net, server);
  }
}

function takeIn(net: Net, group: Group, peer: Peer): void {
  const server = findServer(net, peer);
  if (server === undefined || (server.group !== undefined && server.group !== group)) return;
  server.group = group;
  acceptLeader(net, server);
}

/** Adds a server without a vote, or does nothing when it is there. */
export function addNonVoter({
  nodeId: id,
  address: host,
  raftAddress: address,
}: Server): (configuration: Configuration) => Configuration {
  return (configuration) =>
    configuration.some((peer) => peer.id === id)
      ? configuration
      : [...configuration, { id, host, address, voter: false }];
}

/** Gives the peer with a server's id the address of that server. */
export function moveToAddress({
  nodeId,
  address: host,
  raftAddress: address,
}: Server): (configuration: Configuration) => Configuration {
  return (configuration) => configuration.map((peer) => (peer.id === nodeId ? { ...peer, host, address } : peer));
}

/** Gives servers the vote. */
export function promoteToVoters(ids: ReadonlySet<string>): (configuration: Configuration) => Configuration {
  return (configuration) => {
    const gains = (peer: Peer): boolean => ids.has(peer.id) && !peer.voter;
    if (!configuration.some(gains)) return configuration;
    return configuration.map((peer) => (gains(peer) ? { ...peer, voter: true } : peer));
  };
}

/** Takes a server out by its raft id. */
export function removePeerFrom(id: string): (configuration: Configuration) => Configuration {
  return (configuration) =>
    configuration.some((peer) => peer.id === id) ? configuration.filter((peer) => peer.id !== id) : configuration;
}
