import type { Outcome } from '../../model/event.js';
import type { KnownBudget } from '../../model/quorum.js';
import type { Side } from '../../model/server.js';

/** A roll told from its start to its end, as a report shows it. Times are epoch milliseconds. */
export interface Story {
  /** Undefined where it ended before it had one. */
  readonly rollId: string | undefined;
  readonly cluster: string;
  readonly from: Image;
  readonly to: Image;
  /** Consul versions that ran at the start. */
  readonly consul: readonly string[];
  /** Servers the cluster has, and shall have again. */
  readonly size: number | undefined;
  /** When somebody watched: one stretch a process that rolled. Between two of them nobody knows. */
  readonly runs: readonly Span[];
  /** Every server that was seen, those of the old side first, oldest first. */
  readonly servers: readonly ServerStory[];
  /** The budget is undefined while no server led undisputedly, and so is its health while a leader had yet to judge. */
  readonly voters: readonly (Span & { readonly budget: KnownBudget | undefined })[];
  /** Who led; undefined while no server led undisputedly. */
  readonly leaders: readonly (Span & { readonly instanceId: string | undefined })[];
  readonly phases: readonly (Span & { readonly name: string })[];
  readonly moments: readonly Moment[];
  /** What went wrong beside the roll, in order. */
  readonly warnings: readonly string[];
  readonly leaderChanges: number;
  /** Undefined while nobody has said how it ended: the process was killed, or rolls on. */
  readonly ending: Ending | undefined;
  readonly writes: WriteStory | undefined;
  /** What is wrong with the record itself, a sentence each. */
  readonly flaws: readonly string[];
}

/** An image by its id and its name, as far as they are known. */
export interface Image {
  readonly id: string | undefined;
  readonly name: string | undefined;
}

/** From one moment until just before another. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** How far a server has come, or gone. */
export const SERVER_STATES = [
  'booting',
  'joined',
  'voter',
  'in-service',
  'draining',
  'leaving',
  'left',
  'leaderless',
  'trouble',
] as const;
export type ServerState = (typeof SERVER_STATES)[number];

export interface ServerStory {
  readonly instanceId: string;
  readonly side: Side;
  readonly address: string | undefined;
  readonly zone: string;
  readonly imageId: string;
  /** In order; where there is a hole, nobody looked, and after the last it was gone. */
  readonly spans: readonly (Span & { readonly state: ServerState; readonly words: string })[];
  /** When it was first missed after it had been seen; undefined for those that are there at the end. */
  readonly goneAtMs: number | undefined;
}

/** What a moment is about, for whoever looks for something. */
export type MomentKind = 'roll' | 'step' | 'wait' | 'server' | 'trouble';

/** One line of what happened. */
export interface Moment {
  readonly atMs: number;
  readonly kind: MomentKind;
  readonly stage: string;
  readonly what: string;
  readonly why: string;
  /** Of a step that was done. */
  readonly tookMs?: number | undefined;
}

/** How it ended. */
export interface Ending {
  readonly outcome: Outcome | 'error';
  readonly exitCode: number;
  /** One sentence, with the reason where it did not go well. */
  readonly happened: string;
  /** What the cluster is now. */
  readonly now: string;
  /** Path of the snapshot taken before the first change. */
  readonly snapshot: string | undefined;
  /** Remedies, then the next safe command. */
  readonly next: readonly string[];
}

/** What became of writes that went on all the while. */
export interface WriteStory {
  readonly acknowledged: number;
  readonly failed: number;
  /** Acknowledged, and not there at the end. */
  readonly lost: number;
  readonly longestGap: Span;
}
