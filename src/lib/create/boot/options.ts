export interface BootTag {
  readonly key: string;
  readonly value: string;
}

/** How a server finds the others; docs/boot.md compares the two. */
export type PeerSource = 'describe-instances' | 'cloud-auto-join';

/** Where the instance fetches the gossip key at boot. The script never contains the key. */
export type GossipKeySource =
  | { readonly kind: 'none' }
  | { readonly kind: 'ssm' | 'secretsmanager'; readonly name: string };

/** The JSON object of a Consul configuration file. */
export type ConsulConfig = Readonly<Record<string, unknown>>;

/** Options of a boot script. None of them is secret. */
export interface BootOptions {
  /** Tags of every server of the cluster, at least one; cloud auto-join searches by the first. */
  readonly tags: readonly BootTag[];
  readonly peers: PeerSource;
  /** Values of Consul's `retry_join` in addition to the servers found. */
  readonly retryJoin: readonly string[];
  /** How many servers bootstrap the cluster together; 0 for servers that only join. */
  readonly bootstrapExpect: number;
  /** Undefined for Consul's default, `dc1`. */
  readonly datacenter: string | undefined;
  /** Absolute, as is `dataDir`. */
  readonly configDir: string;
  readonly dataDir: string;
  /** Merged into the configuration of the script. */
  readonly extraConfig: ConsulConfig;
  readonly gossipKey: GossipKeySource;
}

export const BOOT_DEFAULTS = {
  peers: 'describe-instances',
  configDir: '/etc/consul.d',
  dataDir: '/var/lib/consul',
} as const satisfies Partial<BootOptions>;

/** Options that the script sets, and what to use instead. */
export const OPTIONS_SET_BY_SCRIPT: Readonly<Record<string, string>> = {
  bootstrap: 'use --bootstrap-expect',
  bootstrap_expect: 'use --bootstrap-expect',
  data_dir: 'use --data-dir',
  datacenter: 'use --datacenter',
  retry_join: 'use --retry-join',
  node_name: 'omit it: it is the instance id',
  bind_addr: 'omit it: it is the private address of the instance',
  advertise_addr: 'omit it: it is the private address of the instance',
  server: 'omit it: the script boots servers',
};

/**
 * The part of Consul's configuration that is equal on every server. HTTP listens on every address, because load
 * balancers and consul-roll call each server; `raft_multiplier` is 1, as HashiCorp recommends for production.
 */
export function buildCommonConfig({ datacenter, dataDir, extraConfig }: BootOptions): ConsulConfig {
  const own = {
    server: true,
    ...(datacenter === undefined ? {} : { datacenter }),
    data_dir: dataDir,
    client_addr: '0.0.0.0',
    performance: { raft_multiplier: 1 },
    retry_interval: '5s',
  };
  return mergeConfig(own, extraConfig);
}

/** Merges nested objects; other values of `over` replace those of `under`. */
function mergeConfig(under: ConsulConfig, over: ConsulConfig): ConsulConfig {
  const entries = Object.entries(over).map(([key, value]) => {
    const below = under[key];
    return [key, isConfigObject(below) && isConfigObject(value) ? mergeConfig(below, value) : value];
  });
  return { ...under, ...Object.fromEntries(entries) };
}

export function isConfigObject(value: unknown): value is ConsulConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Escapes the wildcards `*` and `?` of EC2 filters. */
function escapeLiteral(value: string): string {
  return value.replace(/[\\*?]/g, '\\$&');
}

/**
 * Filters of DescribeInstances, as JSON: the shorthand of the command line would split values at commas. Pending
 * instances are included, because servers that start together must find each other.
 */
export function buildInstanceFilters(tags: readonly BootTag[]): string {
  const byTag = tags.map(({ key, value }) => ({ Name: `tag:${key}`, Values: [escapeLiteral(value)] }));
  const byState = { Name: 'instance-state-name', Values: ['pending', 'running'] };
  return JSON.stringify([...byTag, byState]);
}

/**
 * The beginning of a cloud auto-join entry, as JSON without its closing quote; the instance appends its region. Values
 * are quoted for Consul 1.0 and later.
 */
export function buildAutoJoinPrefix({ key, value }: BootTag): string {
  const entry = `provider=aws tag_key=${quoteAutoJoinValue(key)} tag_value=${quoteAutoJoinValue(value)} region=`;
  return JSON.stringify(entry).slice(0, -1);
}

function quoteAutoJoinValue(value: string): string {
  if (!/[\s="\\]/.test(value)) return value;
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** Whether the script must list the instances of the cluster: to join them, or to decide whether to bootstrap. */
export function needsInstanceList({ peers, bootstrapExpect }: BootOptions): boolean {
  return peers === 'describe-instances' || bootstrapExpect > 0;
}

/** One word for the shell, without expansion. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
