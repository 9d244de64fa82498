import type { MachineImage } from './observation.js';

/** A group of the account, without its servers. */
export interface GroupSummary {
  readonly name: string;
  readonly desired: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** Groups with servers, by what no tag of a group says: the tag `Name` of a server in EC2, or the name of its group. */
export type ServerQuery = { readonly serverName: string } | { readonly groupNamePrefix: string };

/** A group that looks like a cluster, as AWS and its own servers tell of it without a token. It is not confirmed. */
export interface ListedCluster {
  /** What `--cluster` would name it by. */
  readonly cluster: string;
  readonly group: string;
  /** Of its servers, the oldest first; AWS may not have them any more. */
  readonly images: readonly { readonly id: string; readonly image: MachineImage | undefined }[];
  /** Of the servers that tell it without a token. */
  readonly versions: readonly string[];
  readonly servers: number;
  /** Servers that answered. */
  readonly answering: number;
  /** The server that all of them name as the leader, or `ip:8300` of another; undefined where they name none, or several. */
  readonly leader: string | undefined;
  /** Of the Raft configuration, by the servers that answered; undefined where they differ. */
  readonly peers: number | undefined;
  /** The roll that its tags tell of. */
  readonly rollId: string | undefined;
}

/** Every cluster of an account and region. */
export interface ClusterList {
  readonly clusters: readonly ListedCluster[];
  /** Groups that were not looked at, because there are too many. */
  readonly leftOut: number;
}
