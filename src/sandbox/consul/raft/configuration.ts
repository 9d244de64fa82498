import type { Group, Net, Server } from '../state.js';
import type { Configuration, Peer } from './log.js';

/** Votes needed among `voters` voters. */
export function computeQuorum(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

export function listVoters(configuration: Configuration): readonly Peer[] {
  return configuration.filter((peer) => peer.voter);
}

/** The configuration as this server has it on its disk; empty before it belongs to any. */
export function getConfiguration(server: Server): Configuration {
  return server.group?.log.configurationAt(server.lastLogIndex) ?? [];
}

/** The server a raft id stands for, if it runs at that address now or is the last that did. */
export function findServer(net: Net, peer: Peer): Server | undefined {
  const server = net.servers.get(peer.host);
  return server?.nodeId === peer.id ? server : undefined;
}

/** Whether the server has a vote in a configuration. */
export function isVoter(configuration: Configuration, server: Server): boolean {
  return configuration.some((peer) => peer.id === server.nodeId && peer.voter);
}

/** The servers of the group's newest configuration, as far as there are any behind its ids. */
export function listServers(net: Net, group: Group): Server[] {
  const { configuration } = group.log.latestConfiguration();
  const servers: Server[] = [];
  for (const peer of configuration) {
    const server = findServer(net, peer);
    if (server !== undefined) servers.push(server);
  }
  return servers;
}
