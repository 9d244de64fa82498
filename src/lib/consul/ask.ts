import { type Agent, type AgentDown, hostOf } from '../model/server.js';
import { BODIES, readBody } from './answers.js';
import type { Answer, Channel } from './channel.js';
import { isTokenUnknown } from './denied.js';
import { entryOf, pathOfKey } from './kv.js';
import { NoAnswer } from './no-answer.js';

/** Asked of one server at the same time, all answered from its own memory. */
interface Answers {
  readonly self: Answer;
  readonly leader: Answer;
  readonly peers: Answer;
  readonly sentinel: Answer;
}

/**
 * What one server says of itself; see `Consul.ask`.
 *
 * @throws RollError `acl-denied` when it may not be asked
 */
export async function ask(channel: Channel, address: string, sentinelKey: string): Promise<Agent> {
  try {
    return readAgent(address, await askAll(channel, address, sentinelKey), sentinelKey);
  } catch (thrown) {
    if (!(thrown instanceof NoAnswer)) throw thrown;
    return { kind: 'down', why: thrown.why, detail: thrown.message };
  }
}

async function askAll(channel: Channel, address: string, sentinelKey: string): Promise<Answers> {
  const limitMs = channel.timeouts.askMs;
  const paths = ['agent/self', 'status/leader', 'status/peers', pathOfKey(sentinelKey, 'stale')];
  const asked = await Promise.allSettled(
    paths.map((path) => channel.send({ address, method: 'GET', path, limitMs })),
  );
  const [self, leader, peers, sentinel] = asked.map((each) =>
    each.status === 'fulfilled' ? each.value : undefined,
  );
  if (!self || !leader || !peers || !sentinel) throw gravest(asked);
  return { self, leader, peers, sentinel };
}

/** `refused` lets a roll conclude that nothing lives there, so every one of the requests must have been. */
function gravest(asked: readonly PromiseSettledResult<Answer>[]): unknown {
  const failures = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  const first = (why: AgentDown['why']) =>
    failures.find((failure) => failure instanceof NoAnswer && failure.why === why);
  const allRefused =
    failures.length === asked.length &&
    failures.every((failure) => failure instanceof NoAnswer && failure.why === 'refused');
  if (allRefused) return failures[0];
  const refused = first('refused');
  return (
    first('silent') ?? first('broken') ?? (refused && new NoAnswer('silent', 'some requests were refused'))
  );
}

function readAgent(address: string, answers: Answers, sentinelKey: string): Agent {
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
    sentinel: sentinelOf(to(pathOfKey(sentinelKey, 'stale')), answers.sentinel),
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

/** A server that no leader has ever contacted answers 500 even to a stale read: it has no sentinel. */
function sentinelOf(question: Parameters<typeof entryOf>[0], answer: Answer): string | undefined {
  return answer.status === 500 ? undefined : entryOf(question, answer).value;
}
