import type { Right } from '../model/doctor.js';
import { messageOf, RollError } from '../model/errors.js';
import { lockKey } from '../model/intent.js';
import { EXIT } from '../model/outcome.js';
import type { Answer, Channel, Question } from './http-client.js';
import { pathOfKey } from './kv.js';

/** What a token needs, by the beginning of the path; the first that fits. Source: Consul's ACL rules reference. */
const RULES: readonly { readonly path: RegExp; readonly writes: boolean; readonly rule: string }[] = [
  { path: /^agent\/self/, writes: false, rule: 'agent:read' },
  { path: /^agent\/leave/, writes: true, rule: 'agent:write' },
  { path: /^kv\//, writes: false, rule: 'key:read' },
  { path: /^kv\//, writes: true, rule: 'key:write' },
  { path: /^operator\//, writes: false, rule: 'operator:read' },
  { path: /^operator\//, writes: true, rule: 'operator:write' },
  { path: /^snapshot/, writes: false, rule: 'acl:write (a management token)' },
];

/** True for the answer of a server that has no such token; one that has not caught up yet answers this too. */
export function isTokenUnknown(text: string): boolean {
  return text.includes('ACL not found');
}

/** The error for a 403: which rule the token lacks, or that it is none. `path` is without `/v1/`. */
export function deniedError(address: string, method: string, path: string, text: string): RollError {
  const bare = path.replace(/\?.*/, '');
  const call = `${method} /v1/${bare}`;
  const rule = RULES.find((row) => row.path.test(path) && row.writes === (method !== 'GET'))?.rule;
  const unknown = isTokenUnknown(text);
  return new RollError({
    code: 'acl-denied',
    message: unknown
      ? `Consul at ${address} does not know the ACL token, so it refused ${call}.`
      : `Consul at ${address} refused ${call}: the ACL token lacks ${rule ?? 'permission'}.`,
    exitCode: EXIT.refused,
    state: 'Consul refused this request, so it changed nothing.',
    next: unknown
      ? 'Set CONSUL_HTTP_TOKEN (or CONSUL_HTTP_TOKEN_FILE) to a token of this cluster.'
      : `Give the token in CONSUL_HTTP_TOKEN a policy with ${rule ?? 'that permission'}.`,
  });
}

/** A request that Consul refuses with 403 where the rule is missing, and that does nothing where it is not. */
interface Proof {
  readonly rule: string;
  readonly purpose: string;
  readonly question: (cluster: string) => Pick<Question, 'method' | 'path' | 'body'>;
}

/** No key has been changed that often: a check-and-set with it always loses. */
const NO_INDEX = Number.MAX_SAFE_INTEGER;
const NO_PEER = '00000000-0000-0000-0000-000000000000';

/**
 * Consul decides on the token before it looks at anything else of a request. Source: measured on 1.8.7
 * (test/consul/real-acl.test.ts); agent/token/ is the one call with agent:write that cannot hurt, for it wants a body
 * it is not given.
 */
const PROOFS: readonly Proof[] = [
  {
    rule: 'agent:read',
    purpose: 'asking every server what it knows',
    question: () => ({ method: 'GET', path: 'agent/self' }),
  },
  {
    rule: 'agent:write',
    purpose: 'having a server leave',
    question: () => ({ method: 'PUT', path: 'agent/token/none', body: 'no token' }),
  },
  {
    rule: 'operator:read',
    purpose: 'reading the Raft configuration and autopilot',
    question: () => ({ method: 'GET', path: 'operator/raft/configuration?stale' }),
  },
  {
    rule: 'operator:write',
    purpose: 'handing leadership over and removing a dead peer',
    question: () => ({ method: 'DELETE', path: `operator/raft/peer?id=${NO_PEER}` }),
  },
  {
    rule: 'key:read',
    purpose: 'reading the lock and the sentinel under consul-roll/',
    question: (cluster) => ({ method: 'GET', path: pathOfKey(lockKey(cluster)) }),
  },
  {
    rule: 'key:write',
    purpose: 'writing the lock and the sentinel under consul-roll/',
    question: (cluster) => ({
      method: 'PUT',
      path: pathOfKey(`consul-roll/${cluster}/doctor`, `cas=${NO_INDEX}`),
      body: '',
    }),
  },
];

/** Which of the rules of a roll the token has; see `ConsulInspection.rights`. */
export function proveRights(channel: Channel, leader: string, cluster: string): Promise<readonly Right[]> {
  return Promise.all(PROOFS.map((proof) => prove(channel, leader, cluster, proof)));
}

async function prove(channel: Channel, leader: string, cluster: string, proof: Proof): Promise<Right> {
  const { rule, purpose } = proof;
  const limitMs = channel.timeouts.callMs;
  try {
    const answer = await channel.send({ address: leader, limitMs, ...proof.question(cluster) });
    return { rule, purpose, held: !isDenied(answer), why: undefined };
  } catch (thrown) {
    if (thrown instanceof RollError) throw thrown;
    return { rule, purpose, held: undefined, why: messageOf(thrown) };
  }
}

/** A refusal that was passed on from the leader comes as 500 with the words of a 403. */
function isDenied({ status, bytes }: Answer): boolean {
  return status === 403 || /permission denied|ACL not found/i.test(bytes.toString('utf8'));
}
