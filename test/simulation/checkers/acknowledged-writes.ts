import type { ReplyCallback } from '../../../src/sandbox/consul/answers.js';
import type { KvList } from '../../../src/sandbox/consul/store/key-values.js';
import type { Oracle } from '../oracle.js';
import { awaitReply } from '../ports/consul-reads.js';
import type { SimulationEnd } from '../simulation-end.js';
import { PREFIX } from '../writer.js';
import type { Checker } from './checker.js';

const READ_LIMIT_MS = 60_000;

/** no-acknowledged-write-lost: a client of the load balancer can read every acknowledged write with its value. */
export function createWritesChecker(): Checker {
  return { invariant: 'no-acknowledged-write-lost', atEnd: findLostWrite };
}

function findLostWrite(oracle: Oracle, { writeRecord }: SimulationEnd): string | undefined {
  const { environment, balancer } = oracle;
  if (!environment.until(() => environment.aws.inService(balancer).length > 0, READ_LIMIT_MS)) {
    return 'the load balancer has no server in service';
  }
  for (const { address } of environment.aws.inService(balancer)) {
    const problem = findUnreadableWrite(oracle, address, writeRecord.acknowledged);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function findUnreadableWrite(
  { environment }: Oracle,
  address: string,
  acknowledged: ReadonlyMap<string, string>,
): string | undefined {
  const list = awaitReply(environment, READ_LIMIT_MS, (reply: ReplyCallback<KvList>) =>
    environment.net.kvList(address, PREFIX, 'consistent', reply),
  );
  if (!list?.ok) return `${address} is in service and cannot be read: ${list?.message ?? 'no answer'}`;
  const found = new Map(list.value.entries.map(({ key, value }) => [key, value.toString('utf8')]));
  const lost = [...acknowledged].filter(([key, value]) => found.get(key) !== value);
  return lost.length === 0
    ? undefined
    : `${lost.length} of ${acknowledged.size} acknowledged writes are gone from ${address}`;
}
