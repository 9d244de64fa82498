import type { Engine } from './lib/engine.js';
import type { Emit, RollResult } from './lib/model/event.js';
import type { Order } from './lib/model/plan.js';
import type { Control } from './lib/roll/control.js';
import { outliveReaders, outliveTerminal } from './lib/ui/broken-output.js';
import { Interrupts } from './lib/ui/interrupts.js';
import type { View } from './lib/ui/view.js';

/** The library's roll; handed in, because loading it brings the AWS SDK along. */
export type Roll = (engine: Engine, order: Order, emit: Emit, control: Control) => Promise<RollResult>;

/**
 * Runs a roll before somebody's eyes: events to the view, Ctrl-C to the roll, and the screen given back at the end.
 * That those eyes are gone is no reason to end in mid-step.
 */
export async function watchRoll(roll: Roll, engine: Engine, order: Order, view: View): Promise<RollResult> {
  outliveReaders(process.stderr, process.stdout);
  outliveTerminal(process);
  const interrupts = new Interrupts(process, () =>
    view.handle({ kind: 'pause-requested', atMs: engine.clock.now() }),
  );
  let result: RollResult | undefined;
  try {
    result = await roll(engine, order, (event) => view.handle(event), interrupts);
    return result;
  } finally {
    interrupts.close();
    await view.end(result);
  }
}
