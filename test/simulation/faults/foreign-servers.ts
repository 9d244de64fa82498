import type { ConsulNetwork } from '../../../src/sandbox/consul/network.js';
import type { Oracle } from '../oracle.js';

const FOREIGN = ['127.99.0.1', '127.99.0.2', '127.99.0.3'];
const ORPHAN_ADDRESS = '127.98.0.1';
/** Long enough to be taken into Raft, and to get a vote or not. */
const ORPHAN_LIFETIME_MS = 15_000;

/** Starts another cluster, as a wrong tag or a wrong join address would find it. Returns its addresses. */
export function startForeignCluster(net: ConsulNetwork): readonly string[] {
  for (const address of FOREIGN) {
    const retryJoin = FOREIGN.filter((other) => other !== address);
    net.start({ nodeName: `foreign-${address}`, address, version: '1.21.1', retryJoin, bootstrapExpect: 3 });
  }
  return FOREIGN;
}

/** The ghost, where it lives on, leaves as it should. */
export function stopOrphan(net: ConsulNetwork): void {
  net.leave(ORPHAN_ADDRESS, () => {});
}

/** Starts a server that is in no group, and kills it for good a while later. False when there was one before. */
export function startOrphan({ universe, raft, leader }: Oracle): boolean {
  const { net } = universe;
  const joined = leader?.address;
  if (joined === undefined || net.inside.servers.has(ORPHAN_ADDRESS)) return false;
  net.start({
    nodeName: 'orphan-peer',
    address: ORPHAN_ADDRESS,
    version: leader?.version ?? '',
    retryJoin: [joined],
  });
  universe.after(ORPHAN_LIFETIME_MS, () => {
    const { configuration } = raft.log.latestConfiguration();
    const up = configuration.filter(({ host }) => net.inside.servers.get(host)?.life === 'running');
    // Where the cluster cannot spare even a ghost, it lives on.
    if (up.length - 1 > configuration.length / 2) net.kill(ORPHAN_ADDRESS);
  });
  return true;
}
