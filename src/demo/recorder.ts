import type { RollEvent, RollResult } from '../lib/model/event.js';
import { advanced, elapsedIn, type Progress, progressAt } from '../lib/ui/progress.js';
import type { PhaseTime } from '../lib/ui/reports/demo.js';
import type { View } from '../lib/ui/view.js';

/** A view that hands everything on to another and keeps the times of the stages. */
export class Recorder implements View {
  readonly #view: View;
  readonly #now: () => number;
  #progress: Progress;

  constructor(view: View, now: () => number) {
    this.#view = view;
    this.#now = now;
    this.#progress = progressAt(now());
  }

  handle(event: RollEvent): void {
    this.#progress = advanced(this.#progress, event);
    this.#view.handle(event);
  }

  end(result: RollResult | undefined): Promise<void> {
    return this.#view.end(result);
  }

  /** Every stage there was, in the order it began. */
  phases(): PhaseTime[] {
    const nowMs = this.#now();
    return this.#progress.stages.map((stage) => ({
      name: stage.name,
      startedAtMs: stage.startedAtMs,
      elapsedMs: elapsedIn(stage, nowMs),
    }));
  }
}
