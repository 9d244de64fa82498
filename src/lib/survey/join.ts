import { hostOf, type Peer, type Server, type Side } from '../model/server.js';
import type { CloudInstance, CloudLook } from '../ports.js';
import type { Sides } from './sides.js';

/** The instances of both groups as servers nobody has asked yet, oldest first. */
export function serversFrom({ instances }: CloudLook, { isNew }: Pick<Sides, 'isNew'>): readonly Server[] {
  return instances
    .map((instance) => serverFrom(instance, isNew(instance) ? 'new' : 'old'))
    .sort((a, b) => a.launchedAtMs - b.launchedAtMs || a.instanceId.localeCompare(b.instanceId));
}

/** Each server with its entry in the Raft configuration: by its Raft id, its address, or its node name. */
export function joinPeers(servers: readonly Server[], peers: readonly Peer[]): readonly Server[] {
  return servers.map((server) => ({ ...server, peer: peerOf(server, peers) }));
}

function peerOf(server: Server, peers: readonly Peer[]): Peer | undefined {
  const { agent, address, instanceId } = server;
  const byId = agent.kind === 'up' ? peers.find((peer) => peer.id === agent.nodeId) : undefined;
  return (
    byId ??
    peers.find((peer) => address !== undefined && hostOf(peer.address) === address) ??
    peers.find((peer) => peer.node === instanceId)
  );
}

function serverFrom(instance: CloudInstance, side: Side): Server {
  const { instanceId, address, zone, imageId, launchedAtMs, lifecycle, protectedFromScaleIn, balancers } =
    instance;
  return {
    instanceId,
    side,
    address,
    zone,
    imageId,
    launchedAtMs,
    lifecycle,
    protectedFromScaleIn,
    balancers,
    agent: { kind: 'down', why: 'silent', detail: 'it has no address yet' },
    peer: undefined,
  };
}
