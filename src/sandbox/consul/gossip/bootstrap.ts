import { drawElectionTimeoutMs, setTimer } from '../raft/contact.js';
import { RaftLog } from '../raft/log.js';
import { type Group, isUp, MEMBER_STATUS, type Net, type Server } from '../state.js';
import { Store } from '../store/store.js';

/**
 * A server with `bootstrap_expect` bootstraps a cluster with the servers it has found, once they are as many as it expects and
 * none of them belongs to one. Servers that find only each other bootstrap a second cluster: nothing prevents it.
 */
export function bootstrapIfReady(net: Net, server: Server): void {
  if (server.bootstrapExpect === 0 || server.group !== undefined || !isUp(server)) return;
  const company = [...server.pool.members.values()].flatMap((member) =>
    member.status === MEMBER_STATUS.alive ? member.server : [],
  );
  const { bootstrapExpect } = server;
  if (company.some((other) => other.bootstrapExpect !== 0 && other.bootstrapExpect !== bootstrapExpect)) return;
  if (company.some((other) => other.group !== undefined)) {
    server.bootstrapExpect = 0;
    return;
  }
  if (company.length >= bootstrapExpect) found(net, company);
}

function found(net: Net, founders: readonly Server[]): void {
  const group = newGroup();
  const configuration = founders.map((server) => ({
    id: server.nodeId,
    host: server.address,
    address: server.raftAddress,
    voter: true,
  }));
  group.log.appendConfiguration(1, configuration);
  for (const server of founders) {
    server.group = group;
    server.bootstrapExpect = 0;
    server.lastLogIndex = group.log.lastIndex;
    server.term = 1;
    server.contactLostMs = net.nowMs;
    setTimer(net, server, drawElectionTimeoutMs(net));
  }
}

function newGroup(): Group {
  return {
    log: new RaftLog(),
    store: new Store(),
    leader: undefined,
    epoch: 0,
    established: false,
    autopilotSinceMs: 0,
    health: [],
    changes: [],
    replicationDue: false,
  };
}
