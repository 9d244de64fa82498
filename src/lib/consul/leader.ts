import { hostOf, type Peer } from '../model/server.js';
import type { LeaderReport } from '../ports.js';
import { BODIES, type Body, get, readBody } from './answers.js';
import type { Channel } from './http-client.js';
import { unlessNoAnswer } from './http-client.js';
import { entryOf, pathOfKey } from './kv.js';

/** What a server that believes to be the leader says of the cluster; see `Consul.askLeader`. */
export async function askLeader(
  channel: Channel,
  address: string,
  sentinelKey: string,
): Promise<LeaderReport | undefined> {
  return unlessNoAnswer(readReport(channel, address, sentinelKey));
}

/** The leader's commit index; see `Consul.commitIndex`. */
export async function commitIndex(channel: Channel, address: string): Promise<number | undefined> {
  const limitMs = channel.timeouts.askMs;
  const self = await unlessNoAnswer(get(channel, address, 'agent/self', BODIES['agent/self'], limitMs));
  return self && Number(self.Stats.raft.commit_index);
}

async function readReport(
  channel: Channel,
  address: string,
  sentinelKey: string,
): Promise<LeaderReport | undefined> {
  // A leader answers at once; one that has to look for another is none.
  const limitMs = channel.timeouts.askMs;
  // Stale, so that the server answers for itself instead of passing the question on to whoever leads.
  const path = 'operator/raft/configuration?stale';
  const [configuration, health, sentinel] = await Promise.all([
    get(channel, address, path, BODIES['operator/raft/configuration'], limitMs),
    readHealth(channel, address, limitMs),
    readSentinel(channel, address, sentinelKey, limitMs),
  ]);
  const leader = configuration.Servers.find((server) => server.Leader);
  if (!leader || hostOf(leader.Address) !== address) return undefined;
  return {
    peers: configuration.Servers.map((server) => peerOf(server, health)),
    failureTolerance: health.FailureTolerance,
    sentinel,
  };
}

type Health = Body<'operator/autopilot/health'>;

/** 429 is how Consul says that the cluster is unhealthy, with the same body. */
async function readHealth(channel: Channel, address: string, limitMs: number): Promise<Health> {
  const question = { address, method: 'GET', path: 'operator/autopilot/health', limitMs } as const;
  const answer = await channel.send(question);
  return readBody(question, answer, BODIES['operator/autopilot/health'], [200, 429]);
}

/** Consistent: the leader asks a majority whether it still leads before it answers. */
async function readSentinel(
  channel: Channel,
  address: string,
  key: string,
  limitMs: number,
): Promise<string | undefined> {
  const question = { address, method: 'GET', path: pathOfKey(key, 'consistent'), limitMs } as const;
  return entryOf(question, await channel.send(question)).value;
}

function peerOf(server: Body<'operator/raft/configuration'>['Servers'][number], health: Health): Peer {
  return {
    id: server.ID,
    node: server.Node,
    address: server.Address,
    leader: server.Leader,
    voter: server.Voter,
    healthy: health.Servers?.find((each) => each.ID === server.ID)?.Healthy ?? false,
  };
}
