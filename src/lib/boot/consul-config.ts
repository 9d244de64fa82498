import type { BootOptions, ConsulConfig } from './options.js';

/** Options that a script writes itself, and what to say instead of them. */
export const ownedByScript: Readonly<Record<string, string>> = {
  bootstrap: 'use --bootstrap-expect',
  bootstrap_expect: 'use --bootstrap-expect',
  data_dir: 'use --data-dir',
  datacenter: 'use --datacenter',
  retry_join: 'use --retry-join',
  node_name: 'leave it out: it is the instance id',
  bind_addr: "leave it out: it is the instance's private address",
  advertise_addr: "leave it out: it is the instance's private address",
  server: 'leave it out: the script boots servers',
};

/**
 * The part of Consul's configuration that is the same on every server. HTTP listens on every address, because load
 * balancers and consul-roll ask each server on its own; `raft_multiplier` is 1, as HashiCorp advises for production.
 */
export function commonConfig({ datacenter, dataDir, extraConfig }: BootOptions): ConsulConfig {
  const own = {
    server: true,
    ...(datacenter === undefined ? {} : { datacenter }),
    data_dir: dataDir,
    client_addr: '0.0.0.0',
    performance: { raft_multiplier: 1 },
    retry_interval: '5s',
  };
  return merged(own, extraConfig);
}

/** The second laid over the first, object by object. */
function merged(under: ConsulConfig, over: ConsulConfig): ConsulConfig {
  const entries = Object.entries(over).map(([key, value]) => {
    const below = under[key];
    return [key, isObject(below) && isObject(value) ? merged(below, value) : value];
  });
  return { ...under, ...Object.fromEntries(entries) };
}

function isObject(value: unknown): value is ConsulConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
