import type { Conditions } from '../forecast/pace.js';
import type { RollEvent, RollResult } from '../model/event.js';

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
  readonly conditions?: Conditions;
}
