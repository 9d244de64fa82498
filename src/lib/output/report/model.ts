import type { Outcome } from '../../model/outcome.js';
import type { KnownQuorumMargin } from '../../model/raft.js';
import type { Side } from '../../model/server.js';
import type { EventDocument } from '../events/schema.js';
import type { Bar } from '../server-states.js';

/** What the report shows of a roll. Times are epoch milliseconds. */
export interface RollReport {
  /** Undefined where the run ended before the roll had an id. */
  readonly rollId: string | undefined;
  readonly cluster: string;
  readonly from: ReportImage;
  readonly to: ReportImage;
  /** Consul versions that ran at the start. */
  readonly consul: readonly string[];
  /** Servers the cluster has before and after the roll. */
  readonly size: number | undefined;
  /** One span a run. Nothing is known of the time between two runs. */
  readonly runs: readonly TimeSpan[];
  /** Every server observed, old side first, oldest first. */
  readonly servers: readonly ServerTimeline[];
  /** `margin` is undefined without an agreed leader; its health is undefined until a new leader has reported it. */
  readonly voters: readonly (TimeSpan & { readonly margin: KnownQuorumMargin | undefined })[];
  /** The leader; undefined while the servers did not agree on one. */
  readonly leaders: readonly (TimeSpan & { readonly instanceId: string | undefined })[];
  readonly phases: readonly (TimeSpan & { readonly name: string })[];
  readonly entries: readonly TimelineEntry[];
  /** Problems that did not stop the roll, in order. */
  readonly warnings: readonly string[];
  readonly leaderChanges: number;
  /** Undefined where the record has no end: the process was killed, or still runs. */
  readonly end: ReportEnd | undefined;
  readonly writes: WriteOutage | undefined;
  /** What is wrong with the record itself, a sentence each. */
  readonly problems: readonly string[];
}

/** An image, as far as its id and name are known. */
export interface ReportImage {
  readonly id: string | undefined;
  readonly name: string | undefined;
}

/** From one entry until just before another. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ServerTimeline {
  readonly instanceId: string;
  readonly side: Side;
  readonly address: string | undefined;
  readonly zone: string;
  readonly imageId: string;
  /** In order. In a gap no run observed the server; after the last span it was gone. */
  readonly spans: readonly (TimeSpan & { readonly state: Bar; readonly words: string })[];
  /** The first observation without it; undefined for a server that is there at the end. */
  readonly goneAtMs: number | undefined;
}

/** For the filter above the table of events. */
export type TimelineEntryKind = 'roll' | 'step' | 'wait' | 'server' | 'trouble';

/** One row of the table of events. */
export interface TimelineEntry {
  readonly atMs: number;
  readonly kind: TimelineEntryKind;
  readonly phase: string;
  readonly what: string;
  readonly why: string;
  /** Of a completed step. */
  readonly tookMs?: number | undefined;
}

/** How the roll ended. */
export interface ReportEnd {
  readonly outcome: Outcome | 'error';
  readonly exitCode: number;
  /** One sentence, with the reason for a failure. */
  readonly happened: string;
  /** What the cluster is now. */
  readonly now: string;
  /** Path of the snapshot taken before the first change. */
  readonly snapshot: string | undefined;
  /** Remedies, then the next safe command. */
  readonly next: readonly string[];
}

/** Writes during the roll. */
export interface WriteOutage {
  readonly acknowledged: number;
  readonly failed: number;
  /** Acknowledged, and missing at the end. */
  readonly lost: number;
  readonly longestGap: TimeSpan;
}

/** The events of one process, in order. */
export interface RecordedRun extends TimeSpan {
  readonly rollId: string | undefined;
  readonly documents: readonly EventDocument[];
}
