/** A tag of EC2. */
export interface BootTag {
  readonly key: string;
  readonly value: string;
}

/** How a server finds the others; docs/boot.md holds the two against each other. */
export type PeerSource = 'describe-instances' | 'cloud-auto-join';

/** Where the instance fetches the gossip key when it boots: the key itself is in no script. */
export type GossipKeySource =
  | { readonly kind: 'none' }
  | { readonly kind: 'ssm' | 'secretsmanager'; readonly name: string };

/** Any JSON object, as a Consul configuration file holds one. */
export type ConsulConfig = Readonly<Record<string, unknown>>;

/** What a boot script is made of. None of it is secret. */
export interface BootOptions {
  /** The tags that every server of the cluster carries, one at least; cloud auto-join looks for the first alone. */
  readonly tags: readonly BootTag[];
  readonly peers: PeerSource;
  /** Joined beside those found: addresses, or whatever else Consul takes as `retry_join`. */
  readonly retryJoin: readonly string[];
  /** How many servers found the cluster together at its first launch; 0 on servers that only ever join. */
  readonly bootstrapExpect: number;
  /** Consul's own default, `dc1`, where undefined. */
  readonly datacenter: string | undefined;
  /** Absolute, as is `dataDir`. */
  readonly configDir: string;
  readonly dataDir: string;
  /** Laid over what the script configures by itself. */
  readonly extraConfig: ConsulConfig;
  readonly gossipKey: GossipKeySource;
}

/** What the options are where nothing is said. */
export const BOOT_DEFAULTS = {
  peers: 'describe-instances',
  configDir: '/etc/consul.d',
  dataDir: '/var/lib/consul',
} as const satisfies Partial<BootOptions>;

/** Options that a script writes itself, and what to say instead of them. */
export const OPTIONS_SET_BY_SCRIPT: Readonly<Record<string, string>> = {
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

/** The second laid over the first, object by object. */
function mergeConfig(under: ConsulConfig, over: ConsulConfig): ConsulConfig {
  const entries = Object.entries(over).map(([key, value]) => {
    const below = under[key];
    return [key, isConfigObject(below) && isConfigObject(value) ? mergeConfig(below, value) : value];
  });
  return { ...under, ...Object.fromEntries(entries) };
}

function isConfigObject(value: unknown): value is ConsulConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** EC2 takes `*` and `?` in a filter for wildcards; a backslash before them takes that away. */
function escapeLiteral(value: string): string {
  return value.replace(/[\\*?]/g, '\\$&');
}

/**
 * DescribeInstances' filters, as JSON: the shorthand of the command line would split a value at its commas.
 * Instances that boot are asked for too: they have their address already, and those that start together find each
 * other whoever is first.
 */
export function buildInstanceFilters(tags: readonly BootTag[]): string {
  const byTag = tags.map(({ key, value }) => ({ Name: `tag:${key}`, Values: [escapeLiteral(value)] }));
  const byState = { Name: 'instance-state-name', Values: ['pending', 'running'] };
  return JSON.stringify([...byTag, byState]);
}

/**
 * The beginning of a cloud auto-join entry, as JSON without its closing quote; the instance adds its region.
 * Values are quoted as Consul 1.0 and later read them.
 */
export function buildAutoJoinPrefix({ key, value }: BootTag): string {
  const entry = `provider=aws tag_key=${quoteAutoJoinValue(key)} tag_value=${quoteAutoJoinValue(value)} region=`;
  return JSON.stringify(entry).slice(0, -1);
}

function quoteAutoJoinValue(value: string): string {
  if (!/[\s="\\]/.test(value)) return value;
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** Whether the script has to list the cluster's instances: to join them, or to know whether it may found. */
export function needsInstanceList({ peers, bootstrapExpect }: BootOptions): boolean {
  return peers === 'describe-instances' || bootstrapExpect > 0;
}

/** Any text as one word of the shell, which expands nothing in it. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
