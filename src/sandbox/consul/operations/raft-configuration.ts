import { createFailure, createSuccess, type ReplyCallback } from '../answers.js';
import { getConfiguration } from '../raft/configuration.js';
import { changeConfiguration, removePeerFrom } from '../raft/membership.js';
import { forwardToLeader, wrapForwardedError } from '../rpc/forward.js';
import { getGossipName, type Net, type Server } from '../state.js';
import { transferToTarget } from './transfer-leadership.js';

/** A server of `operator/raft/configuration`. */
export interface RaftServer {
  readonly id: string;
  /** Node name, `(unknown)` where gossip does not know the id. */
  readonly node: string;
  /** `ip:8300`. */
  readonly address: string;
  readonly leader: boolean;
  readonly voter: boolean;
  /** As autopilot knows it; 0 before its first check. */
  readonly lastIndex: number;
}

/** The raft configuration as one server has it. */
export function listRaftServers(server: Server): RaftServer[] {
  const nodes = new Map(
    [...server.pool.members.values()].map((member) => [member.server.address, getGossipName(member.server)]),
  );
  return getConfiguration(server).map((peer) => ({
    id: peer.id,
    node: nodes.get(peer.host) ?? '(unknown)',
    address: peer.address,
    leader: server.leaderView?.address === peer.host,
    voter: peer.voter,
    lastIndex: server.group?.health.find(({ id }) => id === peer.id)?.lastIndex ?? 0,
  }));
}

/** Which peer to take out: by raft id, or by `ip:8300`. */
export type PeerName = { readonly id: string } | { readonly address: string };

/** `DELETE operator/raft/peer`: the leader removes a server from Raft, even if that costs the quorum. */
export function removePeer(net: Net, server: Server, name: PeerName, reply: ReplyCallback<void>): void {
  forwardToLeader(net, server, {
    run: (leader, forwarded) => {
      const fail = (message: string): void => reply(createFailure(500, wrapForwardedError(message, forwarded)));
      const peer = getConfiguration(leader).find((candidate) =>
        'id' in name ? candidate.id === name.id : candidate.address === name.address,
      );
      if (peer === undefined || leader.group === undefined) {
        const named = 'id' in name ? `id "${name.id}"` : `address "${name.address}"`;
        fail(`${named} was not found in the Raft configuration`);
        return;
      }
      const outcome = { done: () => reply(createSuccess(undefined)), abandon: fail };
      changeConfiguration(net, leader.group, removePeerFrom(peer.id), outcome);
    },
    fail: reply,
  });
}

/** `POST operator/raft/transfer-leader`: to the voter with this raft id, or to any. */
export function transferLeadership(
  net: Net,
  server: Server,
  targetId: string | undefined,
  reply: ReplyCallback<void>,
): void {
  forwardToLeader(net, server, {
    run: (leader) => {
      const known = getConfiguration(leader).some((peer) => peer.id === (targetId ?? peer.id));
      if (!known) reply(createFailure(500, `Could not find address for server id ${targetId}`));
      else if (targetId === leader.nodeId) reply(createFailure(500, 'cannot transfer leadership to itself'));
      else {
        transferToTarget(net, leader, targetId, (handed) =>
          reply(
            handed
              ? createSuccess(undefined)
              : createFailure(500, `cannot find peer or transfer from ${leader.raftAddress}`),
          ),
        );
      }
    },
    fail: reply,
  });
}
