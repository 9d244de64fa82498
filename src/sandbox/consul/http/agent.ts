import { type AgentSelf, forceLeave, getAgentSelf, listMembers, type MemberView } from '../operations/agent.js';
import { leaveCluster } from '../operations/leave.js';
import { getConfiguration } from '../raft/configuration.js';
import { getLeaderAddress } from '../reads.js';
import type { Net, Server } from '../state.js';
import { reportsBindAddress, reportsBuildDate, reportsPrimaryDatacenter } from '../versions.js';
import type { Route } from './messages.js';
import { emptyResponse, failureResponse, jsonResponse } from './messages.js';
import { formatDuration } from './parse.js';

export const agentRoutes: readonly Route[] = [
  {
    path: 'agent/self',
    methods: ['GET'],
    answer: ({ net, server }, respond) => respond(jsonResponse(selfJson(net, server, getAgentSelf(net, server)))),
  },
  {
    path: 'agent/members',
    methods: ['GET'],
    answer: ({ server, request }, respond) => {
      const toJson = request.query.has('wan') ? wanMemberJson : memberJson;
      respond(jsonResponse(listMembers(server).map(toJson)));
    },
  },
  {
    path: 'agent/leave',
    methods: ['PUT'],
    answer: ({ net, server }, respond) =>
      leaveCluster(net, server, (answer) => respond(answer.ok ? emptyResponse(200) : failureResponse(answer))),
  },
  {
    path: 'agent/force-leave/',
    methods: ['PUT'],
    answer: ({ net, server, request, rest }, respond) =>
      forceLeave(net, server, rest, request.query.has('prune'), (answer) =>
        respond(answer.ok ? emptyResponse(200) : failureResponse(answer)),
      ),
  },
];

/** There is one datacenter, whose servers are all members of the WAN pool too. */
function wanMemberJson(member: MemberView) {
  const json = memberJson(member);
  return { ...json, Name: `${json.Name}.dc1`, Port: 8302 };
}

function memberJson({ nodeName, nodeId, address, version, status, expect }: MemberView) {
  return {
    Name: nodeName,
    Addr: address,
    Port: 8301,
    Tags: {
      acls: '0',
      build: `${version}:`,
      ...(expect === 1 ? { bootstrap: '1' } : {}),
      dc: 'dc1',
      ...(expect > 1 ? { expect: String(expect) } : {}),
      ft_fs: '1',
      id: nodeId,
      port: '8300',
      raft_vsn: '3',
      role: 'consul',
      segment: '',
      vsn: '2',
      vsn_max: '3',
      vsn_min: '2',
      wan_join_port: '8302',
    },
    Status: status,
    ProtocolMin: 1,
    ProtocolMax: 5,
    ProtocolCur: 2,
    DelegateMin: 2,
    DelegateMax: 5,
    DelegateCur: 4,
  };
}

function selfJson({ raftMultiplier }: Net, server: Server, self: AgentSelf) {
  const { nodeName, nodeId, address, version } = self;
  const member = listMembers(server).find((known) => known.nodeName === nodeName);
  const leads = self.raft.state === 'Leader';
  return {
    Config: {
      Datacenter: 'dc1',
      ...(reportsPrimaryDatacenter(version) ? { PrimaryDatacenter: 'dc1' } : {}),
      NodeName: nodeName,
      NodeID: nodeId,
      Revision: '',
      Server: true,
      Version: version,
      ...(reportsBuildDate(version) ? { BuildDate: '1970-01-01T00:00:01Z' } : {}),
      ...(reportsBindAddress(version) ? { BindAddr: address } : {}),
    },
    DebugConfig: debugConfig(address, raftMultiplier),
    Member: member === undefined ? null : memberJson(member),
    Stats: {
      build: { prerelease: '', revision: '', version },
      consul: {
        acl: 'disabled',
        bootstrap: 'false',
        known_datacenters: '1',
        leader: String(leads),
        leader_addr: getLeaderAddress(server),
        server: 'true',
      },
      raft: raftStatsJson(server, self),
    },
    Meta: { 'consul-network-segment': '' },
  };
}

/** A little of it, at Consul's defaults for a server. */
function debugConfig(address: string, raftMultiplier: number) {
  return {
    ACLsEnabled: false,
    AdvertiseAddrLAN: address,
    BindAddr: address,
    ClientAddrs: [address],
    ConsulRaftElectionTimeout: `${raftMultiplier}s`,
    ConsulRaftHeartbeatTimeout: `${raftMultiplier}s`,
    Datacenter: 'dc1',
    LeaveDrainTime: '5s',
    LeaveOnTerm: false,
    RetryJoinLAN: [],
    SkipLeaveOnInt: true,
  };
}

/** All strings, as Consul has them. */
function raftStatsJson(server: Server, { raft }: AgentSelf): Record<string, string> {
  const peers = getConfiguration(server).map(
    ({ id, address, voter }) => `{Suffrage:${voter ? 'Voter' : 'Nonvoter'} ID:${id} Address:${address}}`,
  );
  return {
    applied_index: String(raft.appliedIndex),
    commit_index: String(raft.commitIndex),
    fsm_pending: '0',
    last_contact: lastContact(raft.state, raft.lastContactMs),
    last_log_index: String(raft.lastLogIndex),
    last_log_term: String(raft.lastLogIndex === 0 ? 0 : (server.group?.log.lastTerm ?? 0)),
    latest_configuration: `[${peers.join(' ')}]`,
    latest_configuration_index: '0',
    num_peers: String(raft.numPeers),
    protocol_version: '3',
    protocol_version_max: '3',
    protocol_version_min: '0',
    state: raft.state,
    term: String(raft.term),
  };
}

function lastContact(state: string, ms: number | undefined): string {
  if (state === 'Leader') return '0';
  return ms === undefined ? 'never' : formatDuration(ms);
}
