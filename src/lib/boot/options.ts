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
export const bootDefaults = {
  peers: 'describe-instances',
  configDir: '/etc/consul.d',
  dataDir: '/var/lib/consul',
} as const satisfies Partial<BootOptions>;
