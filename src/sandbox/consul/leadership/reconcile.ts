import { addNonVoter, changeConfiguration, removePeerFrom } from '../raft/membership.js';
import { appendAndReplicate } from '../raft/replication.js';
import { type Group, MEMBER_STATUS, type Member, type Net, type Server } from '../state.js';

/** The leader brings raft and the catalogue in line with what gossip says of one member. */
export function reconcileMember(net: Net, group: Group, leader: Server, member: Member): void {
  switch (member.status) {
    case MEMBER_STATUS.alive:
      takeUp(net, group, leader, member.server);
      return;
    case MEMBER_STATUS.failed:
      setCheck(net, group, leader, member.server, 'critical');
      return;
    case MEMBER_STATUS.left:
      strike(net, group, leader, member.server);
      return;
    case MEMBER_STATUS.leaving:
  }
}

/** A live server joins raft without a vote, in place of whoever had its address or its id, and is registered. */
function takeUp(net: Net, group: Group, leader: Server, server: Server): void {
  const foreign = server.group !== undefined && server.group !== group;
  if (server !== leader && !foreign) {
    const { configuration } = group.log.latestConfiguration();
    const former = configuration.filter(
      (peer) => (peer.id === server.nodeId) !== (peer.host === server.address),
    );
    for (const peer of former) changeConfiguration(net, group, removePeerFrom(peer.id));
    changeConfiguration(net, group, addNonVoter(server));
  }
  setCheck(net, group, leader, server, 'passing');
}

function setCheck(
  net: Net,
  group: Group,
  leader: Server,
  server: Server,
  status: 'passing' | 'critical',
): void {
  const { nodes } = group.store;
  const known = nodes.get(server.nodeName);
  if (known?.id === server.nodeId && known.serfStatus === status) return;
  if (known === undefined && status === 'critical') return;
  const { nodeId: id, nodeName: name, address, version } = server;
  const commit = (index: number): void =>
    group.store.register({ id, name, address, version, serfStatus: status }, index, net.nowMs);
  appendAndReplicate(net, leader, { commit, abandon: () => {} });
}

/** A server that has left goes out of raft, with no thought for the quorum, and out of the catalogue. */
function strike(net: Net, group: Group, leader: Server, server: Server): void {
  if (server === leader) return;
  changeConfiguration(net, group, removePeerFrom(server.nodeId));
  if (!group.store.nodes.has(server.nodeName)) return;
  const commit = (index: number): void => group.store.deregister(server.nodeName, index, net.nowMs);
  appendAndReplicate(net, leader, { commit, abandon: () => {} });
}
