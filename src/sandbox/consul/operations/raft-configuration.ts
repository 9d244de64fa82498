import { failure, type Reply, success } from '../answers.js';
import { configurationOf } from '../raft/configuration.js';
import { changeConfiguration, without } from '../raft/membership.js';
import { throughForwarding, toLeader } from '../rpc/forward.js';
import type { Net, Server } from '../state.js';
import { handOver } from './hand-over.js';

/** A server of `operator/raft/configuration`. */
export interface RaftServer {
  readonly id: string;
  /** Node name, `(unknown)` where gossip does not know the id. */
  readonly node: string;
  /** `ip:8300`. */
  readonly address: string;
  readonly leader: boolean;
  readonly voter: boolean;
}

/** The raft configuration as one server has it. */
export function raftConfigurationOf(server: Server): RaftServer[] {
  const nodes = new Map(
    [...server.pool.members.values()].map((member) => [member.server.nodeId, member.server]),
  );
  return configurationOf(server).map((peer) => ({
    id: peer.id,
    node: nodes.get(peer.id)?.nodeName ?? '(unknown)',
    address: peer.address,
    leader: server.leaderView?.nodeId === peer.id,
    voter: peer.voter,
  }));
}

/** Which peer to take out: by raft id, or by `ip:8300`. */
export type PeerName = { readonly id: string } | { readonly address: string };

/** `DELETE operator/raft/peer`: the leader takes a server out of raft, whatever that does to the quorum. */
export function removePeer(net: Net, server: Server, name: PeerName, reply: Reply<void>): void {
  toLeader(net, server, {
    run: (leader, forwarded) => {
      const fail = (message: string): void => reply(failure(500, throughForwarding(message, forwarded)));
      const peer = configurationOf(leader).find((candidate) =>
        'id' in name ? candidate.id === name.id : candidate.address === name.address,
      );
      if (peer === undefined || leader.group === undefined) {
        const said = 'id' in name ? `id "${name.id}"` : `address "${name.address}"`;
        fail(`${said} was not found in the Raft configuration`);
        return;
      }
      const outcome = { done: () => reply(success(undefined)), abandon: fail };
      changeConfiguration(net, leader.group, without(peer.id), outcome);
    },
    fail: reply,
  });
}

/** `POST operator/raft/transfer-leader`: to the voter with this raft id, or to any. */
export function transferLeadership(
  net: Net,
  server: Server,
  targetId: string | undefined,
  reply: Reply<void>,
): void {
  toLeader(net, server, {
    run: (leader) => {
      const known = configurationOf(leader).some((peer) => peer.id === (targetId ?? peer.id));
      if (!known) reply(failure(500, `Could not find address for server id ${targetId}`));
      else if (targetId === leader.nodeId) reply(failure(500, 'cannot transfer leadership to itself'));
      else {
        handOver(net, leader, targetId, (handed) =>
          reply(
            handed
              ? success(undefined)
              : failure(500, `cannot find peer or transfer from ${leader.raftAddress}`),
          ),
        );
      }
    },
    fail: reply,
  });
}
