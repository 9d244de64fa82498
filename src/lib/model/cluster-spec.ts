import type { LaunchSource } from './launch-source.js';
import type { Observation } from './observation.js';

/** What `create` makes of a cluster file. The fields are what is compared with what is there, so lists that AWS keeps in any order are sorted. */

export interface ClusterSpec {
  readonly cluster: string;
  readonly size: number;
  readonly balancer: { readonly name: string; readonly fields: LoadBalancerSpec } | undefined;
  readonly launchSource: {
    readonly kind: LaunchSourceKind;
    readonly name: string;
    readonly fields: LaunchSourceSpec;
    /** The key of the file that its user data comes from. */
    readonly script: 'boot' | 'userDataFile';
  };
  readonly group: { readonly name: string; readonly fields: GroupSpec };
}

export type LaunchSourceKind = 'launch-template' | 'launch-configuration';

/** A classic load balancer. */
export interface LoadBalancerSpec {
  readonly internal: boolean;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** By port. */
  readonly listeners: readonly ListenerSpec[];
  readonly target: string;
  readonly intervalS: number;
  readonly timeoutS: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** 0 where it does not drain. */
  readonly drainingS: number;
  readonly crossZone: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** Protocols in upper case, as AWS has them. */
export interface ListenerSpec {
  readonly port: number;
  readonly protocol: string;
  readonly instancePort: number;
  readonly instanceProtocol: string;
  readonly certificate?: string;
}

/** A launch configuration, or one version of a launch template. */
export interface LaunchSourceSpec {
  readonly image: string;
  readonly instanceType: string;
  readonly securityGroups: readonly string[];
  /** Name or ARN. */
  readonly instanceProfile: string;
  readonly keyName: string | undefined;
  /** Undefined where the subnet decides. */
  readonly publicAddress: boolean | undefined;
  /** Undefined where the image decides. */
  readonly rootVolume: VolumeSpec | undefined;
  /** `required` is IMDSv2 alone. */
  readonly metadataTokens: string;
  readonly metadataHops: number;
  /** Base64. Never shown: it may hold more than it should. */
  readonly userData: string;
}

export interface VolumeSpec {
  readonly device: string;
  readonly sizeGiB: number;
  readonly type: string;
  readonly encrypted: boolean;
}

export interface GroupSpec {
  readonly minSize: number;
  readonly maxSize: number;
  readonly desired: number;
  readonly subnets: readonly string[];
  readonly balancers: readonly string[];
  readonly targetGroups: readonly string[];
  readonly healthType: string;
  readonly graceS: number;
  readonly terminationPolicies: readonly string[];
  /** Of the group and of what it launches; without those of AWS and of consul-roll. */
  readonly tags: Readonly<Record<string, string>>;
  /** By name. */
  readonly hooks: readonly LifecycleHookSpec[];
}

export interface LifecycleHookSpec {
  readonly name: string;
  readonly on: 'launching' | 'terminating';
  readonly timeoutS: number;
  readonly defaultResult: string;
}

/** What `create` deals with, one thing in AWS each. */
export type ResourceKind = 'load-balancer' | 'launch-template' | 'launch-configuration' | 'group';

/** One field in which something that is there is not as the file wants it. */
export interface Difference {
  /** As the cluster file calls it: `health.grace`. */
  readonly field: string;
  /** As text; undefined where they are not to be shown. */
  readonly is: string | undefined;
  readonly wanted: string | undefined;
}

/** One thing in AWS, held against what is there. */
export interface PlannedResource {
  readonly kind: ResourceKind;
  readonly name: string;
  /** `unfinished` is one that an earlier run began to make. */
  readonly state: 'missing' | 'unfinished' | 'exists' | 'differs';
  readonly differences: readonly Difference[];
  /** What it is to be, as text by the keys of the cluster file; of user data only how much it is. */
  readonly fields: Readonly<Record<string, string>>;
}

/** What `create` would do. */
export interface CreationPlan {
  readonly spec: ClusterSpec;
  readonly resources: readonly PlannedResource[];
  /** What the group launches from, where that is there. */
  readonly launchSource: LaunchSource | undefined;
}

/** What a created cluster still lacks, in the order in which it comes. */
export type UnmetCondition =
  | {
      readonly kind: 'instances';
      readonly have: number;
      readonly want: number;
      readonly why: string | undefined;
    }
  | { readonly kind: 'leader' }
  | { readonly kind: 'voters'; readonly instanceIds: readonly string[] }
  | { readonly kind: 'unknown-peers'; readonly nodes: readonly string[] }
  | { readonly kind: 'in-service'; readonly instanceIds: readonly string[] };

/** What `create` tells its listeners, in order. `atMs` is epoch milliseconds. */
export type CreationEvent = { readonly atMs: number } & (
  | { readonly kind: 'found'; readonly resource: PlannedResource }
  | { readonly kind: 'making'; readonly resource: PlannedResource }
  | { readonly kind: 'made'; readonly resource: PlannedResource }
  | { readonly kind: 'waiting'; readonly limitMs: number; readonly size: number }
  | {
      readonly kind: 'observed';
      readonly observation: Observation;
      readonly unmetConditions: readonly UnmetCondition[];
    }
  | { readonly kind: 'observation-failed'; readonly message: string }
);

/** How it ended. */
export interface CreationResult {
  /** `lacking`: everything is made, and the cluster is not whole in time. */
  readonly outcome: 'created' | 'existing' | 'missing' | 'interrupted';
  readonly plan: CreationPlan;
  /** Of the load balancer that the file describes. */
  readonly dnsName: string | undefined;
  readonly unmetConditions: readonly UnmetCondition[];
  /** The last look. */
  readonly observation: Observation | undefined;
  readonly elapsedMs: number;
}
