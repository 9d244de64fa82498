import type { Engine } from '../engine.js';
import type { Emit, RollResult } from '../model/event.js';
import type { Order } from '../model/plan.js';
import type { Control } from '../roll.js';
import { Interrupts } from './interrupts.js';
import type { View } from './view.js';

/** The library's roll; handed in, because loading it brings the AWS SDK along. */
export type Roll = (engine: Engine, order: Order, emit: Emit, control: Control) => Promise<RollResult>;

/** Runs a roll before somebody's eyes: events to the view, Ctrl-C to the roll, and the screen given back at the end. */
export async function watchRoll(roll: Roll, engine: Engine, order: Order, view: View): Promise<RollResult> {
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
