import type { ConsulKind } from '../../src/sandbox/instances/consul-choice.js';
import type { EndState, ObserverRecord } from './observer.js';
import type { TimeSum } from './ways/way.js';

/** What one way cost. Times in milliseconds; what is undefined is not in the JSON. */
export interface WayResult extends ObserverRecord {
  readonly id: string;
  readonly title: string;
  readonly how: string;
  readonly ours: boolean;
  /** By its own account; undefined where it ended with `why`. */
  readonly exitCode: number | undefined;
  readonly by: string | undefined;
  readonly why: string | undefined;
  readonly spent?: readonly TimeSum[];
  readonly elapsedMs: number;
  readonly end: EndState;
  readonly writes: {
    readonly acknowledged: number;
    readonly failed: number;
    /** Undefined where no leader answers that could be asked. */
    readonly lost: number | undefined;
    readonly longestGapMs: number;
  };
  /** Of the way itself, by name in IAM, from its beginning to its end. */
  readonly calls: Readonly<Record<string, number>>;
  /** One leave of one follower of the same cluster afterwards, until its agent was down. */
  readonly leaveMs: number | undefined;
}

/** A number that does not depend on the machine, and its bounds, which are further away than the noise. */
export interface Check {
  readonly name: string;
  /** Undefined where it could not be measured, which is a failure too. */
  readonly value: number | undefined;
  readonly least?: number;
  readonly most?: number;
}

/** The document of a run. */
export interface BenchResult {
  readonly schemaVersion: 1;
  /** ISO 8601 day. */
  readonly date: string;
  readonly short: boolean;
  readonly machine: {
    readonly node: string;
    readonly cores: number;
    /** Load averages of a minute, taken after each way; far above `cores`, the machine did other work too. */
    readonly load: { readonly least: number; readonly most: number };
  };
  readonly consul: ConsulKind;
  readonly size: number;
  readonly speed: number;
  readonly writeIntervalMs: number;
  readonly watchMs: number;
  readonly ways: readonly WayResult[];
  /** Ways that were not run, and why. */
  readonly leftOut: readonly { readonly id: string; readonly title: string; readonly why: string }[];
  readonly checks: readonly Check[];
}
