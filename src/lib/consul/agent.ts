import { type Agent, type AgentDown, type AgentUp, parseHost } from '../model/server.js';
import { isUnknownToken } from './acl.js';
import type { ConsulResponse, HttpClient } from './http-client.js';
import { buildKeyPath, ConsulUnavailable, toConsulUnavailable, undefinedIfUnavailable } from './http-client.js';
import { parseKeyEntry } from './kv.js';
import { parseBody, parseGoDurationMs, RESPONSE_SCHEMAS, type ResponseBody } from './responses.js';

/** Requests to one server, sent at the same time and all answered from its own memory. */
interface AgentResponses {
  readonly self: ConsulResponse;
  readonly leader: ConsulResponse;
  readonly peers: ConsulResponse;
}

/**
 * What one server reports about itself; see `Consul.readAgent`.
 *
 * @throws RollError `acl-denied` when the token may not read it
 */
export async function readAgent(http: HttpClient, address: string, sentinelKey: string): Promise<Agent> {
  let claims: Pick<AgentUp, 'leader' | 'peers'> | undefined;
  try {
    const responses = await requestAgent(http, address);
    claims = parseClaims(address, responses);
    const agent = { ...parseAgent(address, responses, claims.leader), ...claims };
    // A server that no leader has contacted yet holds even a stale read for 7 s before it says so (1.8.7).
    if (agent.leader === '') return agent;
    return { ...agent, sentinel: await readSentinelFromAgent(http, address, sentinelKey) };
  } catch (thrown) {
    if (!(thrown instanceof ConsulUnavailable)) throw thrown;
    const { why, message: detail, remedy } = thrown;
    return { kind: 'down', why, detail, ...(remedy !== undefined && { remedy }), ...claims };
  }
}

/** See `Consul.readClaims`. */
export function readClaims(http: HttpClient, address: string): Promise<Pick<AgentUp, 'leader' | 'peers'> | undefined> {
  const asked = Promise.all([request(http, address, 'status/leader'), request(http, address, 'status/peers')]);
  return undefinedIfUnavailable(asked.then(([leader, peers]) => parseClaims(address, { leader, peers })));
}

async function requestAgent(http: HttpClient, address: string): Promise<AgentResponses> {
  const paths = ['agent/self', 'status/leader', 'status/peers'];
  const results = await Promise.allSettled(paths.map((path) => request(http, address, path)));
  const [self, leader, peers] = results.map((each) => (each.status === 'fulfilled' ? each.value : undefined));
  if (!self || !leader || !peers) throw worstFailure(results);
  return { self, leader, peers };
}

function request(http: HttpClient, address: string, path: string): Promise<ConsulResponse> {
  return http.send({ address, method: 'GET', path, limitMs: http.timeouts.readMs });
}

/** `refused` means that nothing listens there, so every request must have been refused. */
function worstFailure(results: readonly PromiseSettledResult<ConsulResponse>[]): ConsulUnavailable | undefined {
  const failures = results.flatMap((each) => (each.status === 'rejected' ? [toConsulUnavailable(each.reason)] : []));
  const first = (why: AgentDown['why']) => failures.find((failure) => failure.why === why);
  if (failures.filter((failure) => failure.why === 'refused').length === results.length) return failures[0];
  return first('silent') ?? first('broken') ?? new ConsulUnavailable('silent', 'some requests were refused');
}

/** What a server says of itself without a token. */
function parseClaims(address: string, answers: Omit<AgentResponses, 'self'>): Pick<AgentUp, 'leader' | 'peers'> {
  const to = (path: string) => ({ address, method: 'GET', path }) as const;
  const leader = parseBody(to('status/leader'), answers.leader, RESPONSE_SCHEMAS['status/leader']);
  const peers = parseBody(to('status/peers'), answers.peers, RESPONSE_SCHEMAS['status/peers']) ?? [];
  return { leader, peers: [...peers].sort() };
}

function parseAgent(address: string, { self }: AgentResponses, leader: string): Omit<AgentUp, 'leader' | 'peers'> {
  assertTokenAccepted(address, leader, self);
  const request = { address, method: 'GET', path: 'agent/self' } as const;
  const body = parseBody(request, self, RESPONSE_SCHEMAS['agent/self']);
  const { Config, Stats, Member } = body;
  const { bootstrap, expect } = Member?.Tags ?? {};
  return {
    kind: 'up',
    nodeId: Config.NodeID,
    nodeName: Config.NodeName,
    version: Config.Version,
    appliedIndex: Number(Stats.raft.applied_index),
    sentinel: undefined,
    ...(isLogCut(Stats.raft) && { isLogCut: true }),
    ...(LEAVING_STATUSES.includes(Member?.Status ?? 0) && { isLeaving: true }),
    votes: Stats.raft.latest_configuration?.includes(`{Suffrage:Voter ID:${Config.NodeID} `),
    bootstrapExpect: bootstrap === '1' ? 1 : Number(expect) || undefined,
    raftTimeoutMs: findRaftTimeoutMs(body),
    security: toSecurity(body),
  };
}

