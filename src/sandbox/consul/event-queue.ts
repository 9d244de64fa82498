interface Event {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Scheduled events in order of time; events of one instant run in the order they were scheduled. */
export class EventQueue {
  readonly #heap: Event[] = [];
  #order = 0;

  schedule(dueMs: number, run: () => void): void {
    const event = { dueMs, order: this.#order++, run };
    this.#heap.push(event);
    this.#siftUp(this.#heap.length - 1);
  }

  /** When the next event is due, or undefined when nothing is. */
  nextDueMs(): number | undefined {
    return this.#heap[0]?.dueMs;
  }

  /** Takes the earliest event that is due by `nowMs`, or undefined. */
  take(nowMs: number): Event | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#siftDown();
    }
    return first;
  }

  #siftUp(from: number): void {
    let child = from;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfEarlier(child, parent)) return;
      child = parent;
    }
  }

  #siftDown(): void {
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      const child = this.#earlier(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfEarlier(child, parent)) return;
      parent = child;
    }
  }

  #earlier(one: number, other: number): boolean {
    const a = this.#heap[one];
    const b = this.#heap[other];
    if (a === undefined || b === undefined) return false;
    return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
  }

  #swapIfEarlier(child: number, parent: number): boolean {
    const a = this.#heap[child];
    const b = this.#heap[parent];
    if (a === undefined || b === undefined || !this.#earlier(child, parent)) return false;
    this.#heap[child] = b;
    this.#heap[parent] = a;
    return true;
  }
}
