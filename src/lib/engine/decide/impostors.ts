import { type Decision, type DecisionInput, decideAction, type Phase } from '../../model/decision.js';
import { keepResults } from '../../model/keep-results.js';
import type { Impostor } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import {
  type AgentUp,
  type Peer,
  parseHost,
  type Server,
  SHARED_IDENTITIES,
  type SharedIdentity,
} from '../../model/server.js';
import { isTerminating, listActiveServers } from '../../model/servers.js';
import type { StopReason } from '../../model/stop-reason.js';
import { findCurrentPhase } from './decisions.js';

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
  for (const { agent, instanceId } of listActiveServers(observation, 'new')) {
    if (agent.kind !== 'up') continue;
    for (const shares of SHARED_IDENTITIES) {
      const owner = findOwner(observation, instanceId, shares, agent);
      if (owner !== undefined) return { instanceId, node: agent.nodeName, owner: owner.instanceId, shares };
    }
  }
  return undefined;
});

/** By what Consul tells servers apart: what an agent says of itself, and the Raft peer that has the same. */
const IDENTITIES: {
  readonly [K in SharedIdentity]: { of(agent: AgentUp): string; in(peer: Peer): string };
} = {
  'node-id': { of: ({ nodeId }) => nodeId, in: ({ id }) => id },
  'node-name': { of: ({ nodeName }) => nodeName, in: ({ node }) => node },
};

/** The older server that has this identity: by its own word, or by its address in Raft. */
function findOwner(
  { servers, raft }: Observation,
  instanceId: string,
  shares: SharedIdentity,
  own: AgentUp,
): Server | undefined {
  const identity = IDENTITIES[shares];
  const claimed = identity.of(own);
  const older = servers.slice(
    0,
    servers.findIndex((server) => server.instanceId === instanceId),
  );
  const others = servers.filter((server) => server.side === 'old' || older.includes(server));
  const named = raft?.peers.filter((peer) => identity.in(peer) === claimed).map(({ address }) => parseHost(address));
  return others.find(({ agent, address = '', lifecycle }) => {
    if (isTerminating({ lifecycle })) return false;
    return agent.kind === 'up' ? identity.of(agent) === claimed : named?.includes(address);
  });
}

/** Terminates an impostor at once, alone: it has no vote as long as the other server runs. */
export function removeImpostor(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const impostor = findImpostor(observation);
  if (impostor === undefined) return undefined;
  const { instanceId, owner, shares } = impostor;
  const terminate = { kind: 'terminate', instanceId } as const;
  return decideAction(input, findCurrentPhase(observation, intent), terminate, { kind: 'impostor', owner, shares });
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
  return servers.some(({ agent }) => agent.kind === 'up' && agent.nodeName === node);
}
