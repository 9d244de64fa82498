import { buildClusterKey } from './cluster-name.js';
import type { Outcome } from './outcome.js';

/** One of the last rolls of a cluster, as the runs of it left it in Consul. It is shown; no decision depends on it. */
export interface PastRoll {
  readonly rollId: string;
  /** The image before the roll; undefined where no run knew it any more. */
  readonly from: string | undefined;
  readonly to: string;
  /** How its last run ended. */
  readonly outcome: Outcome;
  /** Name of the reason, where it has one. */
  readonly reason: string | undefined;
  /** Who ran it last: user, host and process, or the job. */
  readonly holder: string;
  /** Runs of it that came to an end: a killed one does not. */
  readonly runs: number;
  /** By the clocks of those who ran it. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** The key of a cluster's last rolls in Consul's key-value store. */
export function buildHistoryKey(cluster: string): string {
  return buildClusterKey(cluster, 'history');
}
