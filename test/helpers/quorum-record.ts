import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { type LiveServer, listLiveServers } from './account.js';

/** A server that is gone refuses at once; one on a busy machine is late. */
const ANSWER_LIMIT_MS = 5_000;
const SAMPLE_EVERY_MS = 250;

const Configuration = z.object({
  Servers: z.array(z.object({ Node: z.string(), Address: z.string(), Voter: z.boolean() })),
});
const Leader = z.string();

/** What the servers themselves say at one moment, each asked on its own address. */
export interface ServerReport {
  /** `ip:8300` or empty, by instance, of those that answer. */
  readonly leaders: Readonly<Record<string, string>>;
  /** Addresses of the voters, as the leader has them, or else the oldest server that knows any. */
  readonly voters: readonly string[];
  /** Voters that answer, less the quorum: below 0 nothing can be written. */
  readonly spare: number | undefined;
}

/** Asks every server that EC2 runs. */
export async function readServerReports(sandbox: Sandbox): Promise<ServerReport> {
  const servers = listLiveServers(sandbox.aws);
  const asked = await Promise.all(servers.map(readServerReport));
  const leaders = Object.fromEntries(
    asked.flatMap(({ instanceId, leader }) => (leader === undefined ? [] : [[instanceId, leader]])),
  );
  const knowing = asked.filter(({ voters }) => voters.length > 0);
  const voters = (knowing.find(({ leads }) => leads) ?? knowing[0])?.voters ?? [];
  const answering = new Set(servers.filter(({ instanceId }) => instanceId in leaders).map((one) => one.address));
  const alive = voters.filter((address) => answering.has(address)).length;
  const quorum = Math.floor(voters.length / 2) + 1;
  return { leaders, voters, spare: voters.length === 0 ? undefined : alive - quorum };
}

/** The one leader that every server which answers names; undefined while they do not agree, or name none. */
export async function findAgreedLeader(sandbox: Sandbox): Promise<LiveServer | undefined> {
  const { leaders } = await readServerReports(sandbox);
  const [named, ...others] = new Set(Object.values(leaders));
  if (named === undefined || others.length > 0) return undefined;
  return listLiveServers(sandbox.aws).find(({ address }) => named === `${address}:8300`);
}

/** What was seen from beginning to end. */
export interface QuorumRecord {
  readonly samples: number;
  /** The least number of voters that answered beyond the quorum. */
  readonly minMargin: number;
  readonly maxVoters: number;
  /** Every leader that a server named, in the order they were first seen. */
  readonly leaders: readonly string[];
}

/** Asks every server several times a second until it is told to stop. */
export function watchQuorum(sandbox: Sandbox): { stop(): Promise<QuorumRecord> } {
  const sampler = keepSampling(() => readServerReports(sandbox));
  return { stop: async () => summarizeQuorum(await sampler.stop()) };
}

/** Takes samples one after the other, several times a second, until it is told to stop; oldest first. */
export function keepSampling<Sample>(take: () => Promise<Sample>): { stop(): Promise<readonly Sample[]> } {
  const stopping = new AbortController();
  const samples: Sample[] = [];
  const ended = (async () => {
    while (!stopping.signal.aborted) {
      samples.push(await take());
      await sleep(SAMPLE_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await ended;
      return samples;
    },
  };
}

function summarizeQuorum(seen: readonly ServerReport[]): QuorumRecord {
  const spares = seen.flatMap(({ spare }) => spare ?? []);
  const named = seen.flatMap(({ leaders }) => Object.values(leaders));
  return {
    samples: spares.length,
    minMargin: Math.min(...spares),
    maxVoters: Math.max(...seen.map(({ voters }) => voters.length)),
    leaders: [...new Set(named)].filter((leader) => leader !== ''),
  };
}

async function readServerReport({ instanceId, address }: LiveServer) {
  const [leader, configuration] = await Promise.all([
    read(address, 'status/leader', Leader),
    read(address, 'operator/raft/configuration?stale', Configuration),
  ]);
  const voters = (configuration?.Servers ?? []).filter(({ Voter }) => Voter);
  const leads = leader === `${address}:8300`;
  return { instanceId, leader, leads, voters: voters.map(({ Address }) => Address.replace(/:\d+$/, '')) };
}

async function read<Body>(address: string, path: string, shape: z.ZodType<Body>): Promise<Body | undefined> {
  try {
    const url = `http://${address}:8500/v1/${path}`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    return shape.safeParse(await answer.json()).data;
  } catch {
    return undefined;
  }
}
