/** Something that is due at a moment; `cancelled` entries are passed over. */
export interface ScheduledTask {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Scheduled tasks: a binary heap, ordered by time and then by order of arrival, so runs are repeatable. */
export class Scheduler {
  readonly #heap: ScheduledTask[] = [];
  #order = 0;

  /** Schedules a task; set `cancelled` on it to cancel it. */
  add(dueMs: number, run: () => void): ScheduledTask {
    const entry: ScheduledTask = { dueMs, order: this.#order++, run, cancelled: false };
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
    return entry;
  }

  /** When the next task is due, epoch milliseconds; undefined when there is none. */
  nextDueMs(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.dueMs;
  }

  /** Takes off the first entry that is due by `nowMs`. */
  takeDue(nowMs: number): ScheduledTask | undefined {
    this.#dropCancelled();
    const first = this.#heap[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    this.#removeFirst();
    return first;
  }

  #dropCancelled(): void {
    while (this.#heap[0]?.cancelled) this.#removeFirst();
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfEarlier(index, parent)) return;
      index = parent;
    }
  }

  #sink(start: number): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      const earlier = this.#earlier(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfEarlier(earlier, index)) return;
      index = earlier;
    }
  }

  #earlier(a: number, b: number): boolean {
    const first = this.#heap[a];
    const second = this.#heap[b];
    if (first === undefined || second === undefined) return false;
    return first.dueMs !== second.dueMs ? first.dueMs < second.dueMs : first.order < second.order;
  }

  #swapIfEarlier(child: number, parent: number): boolean {
    const below = this.#heap[child];
    const above = this.#heap[parent];
    if (below === undefined || above === undefined || !this.#earlier(child, parent)) return false;
    this.#heap[child] = above;
    this.#heap[parent] = below;
    return true;
  }
}
