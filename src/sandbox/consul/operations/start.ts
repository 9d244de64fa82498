import { bootstrapIfReady } from '../gossip/bootstrap.js';
import { createPool, findMember, isNameTaken, joinPool, mergePools } from '../gossip/pool.js';
import { listServers } from '../raft/configuration.js';
import { drawElectionTimeoutMs, setTimer } from '../raft/contact.js';
import { acceptLeader } from '../raft/replication.js';
import { getRaftAddress, isUp, MEMBER_STATUS, type Net, type Server, scheduleOnServer } from '../state.js';
import { AGENT_START, APPLY_LAG, JOIN_RETRY_MS } from '../timings.js';

/** What a server is started with. */
export interface ServerStart {
  /** Unique in the network: the instance's id, which is Consul's node name too unless it claims another. */
  readonly nodeName: string;
  /** The node name of another server, which its configuration gives it. */
  readonly claimedName?: string;
  /** IPv4 address; raft is at 8300, gossip at 8301. */
  readonly address: string;
  /** For instance `1.20.2`. */
  readonly version: string;
  /** Addresses it tries to join until one answers. */
  readonly retryJoin: readonly string[];
  /** How many servers bootstrap a cluster together; left out on a server that joins one. */
  readonly bootstrapExpect?: number;
  /** From its data folder or configuration; otherwise it draws one at its first start. */
  readonly nodeId?: string;
  /** `agent/leave` is in `http_config.block_endpoints`. */
  readonly leaveBlocked?: boolean;
}

/** Starts a server process, on an empty disk or, if it ran before, on its disk. */
export function startServer(net: Net, request: ServerStart): void {
  const known = net.servers.get(request.address);
  if (known !== undefined && known.life !== 'dead') return;
  const server = known?.nodeName === request.nodeName ? revived(net, known, request) : newServer(net, request);
  net.servers.set(request.address, server);
  scheduleOnServer(net, server, net.random.within(AGENT_START), () => comeUp(net, server));
}

function newServer(net: Net, request: ServerStart): Server {
  const { nodeName, address, version, retryJoin, bootstrapExpect = 0, nodeId = net.random.uuid() } = request;
  const { leaveBlocked = false, claimedName } = request;
  return {
    nodeName,
    claimedName,
    refusedBy: undefined,
    nodeId,
    address,
    raftAddress: getRaftAddress(address),
    version,
    retryJoin,
    bootstrapExpect,
    configuredExpect: bootstrapExpect,
    run: 0,
    startedMs: net.nowMs,
    life: 'starting',
    pausedSinceMs: 0,
    pool: createPool(),
    group: undefined,
    lastLogIndex: 0,
    appliedIndex: 0,
    lacksUpTo: 0,
    replicating: false,
    role: 'follower',
    term: 0,
    votedFor: undefined,
    leaderView: undefined,
    heardLeader: false,
    contactLostMs: undefined,
    timer: 0,
    leaving: false,
    leaveBlocked,
    deaf: false,
    refusing: false,
    calls: new Set(),
    held: new Set(),
    onResume: [],
    applyLagMs: net.random.within(APPLY_LAG),
  };
}

function revived(
  net: Net,
  server: Server,
  { bootstrapExpect = 0, retryJoin, version, leaveBlocked = false }: ServerStart,
): Server {
  return Object.assign(server, {
    startedMs: net.nowMs,
    life: 'starting',
    bootstrapExpect,
    configuredExpect: bootstrapExpect,
    retryJoin,
    version,
    leaderView: undefined,
    heardLeader: false,
    leaving: false,
    leaveBlocked,
    refusing: false,
  } as const);
}

function comeUp(net: Net, server: Server): void {
  server.life = 'running';
  for (const listener of net.listeners) listener.listening?.(server.address);
  if (findMember(server)?.status !== MEMBER_STATUS.left) joinPool(net, server);
  join(net, server);
  bootstrapIfReady(net, server);
  if (server.group === undefined) return;
  server.contactLostMs = net.nowMs;
  setTimer(net, server, drawElectionTimeoutMs(net));
  if (listServers(net, server.group).includes(server)) acceptLeader(net, server);
}

/** `consul join`: a server that runs joins the first of these that answers, or tries them again. */
export function joinServers(net: Net, server: Server, addresses: readonly string[]): void {
  if (isUp(server)) join(net, Object.assign(server, { retryJoin: addresses }));
}

/** Tries the addresses to join in turn until one answers. */
function join(net: Net, server: Server): void {
  if (server.retryJoin.length === 0) return;
  const found = server.retryJoin.flatMap((address) => {
    const other = net.servers.get(address);
    return other !== undefined && other !== server && isUp(other) && !other.refusing ? other : [];
  })[0];
  if (found === undefined) {
    scheduleOnServer(net, server, JOIN_RETRY_MS, () => join(net, server));
    return;
  }
  if (isNameTaken(server, found.pool)) server.refusedBy = found.pool;
  else {
    mergePools(net, server.pool, found.pool);
    joinPool(net, server);
  }
}
