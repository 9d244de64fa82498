import { buildEarlierClusterKey } from '../../model/cluster-name.js';
import { quoteWord, RollError } from '../../model/errors.js';
import type { Consul } from '../../ports.js';

/** What shows that an earlier build rolls the cluster. */
const KEYS = ['lock', 'record'] as const;

/**
 * An earlier build wrote the keys of some clusters under another name, so it does not see the lock of this one. Must be called
 * again once the lock is taken: that build may have begun meanwhile.
 *
 * @param host the leader
 * @throws RollError `earlier-keys` if there are such keys
 */
export async function assertNoEarlierKeys(
  consul: Pick<Consul, 'readKey'>,
  cluster: string,
  host: string,
): Promise<void> {
  const keys = KEYS.flatMap((key) => buildEarlierClusterKey(cluster, key) ?? []);
  const read = await Promise.all(keys.map(async (key) => ((await hasValue(consul, host, key)) ? key : undefined)));
  const key = read.find((one) => one !== undefined);
  if (key === undefined) return;
  const folder = key.replace(/[^/]+$/, '');
  throw new RollError({
    code: 'earlier-keys',
    message: `The key ${key} exists in Consul: an earlier version of consul-roll, which does not see the lock of this one, rolls cluster ${cluster}, or has left the key behind.`,
    kind: 'refused',
    next: `end that roll with the version that began it: its resume or rollback; if none is in progress, delete its keys: consul kv delete -recurse ${quoteWord(folder)}`,
  });
}

/** From 1.21.5 on Consul refuses some of these names, so no build can use them; and the token may not allow to read them. */
async function hasValue(consul: Pick<Consul, 'readKey'>, host: string, key: string): Promise<boolean> {
  try {
    return (await consul.readKey(host, key)).value !== undefined;
  } catch (thrown) {
    if (thrown instanceof RollError && ['consul-broken', 'acl-denied'].includes(thrown.code)) return false;
    throw thrown;
  }
}
