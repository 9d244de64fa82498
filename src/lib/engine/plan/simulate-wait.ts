import type { WaitFor } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import type { Raft, Survey } from '../../model/observation.js';
import {
  type Agent,
  type BalancerState,
  hostOf,
  type Peer,
  type Server,
  type Side,
} from '../../model/server.js';
import { isReady } from '../decide/gates.js';
import { serversOf, standingOf } from '../decide/servers.js';
import { filledUp, withoutPeer } from './simulate-action.js';

/** The survey once what is waited for has come about, as it does when nothing goes wrong. For plans. */
export function settle(survey: Survey, waitFor: WaitFor, intent: Intent): Survey {
  switch (waitFor.kind) {
    case 'ready':
      return joined(filledUp(survey, waitFor.side, waitFor.expected, intent), waitFor.side);
    case 'in-service':
      return eachOf(survey, waitFor.instanceIds, inEveryBalancer('in-service'));
    case 'drained':
      return eachOf(survey, [waitFor.instanceId], inEveryBalancer('absent'));
    case 'out-of-raft':
      return left(survey, waitFor.instanceId);
    case 'agent-down':
      return down(survey, waitFor.instanceId);
    case 'terminated':
      return withoutServer(survey, waitFor.instanceId);
    case 'deleted':
      return survey.old?.name === waitFor.group
        ? { ...survey, old: undefined }
        : { ...survey, new: undefined };
    case 'cooled':
      return cooled(survey, waitFor.group);
    case 'leadership':
      return waitFor.towards === undefined ? survey : led(survey, waitFor.towards);
    case 'sentinel':
      return { ...survey, servers: survey.servers.map((one) => caughtUp(survey.raft, one)) };
    case 'ghost':
      return synced(withoutPeer(survey, waitFor.peerId));
    case 'bake':
      return baked(survey);
    case 'healthy':
    case 'agent-answer':
      return survey;
  }
}

/** Who carries on with a roll that bakes has not seen since when: from now on, then. */
function baked(survey: Survey): Survey {
  const allNewSinceMs = survey.history.allNewSinceMs ?? survey.atMs;
  const history = { ...survey.history, allNewSinceMs };
  return { ...survey, atMs: survey.atMs + 24 * 3_600_000, history };
}

function cooled(survey: Survey, name: string): Survey {
  const without = (group: Group | undefined): Group | undefined =>
    group?.name === name ? { ...group, warmPool: 'none' } : group;
  return { ...survey, old: without(survey.old), new: without(survey.new) };
}

/**
 * Every server of a side that waits for its gates becomes a caught-up, proved voter. Those of the other side stay what
 * they are: one that has left does not come back.
 */
function joined(survey: Survey, side: Side): Survey {
  const { raft } = survey;
  if (raft === undefined) return survey;
  const waiting = standingOf(survey, side).filter((server) => !isReady(survey, server));
  const fresh = waiting.filter((server) => server.peer === undefined).map((server) => peerFor(server));
  const peers = [...raft.peers, ...fresh].map((peer) => ({ ...peer, voter: true, healthy: true }));
  const after = { ...survey, raft: { ...raft, peers, committedBefore: raft.committedBefore ?? 0 } };
  const proved = [...new Set([...survey.history.proved, ...survey.servers.map((one) => one.instanceId)])];
  return synced({ ...after, history: { ...survey.history, proved, relapsed: [] } });
}

/** Every member in service in its group, up, and of the leader's opinion. */
function synced(survey: Survey): Survey {
  const { raft } = survey;
  if (raft === undefined) return survey;
  const up = survey.servers.filter((server) => server.agent.kind === 'up');
  const servers = survey.servers.map((server) => {
    const peer = raft.peers.find((one) => one.id === server.peer?.id || one.id === server.instanceId);
    // As its own side is, which may run another version; as any server is where it is the first of its side.
    const pattern = (up.find(({ side }) => side === server.side) ?? up[0])?.agent;
    const agent = server.agent.kind === 'up' ? server.agent : pattern;
    if (peer === undefined || agent?.kind !== 'up') return server;
    const lifecycle = server.lifecycle === 'Pending' ? 'InService' : server.lifecycle;
    const address = server.address ?? hostOf(peer.address);
    return caughtUp(raft, { ...server, address, lifecycle, peer, agent });
  });
  return { ...survey, servers };
}

