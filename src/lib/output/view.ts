import type { EstimateConditions } from '../engine/plan/durations.js';
import type { RollEvent } from '../model/events.js';
import type { RollResult } from '../model/outcome.js';

/** Shows a roll to somebody. The engine drives, the view listens. */
export interface View {
  handle(event: RollEvent): void;
  /** Leaves the screen as it should stay. `undefined` when the roll ended in an error that others report. */
  end(result: RollResult | undefined): Promise<void>;
}

/** Where a view writes. Progress goes to standard error, results to standard output. */
export interface Screen {
  readonly stream: NodeJS.WriteStream;
  readonly colour: boolean;
  /** Epoch milliseconds, for what has elapsed between two events. */
  readonly now: () => number;
  /** Somebody else runs the roll: Ctrl-C only ends the watching. */
  readonly watching?: boolean;
  /** What of its order makes the roll slower or faster; undefined where nobody is to be told how long it takes. */
  readonly conditions?: EstimateConditions;
}

/** A view that is made for the first event: until then nothing of the screen is taken. */
export class DeferredView implements View {
  readonly #createView: () => Promise<View>;
  #view: Promise<View> | undefined;

  constructor(make: () => Promise<View>) {
    this.#createView = make;
  }

  handle(event: RollEvent): void {
    this.#view = (this.#view ?? this.#createView()).then((view) => {
      view.handle(event);
      return view;
    });
  }

  async end(result: RollResult | undefined): Promise<void> {
    await (await this.#view)?.end(result);
  }
}

/** Shows nothing. */
export const SILENT_VIEW: View = {
  handle: () => undefined,
  end: async () => undefined,
};
