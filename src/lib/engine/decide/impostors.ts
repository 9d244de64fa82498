import { type Decision, type DecisionInput, decideAction, type Phase } from '../../model/decision.js';
import { keepResults } from '../../model/keep-results.js';
import type { Impostor } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import {
  type Identity,
  type Peer,
  parseHost,
  type Server,
  SHARED_IDENTITIES,
  type SharedIdentity,
} from '../../model/server.js';
import { identify, isTerminating, listActiveServers } from '../../model/servers.js';
import type { StopReason } from '../../model/stop-reason.js';
import { findCurrentPhase } from './decisions.js';
import { suspendGroups } from './founders.js';

/** Consul before 1.6.2 forgets no member on request. */
const MAX_FORGET_REQUESTS = 3;

/**
 * The first new server with the node id or the node name of another server: its image was made of that server, or its boot
 * script gives names that are taken. Of two with one id, Consul keeps one in Raft. Of two with one name, it lets the second
 * join nothing, and takes the leave of the second for that of the first: so neither may be asked to leave.
 */
export function findImpostor(observation: Observation): Impostor | undefined {
  return findFirstImpostor(observation);
}

const findFirstImpostor = keepResults((observation: Observation): Impostor | undefined => {
  for (const server of listActiveServers(observation, 'new')) {
    const { instanceId } = server;
    const own = identify(server);
    if (own === undefined) continue;
    for (const shares of SHARED_IDENTITIES) {
      // Gossip has no node id of a server before Consul 0.8.
      const owner = own[shares] === '' ? undefined : findOwner(observation, instanceId, shares, own[shares]);
      if (owner !== undefined) return { instanceId, node: own['node-name'], owner: owner.instanceId, shares };
    }
  }
  return undefined;
});

function identifyPeer({ id, node }: Peer): Identity {
  return { 'node-id': id, 'node-name': node };
}

/** The older server that has this identity: by its own word, that of gossip, or its address in Raft. */
function findOwner(
  { servers, raft }: Observation,
  instanceId: string,
  shares: SharedIdentity,
  claimed: string,
): Server | undefined {
  const older = servers.slice(
    0,
    servers.findIndex((server) => server.instanceId === instanceId),
  );
  const others = servers.filter((server) => server.side === 'old' || older.includes(server));
  const peers = raft?.peers.filter((peer) => identifyPeer(peer)[shares] === claimed);
  const named = peers?.map(({ address }) => parseHost(address));
  return others.find((server) => {
    if (isTerminating(server)) return false;
    const identity = identify(server);
    return identity === undefined ? named?.includes(server.address ?? '') : identity[shares] === claimed;
  });
}

/** Terminates an impostor at once, alone: it has no vote as long as the other server runs. */
export function removeImpostor(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const impostor = findImpostor(observation);
  if (impostor === undefined) return undefined;
  const { instanceId, owner, shares } = impostor;
  const phase = findCurrentPhase(observation, intent);
  const terminate = { kind: 'terminate', instanceId } as const;
  return (
    suspendGroups(input, 'no-more-launches') ??
    decideAction(input, phase, terminate, { kind: 'impostor', owner, shares })
  );
}

/** Why the image cannot be rolled onto, where one of its servers is an impostor, or was one and is terminated. */
export function findImpostorReason({ observation, memory }: DecisionInput): StopReason | undefined {
  const impostor = findImpostor(observation) ?? memory.impostors.at(-1);
  if (impostor === undefined) return undefined;
  const { instanceId, owner, shares } = impostor;
  return { kind: 'impostor', instanceId, owner, shares };
}

/**
 * Has gossip forget impostors that are gone. As long as it knows one as a member that has left, the leader takes the
 * server with the same node id out of Raft every minute, for up to three days. A node name is that of the other server.
 */
export function forgetImpostor(input: DecisionInput, phase: Phase): Decision | undefined {
  const { observation, memory } = input;
  const claimants = observation.servers.flatMap(({ expelled }) => expelled?.claimants ?? []);
  const countRequests = (one: string) => memory.forgottenMembers.filter((node) => node === one).length;
  const namesakes = memory.impostors.filter(({ shares }) => shares === 'node-id').map(({ node }) => node);
  const unasked = namesakes.filter((one) => countRequests(one) === 0);
  const known = claimants.filter((one) => countRequests(one) < MAX_FORGET_REQUESTS);
  const node = [...unasked, ...known].find((one) => !isAnswering(observation, one));
  return node === undefined
    ? undefined
    : decideAction(input, phase, { kind: 'forget-member', node }, 'identity-claimed');
}

function isAnswering({ servers }: Observation, node: string): boolean {
  return servers.some((server) => identify(server)?.['node-name'] === node);
}
