import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { listLiveServers } from '../helpers/account.js';
import { keepSampling, readServerReports, type ServerReport } from '../helpers/quorum-record.js';

/** What is seen at one moment of the servers themselves, of EC2 and of the load balancers; nothing of consul-roll. */
export interface Sample {
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** The one that most servers which answer name, as `ip:8300`; undefined where most of them name none or differ. */
  readonly leader: string | undefined;
  readonly voters: number;
  /** Voters that answer, less the quorum; undefined where no server that answers knows any voter. */
  readonly margin: number | undefined;
  /** Old servers whose agent answers. */
  readonly oldUp: number;
  /** Whether all old servers are registered with the load balancer, and answer. */
  readonly oldComplete: boolean;
}

/** What was seen from beginning to end. */
export interface ObserverRecord {
  readonly samples: number;
  readonly leaderChanges: number;
  readonly leastMargin: number;
  readonly mostVoters: number;
  /** From the first old server out of the load balancer, or down, to the last agent of an old one down; undefined before. */
  readonly drainMs: number | undefined;
}

/** Samples until it is told to stop. @param old instance ids of the servers that are to go */
export function startObserver(sandbox: Sandbox, old: readonly string[]): { stop(): Promise<ObserverRecord> } {
  const sampler = keepSampling(() => takeSample(sandbox, old));
  return { stop: async () => summarize(await sampler.stop()) };
}

async function takeSample(sandbox: Sandbox, old: readonly string[]): Promise<Sample> {
  const atMs = Date.now();
  const report = await readServerReports(sandbox);
  const known = sandbox.aws.balancers().flatMap(({ instances }) => instances);
  const registered = new Set(known.filter(({ phase }) => phase !== 'draining').map(({ instanceId }) => instanceId));
  const oldUp = old.filter((id) => id in report.leaders);
  return {
    atMs,
    leader: findLeader(report),
    voters: report.voters.length,
    margin: report.spare,
    oldUp: oldUp.length,
    oldComplete: oldUp.length === old.length && old.every((id) => registered.has(id)),
  };
}

/** The one that more than half of those which answer name. */
function findLeader({ leaders }: ServerReport): string | undefined {
  const named = Object.values(leaders);
  return named.find((one) => one !== '' && named.filter((other) => other === one).length * 2 > named.length);
}

/** What samples, oldest first, say in all. */
export function summarize(samples: readonly Sample[]): ObserverRecord {
  const leaders = samples.flatMap(({ leader }) => leader ?? []);
  const margins = samples.flatMap(({ margin }) => margin ?? []);
  const first = samples.findIndex(({ oldComplete }) => !oldComplete);
  const lastUp = samples.findLastIndex(({ oldUp }) => oldUp > 0);
  const gone = samples[lastUp + 1];
  const begun = samples[first];
  return {
    samples: samples.length,
    leaderChanges: leaders.filter((leader, at) => at > 0 && leader !== leaders[at - 1]).length,
    leastMargin: Math.min(...margins),
    mostVoters: Math.max(...samples.map(({ voters }) => voters)),
    drainMs: begun === undefined || gone === undefined ? undefined : gone.atMs - begun.atMs,
  };
}

/** What a cluster is like in the end. `lost`: so many voters are terminated that those which run can never elect. */
export type EndState = 'healthy' | 'impaired' | 'no-leader' | 'lost';

/** @param imageId what every server is to run */
export async function judgeEnd(sandbox: Sandbox, size: number, imageId: string): Promise<EndState> {
  const servers = listLiveServers(sandbox.aws);
  const report = await readServerReports(sandbox);
  const quorum = Math.floor(report.voters.length / 2) + 1;
  const running = report.voters.filter((address) => servers.some((one) => one.address === address)).length;
  if (running < quorum) return 'lost';
  if (findLeader(report) === undefined) return 'no-leader';
  const isWhole = report.voters.length === size && running === size && report.spare === size - quorum;
  const isReplaced = servers.length === size && servers.every((one) => one.imageId === imageId);
  return isWhole && isReplaced ? 'healthy' : 'impaired';
}
