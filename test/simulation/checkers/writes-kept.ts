import type { ReplyCallback } from '../../../src/sandbox/consul/answers.js';
import type { KvList } from '../../../src/sandbox/consul/store/key-values.js';
import type { Ending } from '../ending.js';
import type { Oracle } from '../oracle.js';
import { awaitReply } from '../ports/consul-reads.js';
import { PREFIX } from '../writer.js';
import type { Checker } from './checker.js';

const READ_LIMIT_MS = 60_000;

/** no-acknowledged-write-lost: every acknowledged write can be read, by a client of the load balancer, as it was written. */
export function createWritesChecker(): Checker {
  return { invariant: 'no-acknowledged-write-lost', atEnd: findLostWrite };
}

function findLostWrite(truth: Oracle, { ledger }: Ending): string | undefined {
  const { universe, balancer } = truth;
  if (!universe.until(() => universe.world.inService(balancer).length > 0, READ_LIMIT_MS)) {
    return 'the load balancer has nobody in service';
  }
  for (const { address } of universe.world.inService(balancer)) {
    const problem = unreadable(truth, address, ledger.acknowledged);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function unreadable(
  { universe }: Oracle,
  address: string,
  acknowledged: ReadonlyMap<string, string>,
): string | undefined {
  const list = awaitReply(universe, READ_LIMIT_MS, (reply: ReplyCallback<KvList>) =>
    universe.net.kvList(address, PREFIX, 'consistent', reply),
  );
  if (!list?.ok) return `${address} is in service and cannot be read: ${list?.message ?? 'no answer'}`;
  const found = new Map(list.value.entries.map(({ key, value }) => [key, value.toString('utf8')]));
  const lost = [...acknowledged].filter(([key, value]) => found.get(key) !== value);
  return lost.length === 0
    ? undefined
    : `${lost.length} of ${acknowledged.size} acknowledged writes are gone from ${address}`;
}