/** Raft applies nothing that is not in its log or its snapshot, so something has cut the log since then. */
function isLogCut(raft: ResponseBody<'agent/self'>['Stats']['raft']): boolean {
  const { applied_index: applied, last_log_index: log, last_snapshot_index: snapshot = '0' } = raft;
  return log !== undefined && Math.max(Number(log), Number(snapshot)) < Number(applied);
}

/** Of gossip: leaving, left. */
const LEAVING_STATUSES: readonly number[] = [2, 3];

/** Of `raft_multiplier = 10`, the highest that Consul accepts; a server that says more says what is not so. */
const MAX_RAFT_TIMEOUT_MS = 10_000;

function findRaftTimeoutMs({ DebugConfig = {} }: ResponseBody<'agent/self'>): number | undefined {
  const { ConsulRaftElectionTimeout = '', ConsulRaftHeartbeatTimeout = '' } = DebugConfig;
  const timeouts = [ConsulRaftElectionTimeout, ConsulRaftHeartbeatTimeout].map(parseGoDurationMs);
  return Math.min(MAX_RAFT_TIMEOUT_MS, Math.max(...timeouts.map((ms) => ms ?? 0))) || undefined;
}

function toSecurity({ DebugConfig = {}, Stats }: ResponseBody<'agent/self'>): AgentUp['security'] {
  const { ACLsEnabled, ACLResolverSettings, TLS } = DebugConfig;
  const encrypted = Stats.serf_lan?.encrypted;
  const policy = DebugConfig.ACLDefaultPolicy ?? ACLResolverSettings?.ACLDefaultPolicy;
  const tls = TLS?.InternalRPC ?? DebugConfig;
  // Without encryption, or without HTTPS, it has no effect.
  const gossip = encrypted === 'true' ? { ...DebugConfig, ...DebugConfig.StaticRuntimeConfig } : {};
  const https = TLS?.HTTPS?.VerifyIncoming ?? (DebugConfig.VerifyIncomingHTTPS || DebugConfig.VerifyIncoming);
  return {
    'acl.enabled': ACLsEnabled,
    // Without ACLs it has no effect.
    'acl.default_policy = "deny"': ACLsEnabled === true && policy ? policy === 'deny' : undefined,
    encrypt: encrypted === undefined ? undefined : encrypted === 'true',
    encrypt_verify_incoming: gossip.EncryptVerifyIncoming,
    encrypt_verify_outgoing: gossip.EncryptVerifyOutgoing,
    verify_incoming: DebugConfig.VerifyIncomingRPC === true || tls.VerifyIncoming,
    verify_incoming_https: (DebugConfig.HTTPSPort ?? 0) > 0 ? https : undefined,
    verify_outgoing: tls.VerifyOutgoing,
    verify_server_hostname: tls.VerifyServerHostname,
  };
}

/**
 * With ACLs on, a server that has joined nothing answers 403 `ACL not found` to every token, good or bad
 * (measured on 1.8.7). So only the leader's response proves that a token is wrong.
 */
function assertTokenAccepted(address: string, leader: string, self: ConsulResponse): void {
  if (self.status !== 403 || self.isTokenWithheld === true || !isUnknownToken(self.bytes.toString('utf8'))) return;
  if (parseHost(leader) === address) return;
  throw new ConsulUnavailable('broken', 'it does not know the ACL token, or not yet');
}

/** The server is up; if it cannot read its store in time, its sentinel is unknown. */
async function readSentinelFromAgent(http: HttpClient, address: string, key: string): Promise<string | undefined> {
  const limitMs = http.timeouts.readMs;
  const request = { address, method: 'GET', path: buildKeyPath(key, 'stale'), limitMs } as const;
  try {
    const response = await http.send(request);
    return response.status === 500 ? undefined : parseKeyEntry(request, response).value;
  } catch (thrown) {
    if (thrown instanceof ConsulUnavailable && thrown.why !== 'broken') return undefined;
    throw thrown;
  }
}
