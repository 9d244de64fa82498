import type { KnownQuorumMargin } from '../../model/raft.js';
import type { Side } from '../../model/server.js';
import type { DocumentOf, EventDocument } from '../events/schema.js';
import type { ServerDocument, TimeSpent } from '../json/parts.js';
import type { Bar } from '../server-states.js';

/** What the report shows of a roll. Times are epoch milliseconds. */
export interface RollReport {
  /** Undefined where the run ended before the roll had an id. */
  readonly rollId: string | undefined;
  readonly cluster: string;
  /** Undefined where no run of the record started or resumed the roll. */
  readonly started: DocumentOf<'started'> | undefined;
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
  /** What the roll spent its time on, without gaps; empty where an earlier version recorded none. */
  readonly time: readonly TimeSpent[];
  /** Problems that did not stop the roll, in order. */
  readonly warnings: readonly string[];
  /** Servers that the roll gave up, in order. */
  readonly failures: readonly DocumentOf<'server-failed'>[];
  readonly leaderChanges: number;
  /** Undefined where the record has no end: the process was killed, or still runs. */
  readonly end: DocumentOf<'ended'> | undefined;
  /** Path of the snapshot taken before the first change. */
  readonly snapshot: string | undefined;
  /** Of the last run that measured them. */
  readonly writes: DocumentOf<'ended'>['writes'] | undefined;
  /** What is wrong with the record itself, a sentence each. */
  readonly problems: readonly string[];
}

/** From one entry until just before another. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A server as last observed, and its states until then. */
export interface ServerTimeline extends ServerDocument {
  readonly side: Side;
  /** In order. In a gap no run observed the server; after the last span it was gone. */
  readonly spans: readonly (TimeSpan & { readonly state: Bar; readonly words: string })[];
  /** The first observation without it; undefined for a server that is there at the end. */
  readonly goneAtMs: number | undefined;
}

/** For the filter above the table of events. */
export type TimelineEntryKind = 'roll' | 'step' | 'wait' | 'server' | 'problem';

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

/** The events of one process, in order. */
export interface RecordedRun extends TimeSpan {
  readonly rollId: string | undefined;
  readonly documents: readonly EventDocument[];
}
