import type { Blueprint } from './blueprint.js';
import type { Survey } from './survey.js';
import type { LaunchFrom } from './template.js';

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
  readonly blueprint: Blueprint;
  readonly resources: readonly PlannedResource[];
  /** What the group launches from, where that is there. */
  readonly launch: LaunchFrom | undefined;
}

/** What a created cluster still lacks, in the order in which it comes. */
export type Shortfall =
  | {
      readonly kind: 'instances';
      readonly have: number;
      readonly want: number;
      readonly why: string | undefined;
    }
  | { readonly kind: 'leader' }
  | { readonly kind: 'voters'; readonly instanceIds: readonly string[] }
  | { readonly kind: 'strangers'; readonly nodes: readonly string[] }
  | { readonly kind: 'in-service'; readonly instanceIds: readonly string[] };

/** What `create` tells its listeners, in order. `atMs` is epoch milliseconds. */
export type CreationEvent = { readonly atMs: number } & (
  | { readonly kind: 'found'; readonly resource: PlannedResource }
  | { readonly kind: 'making'; readonly resource: PlannedResource }
  | { readonly kind: 'made'; readonly resource: PlannedResource }
  | { readonly kind: 'waiting'; readonly limitMs: number; readonly size: number }
  | { readonly kind: 'looked'; readonly survey: Survey; readonly lacking: readonly Shortfall[] }
  | { readonly kind: 'look-failed'; readonly message: string }
);

/** How it ended. */
export interface CreationResult {
  /** `lacking`: everything is made, and the cluster is not whole in time. */
  readonly outcome: 'created' | 'there-already' | 'lacking' | 'interrupted';
  readonly plan: CreationPlan;
  /** Of the load balancer that the file describes. */
  readonly dnsName: string | undefined;
  readonly lacking: readonly Shortfall[];
  /** The last look. */
  readonly survey: Survey | undefined;
  readonly elapsedMs: number;
}
