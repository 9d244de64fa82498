/** A server of a raft configuration. */
export interface Peer {
  /** Raft id: the node's id. */
  readonly id: string;
  readonly host: string;
  /** `ip:8300`. */
  readonly address: string;
  readonly voter: boolean;
}

/** The servers of raft, in the order they were added. */
export type Configuration = readonly Peer[];

/** Callbacks for an entry that is committed or abandoned. */
export interface Proposal {
  /** Applies the entry to the replicated state; called once, in order of index. */
  commit(index: number): void;
  /** Its leader no longer knows the outcome: the entry may still be committed, or be lost. May be called twice. */
  abandon(message: string): void;
}

interface PendingEntry {
  readonly index: number;
  readonly proposal: Proposal;
}

/** The error for entries that a leader could not commit. */
export const LEADERSHIP_LOST = 'leadership lost while committing log';

interface ConfigurationEntry {
  readonly index: number;
  readonly configuration: Configuration;
}

interface Commit {
  readonly index: number;
  readonly atMs: number;
}

/**
 * The one log of a raft group. Every server holds a prefix of it, since only one leader at a time appends and a
 * new leader cuts off what it has not got.
 */
export class RaftLog {
  lastIndex = 0;
  lastTerm = 0;
  commitIndex = 0;
  readonly #configurations: ConfigurationEntry[] = [];
  #pending: PendingEntry[] = [];
  #commits: Commit[] = [];

  /** Adds one entry; `proposal` is told its outcome. Returns its index. */
  append(term: number, proposal?: Proposal): number {
    this.lastIndex++;
    this.lastTerm = term;
    if (proposal !== undefined) this.#pending.push({ index: this.lastIndex, proposal });
    return this.lastIndex;
  }

  /** Adds a configuration entry, which counts from the moment a server has it. */
  appendConfiguration(term: number, configuration: Configuration, proposal?: Proposal): number {
    const index = this.append(term, proposal);
    this.#configurations.push({ index, configuration });
    return index;
  }

  /** The configuration as a server sees it whose log ends at `lastLogIndex`. */
  configurationAt(lastLogIndex: number): Configuration {
    return this.#configurations.findLast(({ index }) => index <= lastLogIndex)?.configuration ?? [];
  }

  /** The newest configuration, and its index. */
  latestConfiguration(): ConfigurationEntry {
    return this.#configurations.at(-1) ?? { index: 0, configuration: [] };
  }

  /** Commits everything up to `index` and applies it. */
  commitTo(index: number, atMs: number): void {
    if (index <= this.commitIndex) return;
    this.commitIndex = index;
    this.#commits.push({ index, atMs });
    const done = this.#pending.filter((entry) => entry.index <= index);
    this.#pending = this.#pending.filter((entry) => entry.index > index);
    for (const entry of done) entry.proposal.commit(entry.index);
  }

  /** The commit index as it was at `atMs`. */
  committedBy(atMs: number): number {
    const last = this.#commits.findLastIndex((commit) => commit.atMs <= atMs);
    return this.#commits[last]?.index ?? 0;
  }

  /** Forgets when entries before `atMs` were committed, all but the last of them. */
  forgetCommitsBefore(atMs: number): void {
    const last = this.#commits.findLastIndex((commit) => commit.atMs <= atMs);
    if (last > 64) this.#commits = this.#commits.slice(last);
  }

  /** Abandons all pending entries: the leader no longer knows their outcome. */
  abandonPending(message: string): void {
    for (const { proposal } of [...this.#pending]) proposal.abandon(message);
  }

  /** Cuts off every entry after `index`: the new leader has not got them. */
  truncateAfter(index: number): void {
    const lost = this.#pending.filter((entry) => entry.index > index);
    this.#pending = this.#pending.filter((entry) => entry.index <= index);
    while ((this.#configurations.at(-1)?.index ?? 0) > index) this.#configurations.pop();
    this.lastIndex = Math.min(this.lastIndex, index);
    for (const { proposal } of lost) proposal.abandon(LEADERSHIP_LOST);
  }
}
