import type { ConsulNetwork } from '../../../src/sandbox/consul/network.js';
import type { Oracle } from '../oracle.js';
import { canLose } from './target-servers.js';

const FOREIGN = ['127.99.0.1', '127.99.0.2', '127.99.0.3'];
const ORPHAN_ADDRESS = '127.98.0.1';
/** Long enough to join Raft, with or without a vote. */
const ORPHAN_LIFETIME_MS = 15_000;

/** Starts another cluster, as found with a wrong tag or join address. Returns its addresses. */
export function startForeignCluster(net: ConsulNetwork): readonly string[] {
  for (const address of FOREIGN) {
    const retryJoin = FOREIGN.filter((other) => other !== address);
    net.start({ nodeName: `foreign-${address}`, address, version: '1.21.1', retryJoin, bootstrapExpect: 3 });
  }
  return FOREIGN;
}

/** Has the orphan peer leave, if it still runs. */
export function stopOrphan(net: ConsulNetwork): void {
  net.leave(ORPHAN_ADDRESS, () => {});
}

/**
 * Starts a server that is in no group, and kills it a while later, if the cluster can lose it then. False if it was started
 * before.
 */
export function startOrphan(oracle: Oracle): boolean {
  const { environment, leader } = oracle;
  const { net } = environment;
  const joined = leader?.address;
  if (joined === undefined || net.inside.servers.has(ORPHAN_ADDRESS)) return false;
  net.start({ nodeName: 'orphan-peer', address: ORPHAN_ADDRESS, version: leader?.version ?? '', retryJoin: [joined] });
  environment.after(ORPHAN_LIFETIME_MS, () => {
    const peer = oracle.peers.find(({ host }) => host === ORPHAN_ADDRESS);
    if (peer === undefined || canLose(oracle, peer)) net.kill(ORPHAN_ADDRESS);
  });
  return true;
}
