/** One key as Consul holds it. */
export interface KvEntry {
  readonly key: string;
  readonly value: Buffer;
  readonly flags: number;
  /** The session that holds the lock on the key. */
  readonly session: string | undefined;
  /** How often the key was locked. */
  readonly lockIndex: number;
  readonly createIndex: number;
  readonly modifyIndex: number;
}

interface Version {
  readonly index: number;
  /** Undefined when the key was deleted. */
  readonly entry: KvEntry | undefined;
}

/** A list: its entries and its Raft index (at least 1). */
export interface KvList {
  readonly entries: readonly KvEntry[];
  readonly index: number;
}

/** Old versions of a key kept for servers that lag; one that lags further reads the oldest. */
const VERSIONS_KEPT = 32;

/** Keys and values, each with its recent past, so that a server that lags reads what it has applied. */
export class KeyValues {
  readonly #versions = new Map<string, Version[]>();
  #lastIndex = 0;

  /** The key as of raft index `at`. */
  get(key: string, at = Number.POSITIVE_INFINITY): KvEntry | undefined {
    const versions = this.#versions.get(key);
    const newest = versions?.at(-1);
    if (versions === undefined || newest === undefined) return undefined;
    if (newest.index <= at) return newest.entry;
    return versions.findLast(({ index }) => index <= at)?.entry;
  }

  /** Every key with this prefix as of raft index `at`, in order. */
  list(prefix: string, at = Number.POSITIVE_INFINITY): KvList {
    const entries: KvEntry[] = [];
    for (const key of this.#versions.keys()) {
      if (!key.startsWith(prefix)) continue;
      const entry = this.get(key, at);
      if (entry !== undefined) entries.push(entry);
    }
    entries.sort((one, other) => (one.key < other.key ? -1 : 1));
    const newest = entries.reduce((index, entry) => Math.max(index, entry.modifyIndex), 0);
    return { entries, index: Math.max(1, newest || this.tableIndex(at)) };
  }

  /** The index of the last change to any key, as of raft index `at`; at least 1. */
  tableIndex(at = Number.POSITIVE_INFINITY): number {
    return Math.max(1, Math.min(this.#lastIndex, at));
  }

  /** Writes a key, keeping what is not given of the entry before. */
  set(
    key: string,
    change: Pick<KvEntry, 'value' | 'flags'> & Partial<Pick<KvEntry, 'session' | 'lockIndex'>>,
    index: number,
  ): void {
    const before = this.get(key);
    const entry: KvEntry = {
      session: before?.session,
      lockIndex: before?.lockIndex ?? 0,
      ...change,
      key,
      createIndex: before?.createIndex ?? index,
      modifyIndex: index,
    };
    this.#push(key, { index, entry });
  }

  delete(key: string, index: number): void {
    if (this.get(key) !== undefined) this.#push(key, { index, entry: undefined });
  }

  #push(key: string, version: Version): void {
    this.#lastIndex = version.index;
    const versions = this.#versions.get(key);
    if (versions === undefined) this.#versions.set(key, [version]);
    else {
      versions.push(version);
      if (versions.length > VERSIONS_KEPT) versions.shift();
    }
  }
}
