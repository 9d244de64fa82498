import { type Decision, type DecisionInput, decideAction, type Phase } from '../../model/decision.js';
import { keepResults } from '../../model/keep-results.js';
import type { Impostor } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import { parseHost, type Server } from '../../model/server.js';
import { isTerminating, listActiveServers } from '../../model/servers.js';
import type { StopReason } from '../../model/stop-reason.js';
import { findCurrentPhase } from './decisions.js';

/** Consul before 1.6.2 forgets no member on request. */
const MAX_FORGET_REQUESTS = 3;

/**
 * The first new server with the node id of another server: its image was made of a server with that id. Consul tells two
 * such servers apart by nothing, and keeps one of them in Raft.
 */
export function findImpostor(observation: Observation): Impostor | undefined {
  return findFirstImpostor(observation);
}

const findFirstImpostor = keepResults((observation: Observation): Impostor | undefined => {
  for (const { agent, instanceId } of listActiveServers(observation, 'new')) {
    if (agent.kind !== 'up') continue;
    const owner = findOwner(observation, instanceId, agent.nodeId);
    if (owner !== undefined) return { instanceId, node: agent.nodeName, owner: owner.instanceId };
  }
  return undefined;
});

/** The older server that has this node id: by its own word, or by its address in Raft. */
function findOwner(observation: Observation, instanceId: string, nodeId: string): Server | undefined {
  const { servers, raft } = observation;
  const older = servers.slice(
    0,
    servers.findIndex((server) => server.instanceId === instanceId),
  );
  const others = servers.filter((server) => server.side === 'old' || older.includes(server));
  const named = raft?.peers.find((peer) => peer.id === nodeId);
  return others.find(({ agent, address, lifecycle }) => {
    if (isTerminating({ lifecycle })) return false;
    return agent.kind === 'up' ? agent.nodeId === nodeId : named !== undefined && parseHost(named.address) === address;
  });
}

/** Terminates an impostor at once, alone: it has no vote as long as the other server runs. */
export function removeImpostor(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const impostor = findImpostor(observation);
  if (impostor === undefined) return undefined;
  const { instanceId, owner } = impostor;
  const terminate = { kind: 'terminate', instanceId } as const;
  return decideAction(input, findCurrentPhase(observation, intent), terminate, { kind: 'impostor', owner });
}

/** Why the image cannot be rolled onto, where one of its servers is an impostor, or was one and is terminated. */
export function findImpostorReason({ observation, memory }: DecisionInput): StopReason | undefined {
  const impostor = findImpostor(observation) ?? memory.impostors.at(-1);
  return impostor && { kind: 'impostor', instanceId: impostor.instanceId, owner: impostor.owner };
}

/**
 * Has gossip forget impostors that are gone. As long as it knows one as a member that has left, the leader takes the
 * server with the same node id out of Raft every minute, for up to three days.
 */
export function forgetImpostor(input: DecisionInput, phase: Phase): Decision | undefined {
  const { observation, memory } = input;
  const claimants = observation.servers.flatMap(({ expelled }) => expelled?.claimants ?? []);
  const countRequests = (one: string) => memory.forgottenMembers.filter((node) => node === one).length;
  const unasked = memory.impostors.map(({ node }) => node).filter((one) => countRequests(one) === 0);
  const known = claimants.filter((one) => countRequests(one) < MAX_FORGET_REQUESTS);
  const node = [...unasked, ...known].find((one) => !isAnswering(observation, one));
  return node === undefined
    ? undefined
    : decideAction(input, phase, { kind: 'forget-member', node }, 'identity-claimed');
}

function isAnswering({ servers }: Observation, node: string): boolean {
  return servers.some(({ agent }) => agent.kind === 'up' && agent.nodeName === node);
}
