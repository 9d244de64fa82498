import { listRaftServers, type PeerName, removePeer, transferLeadership } from '../operations/raft-configuration.js';
import { getLeaderAddress, listPeerAddresses } from '../reads.js';
import { forwardToLeader } from '../rpc/forward.js';
import type { Server } from '../state.js';
import { canTransferLeader, reportsPeerIndex } from '../versions.js';
import {
  type ApiRequest,
  type ApiResponse,
  badRequest,
  emptyResponse,
  failureResponse,
  jsonResponse,
  type Respond,
  type Route,
  type RouteContext,
} from './messages.js';
import { parseConsistency } from './parse.js';

export const raftRoutes: readonly Route[] = [
  { path: 'operator/raft/configuration', methods: ['GET'], answer: configuration },
  { path: 'operator/raft/peer', methods: ['DELETE'], answer: peer },
  {
    path: 'operator/raft/transfer-leader',
    methods: ['POST'],
    since: canTransferLeader,
    answer: ({ net, server, request }, respond) =>
      transferLeadership(net, server, request.query.get('id') ?? undefined, (answer) =>
        respond(answer.ok ? jsonResponse({ Success: true }) : failureResponse(answer)),
      ),
  },
];

function configuration({ net, server, request }: RouteContext, respond: Respond): void {
  const consistency = parseConsistency(request, respond);
  if (consistency === undefined) return;
  if (consistency === 'stale' && server.heardLeader) respond(configurationJson(server));
  else
    forwardToLeader(net, server, {
      run: (leader) => respond(configurationJson(leader)),
      fail: (why) => respond(failureResponse(why)),
    });
}

function configurationJson(server: Server): ApiResponse {
  const withIndex = reportsPeerIndex(server.version);
  const servers = listRaftServers(server).map(({ id, node, address, leader, voter, lastIndex }) => ({
    ID: id,
    Node: node,
    Address: address,
    Leader: leader,
    ProtocolVersion: '3',
    Voter: voter,
    ...(withIndex ? { LastIndex: lastIndex } : {}),
  }));
  return jsonResponse({ Servers: servers, Index: 0 });
}

function peer({ net, server, request }: RouteContext, respond: Respond): void {
  const name = peerName(request);
  if (typeof name === 'string') respond(badRequest(server, name));
  else removePeer(net, server, name, (answer) => respond(answer.ok ? emptyResponse(200) : failureResponse(answer)));
}

/** The peer a request names, or the error message. */
function peerName({ query }: ApiRequest): PeerName | string {
  const id = query.get('id');
  const address = query.get('address');
  if (id !== null && address !== null) return 'Must specify only one of ?id or ?address';
  if (id !== null) return { id };
  if (address !== null) return { address };
  return "Must specify either ?id with the server's ID or ?address with IP:port of peer to remove";
}

export const statusRoutes: readonly Route[] = [
  {
    path: 'status/leader',
    methods: ['GET'],
    answer: ({ server }, respond) => respond(jsonResponse(getLeaderAddress(server))),
  },
  {
    path: 'status/peers',
    methods: ['GET'],
    answer: ({ server }, respond) => respond(jsonResponse(listPeerAddresses(server))),
  },
];