function caughtUp(raft: Raft | undefined, server: Server): Server {
  const { agent } = server;
  if (raft === undefined || agent.kind !== 'up') return server;
  const peers = raft.peers.map((peer) => peer.address).sort();
  const appliedIndex = Math.max(agent.appliedIndex, raft.committedBefore ?? 0);
  return {
    ...server,
    agent: { ...agent, leader: raft.leader, peers, appliedIndex, sentinel: raft.sentinel },
  };
}

/** The leader is told by the address of its instance, once it has one. */
function peerFor({ instanceId, address }: Server): Peer {
  return {
    id: instanceId,
    node: instanceId,
    address: `${address ?? instanceId}:8300`,
    leader: false,
    voter: true,
    healthy: true,
  };
}

/** Raft has let it go; if it led, the first other voter of the newest side is elected. */
function left(survey: Survey, instanceId: string): Survey {
  const { raft } = survey;
  const victim = survey.servers.find((server) => server.instanceId === instanceId);
  if (raft === undefined || victim?.peer === undefined) return survey;
  const heir = serversOf(survey, victim.side === 'old' ? 'new' : 'old').find((server) => server.peer?.voter);
  const before = victim.peer.leader && heir ? led(survey, heir.instanceId) : survey;
  const peers = (before.raft ?? raft).peers.filter((peer) => peer.id !== victim.peer?.id);
  const servers = before.servers.map((one) =>
    one.instanceId === instanceId ? { ...one, peer: undefined } : one,
  );
  return synced({ ...before, servers, raft: { ...(before.raft ?? raft), peers } });
}

function led(survey: Survey, instanceId: string): Survey {
  const { raft } = survey;
  const heir = survey.servers.find((server) => server.instanceId === instanceId)?.peer;
  if (raft === undefined || heir === undefined) return survey;
  const peers = raft.peers.map((peer) => ({ ...peer, leader: peer.id === heir.id }));
  return synced({ ...survey, raft: { ...raft, leader: heir.address, peers } });
}

function down(survey: Survey, instanceId: string): Survey {
  const agent: Agent = { kind: 'down', why: 'refused', detail: 'it has left' };
  const after = eachOf(survey, [instanceId], (server) => ({ ...server, agent }));
  const downLooks = { ...survey.history.downLooks, [instanceId]: Number.MAX_SAFE_INTEGER };
  return { ...after, history: { ...survey.history, downLooks } };
}

function withoutServer(survey: Survey, instanceId: string): Survey {
  const gone = survey.servers.find((server) => server.instanceId === instanceId);
  const group = gone && survey[gone.side];
  const servers = survey.servers.filter((server) => server !== gone);
  if (gone === undefined || group === undefined) return { ...survey, servers };
  const instanceIds = group.instanceIds.filter((id) => id !== instanceId);
  const allNew = servers.every((server) => server.side === 'new');
  const allNewSinceMs = allNew ? survey.atMs : undefined;
  return {
    ...survey,
    servers,
    [gone.side]: isBygone(survey, gone.side, instanceIds) ? undefined : { ...group, instanceIds },
    history: { ...survey.history, allNewSinceMs },
  };
}

/** In place, the new side is gone with its last server once the group launches none for it. */
function isBygone({ old, new: group }: Survey, side: Side, instanceIds: readonly string[]): boolean {
  const isShared = group !== undefined && group.name === old?.name;
  return side === 'new' && isShared && group.imageId === undefined && instanceIds.length === 0;
}

function inEveryBalancer(state: BalancerState): (server: Server) => Server {
  return (server) => {
    const names = Object.keys(server.balancers);
    return { ...server, balancers: Object.fromEntries(names.map((name) => [name, state])) };
  };
}

function eachOf(survey: Survey, ids: readonly string[], change: (server: Server) => Server): Survey {
  const servers = survey.servers.map((server) => (ids.includes(server.instanceId) ? change(server) : server));
  return { ...survey, servers };
}
