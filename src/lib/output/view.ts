import type { EstimateConditions } from '../engine/plan/durations.js';
import type { RollEvent } from '../model/events.js';
import type { RollResult } from '../model/outcome.js';

/** Shows a roll. The engine drives, the view listens. */
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
  /** Another process runs the roll: Ctrl-C only ends the watching. */
  readonly watching?: boolean;
  /** What makes the roll slower or faster; undefined where no estimate is shown. */
  readonly conditions?: EstimateConditions;
}

/** Creates its view at the first event; until then the screen is left alone. */
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
export const SILENT_VIEW: View = { handle: () => undefined, end: async () => undefined };
