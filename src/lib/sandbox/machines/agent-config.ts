import type { MachineSpec } from '../seams.js';

/** Servers a lonely image waits for; it joins nothing, so they never come. */
const LONELY_EXPECT = 3;

/**
 * The configuration of one Consul server, as its boot script would write it: its own loopback address with the
 * default ports, so that every server of a cluster can run on one machine, and Consul's own defaults but for
 * `raft_multiplier`, which is 1 as HashiCorp advises for production.
 */
export function agentConfig(spec: MachineSpec, dataDir: string): Readonly<Record<string, unknown>> {
  return {
    server: true,
    node_name: spec.instanceId,
    data_dir: dataDir,
    bind_addr: spec.address,
    client_addr: spec.address,
    advertise_addr: spec.address,
    ports: { dns: -1, grpc: -1 },
    performance: { raft_multiplier: 1 },
    disable_update_check: true,
    log_level: 'INFO',
    retry_interval: '1s',
    ...membership(spec),
  };
}

function membership(spec: MachineSpec): Readonly<Record<string, unknown>> {
  if (spec.image.behaviour === 'lonely') return { bootstrap_expect: LONELY_EXPECT };
  const expect = spec.bootstrapExpect === undefined ? {} : { bootstrap_expect: spec.bootstrapExpect };
  return spec.peers.length === 0 ? expect : { ...expect, retry_join: spec.peers };
}
