import type { LaunchSource } from './launch-source.js';
import type { Observation } from './observation.js';

/**
 * The cluster that a file describes. Fields are compared with existing resources, so lists without an order in AWS are
 * sorted.
 */
export interface ClusterSpec {
  readonly cluster: string;
  readonly size: number;
  readonly balancer: { readonly name: string; readonly fields: LoadBalancerSpec } | undefined;
  readonly launchSource: {
    readonly kind: LaunchSourceKind;
    readonly name: string;
    readonly fields: LaunchSourceSpec;
    /** The key of the file that its user data is from. */
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
  /** 0 without connection draining. */
  readonly drainingS: number;
  readonly crossZone: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** Protocols in upper case, as in AWS. */
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
  /** Undefined for the setting of the subnet. */
  readonly publicAddress: boolean | undefined;
  /** Undefined for that of the image. */
  readonly rootVolume: VolumeSpec | undefined;
  /** `required` for IMDSv2 only. */
  readonly metadataTokens: string;
  readonly metadataHops: number;
  /** Base64. Never shown: it may contain secrets. */
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
  /** Of the group and its instances, without those of AWS and of consul-roll. */
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

type ResourceKind = 'load-balancer' | 'launch-template' | 'launch-configuration' | 'group';

/** A field of an existing resource that differs from the file. */
export interface Difference {
  /** Its key in the cluster file: `health.grace`. */
  readonly field: string;
  /** As text; undefined for hidden fields. */
  readonly is: string | undefined;
  readonly wanted: string | undefined;
}

export interface PlannedResource {
  readonly kind: ResourceKind;
  readonly name: string;
  /** `unfinished`: an earlier run began to create it. */
  readonly state: 'missing' | 'unfinished' | 'exists' | 'differs';
  readonly differences: readonly Difference[];
  /** The wanted values as text, by key of the cluster file; of user data only the size. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface CreationPlan {
  readonly spec: ClusterSpec;
  readonly resources: readonly PlannedResource[];
  /** The launch source of the group, if it exists. */
  readonly launchSource: LaunchSource | undefined;
}

/** What a new cluster does not meet yet, in the order in which it usually becomes true. */
export type UnmetCondition =
  | { readonly kind: 'instances'; readonly have: number; readonly want: number; readonly why: string | undefined }
  | { readonly kind: 'leader' }
  | { readonly kind: 'voters'; readonly instanceIds: readonly string[] }
  | { readonly kind: 'unknown-peers'; readonly nodes: readonly string[] }
  | { readonly kind: 'in-service'; readonly instanceIds: readonly string[] };

/** The progress of `create`. `atMs` is epoch milliseconds. */
export type CreationEvent = { readonly atMs: number } & (
  | { readonly kind: 'found' | 'making'; readonly resource: PlannedResource }
  | { readonly kind: 'waiting'; readonly limitMs: number; readonly size: number }
  | {
      readonly kind: 'observed';
      readonly observation: Observation;
      readonly unmetConditions: readonly UnmetCondition[];
    }
  | { readonly kind: 'observation-failed'; readonly message: string }
);

export interface CreationResult {
  /** `missing`: everything is created, but the cluster was not complete within the limit. */
  readonly outcome: 'created' | 'existing' | 'missing' | 'interrupted';
  readonly plan: CreationPlan;
  /** DNS name of the load balancer that the file describes. */
  readonly dnsName: string | undefined;
  readonly unmetConditions: readonly UnmetCondition[];
  /** The last one. */
  readonly observation: Observation | undefined;
  readonly elapsedMs: number;
}
