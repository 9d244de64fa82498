import { type Agent, type AgentDown, type AgentUp, hostOf } from '../model/server.js';
import { isTokenUnknown } from './acl.js';
import { BODIES, readBody } from './answers.js';
import type { Answer, Channel } from './http-client.js';
import { NoAnswer, noAnswerFrom } from './http-client.js';
import { entryOf, pathOfKey } from './kv.js';

/** Asked of one server at the same time, all answered from its own memory. */
interface Answers {
  readonly self: Answer;
  readonly leader: Answer;
  readonly peers: Answer;
}

/**
 * What one server says of itself; see `Consul.ask`.
 *
 * @throws RollError `acl-denied` when it may not be asked
 */
export async function ask(channel: Channel, address: string, sentinelKey: string): Promise<Agent> {
  try {
    const agent = readAgent(address, await askAll(channel, address));
    // A server that no leader has contacted yet holds even a stale read for 7 s before it says so (1.8.7).
    if (agent.leader === '') return agent;
    return { ...agent, sentinel: await readSentinel(channel, address, sentinelKey) };
  } catch (thrown) {
    if (!(thrown instanceof NoAnswer)) throw thrown;
    return { kind: 'down', why: thrown.why, detail: thrown.message };
  }
}

async function askAll(channel: Channel, address: string): Promise<Answers> {
  const limitMs = channel.timeouts.askMs;
  const paths = ['agent/self', 'status/leader', 'status/peers'];
  const asked = await Promise.allSettled(
    paths.map((path) => channel.send({ address, method: 'GET', path, limitMs })),
  );
  const [self, leader, peers] = asked.map((each) => (each.status === 'fulfilled' ? each.value : undefined));
  if (!self || !leader || !peers) throw gravest(asked);
  return { self, leader, peers };
}

/** `refused` lets a roll conclude that nothing lives there, so every one of the requests must have been. */
function gravest(asked: readonly PromiseSettledResult<Answer>[]): NoAnswer | undefined {
  const failures = asked.flatMap((each) => (each.status === 'rejected' ? [noAnswerFrom(each.reason)] : []));
  const first = (why: AgentDown['why']) => failures.find((failure) => failure.why === why);
  if (failures.filter((failure) => failure.why === 'refused').length === asked.length) return failures[0];
  return first('silent') ?? first('broken') ?? new NoAnswer('silent', 'some requests were refused');
}

function readAgent(address: string, answers: Answers): AgentUp {
  const to = (path: string) => ({ address, method: 'GET', path }) as const;
  const leader = readBody(to('status/leader'), answers.leader, BODIES['status/leader']);
  assertTokenKnown(address, leader, answers.self);
  const { Config, Stats } = readBody(to('agent/self'), answers.self, BODIES['agent/self']);
  const peers = readBody(to('status/peers'), answers.peers, BODIES['status/peers']) ?? [];
  return {
    kind: 'up',
    nodeId: Config.NodeID,
    nodeName: Config.NodeName,
    version: Config.Version,
    leader,
    peers: [...peers].sort(),
    appliedIndex: Number(Stats.raft.applied_index),
    sentinel: undefined,
  };
}

/**
 * With ACLs on, a server that has joined nothing answers 403 `ACL not found` to every token, good or bad
 * (measured on 1.8.7). So only the leader's word is taken for it that a token is wrong.
 */
function assertTokenKnown(address: string, leader: string, self: Answer): void {
  if (self.status !== 403 || !isTokenUnknown(self.bytes.toString('utf8'))) return;
  if (hostOf(leader) === address) return;
  throw new NoAnswer('broken', 'it does not know the ACL token, or not yet');
}

/** The server is up, so one that cannot read its store in time just has no sentinel to show. */
async function readSentinel(channel: Channel, address: string, key: string): Promise<string | undefined> {
  const limitMs = channel.timeouts.askMs;
  const question = { address, method: 'GET', path: pathOfKey(key, 'stale'), limitMs } as const;
  try {
    const answer = await channel.send(question);
    return answer.status === 500 ? undefined : entryOf(question, answer).value;
  } catch (thrown) {
    if (thrown instanceof NoAnswer && thrown.why !== 'broken') return undefined;
    throw thrown;
  }
}
