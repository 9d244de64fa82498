import { writeSync } from 'node:fs';
import type { Engine } from '../lib/engine/engine.js';
import type { Control } from '../lib/engine/run/stop-signal.js';
import type { Emit, RollResult } from '../lib/model/events.js';
import type { Order } from '../lib/model/plan.js';
import { columnsOrWhole, outliveReaders, outliveTerminal } from '../lib/output/terminal/console.js';
import { exitBy, Interrupts } from '../lib/output/terminal/interrupts.js';
import { wrapped } from '../lib/output/text/format.js';
import type { View } from '../lib/output/view.js';

/** The library's roll; handed in, because loading it brings the AWS SDK along. */
export type Roll = (engine: Engine, order: Order, emit: Emit, control: Control) => Promise<RollResult>;

/**
 * Runs a roll before somebody's eyes: events to the view, Ctrl-C to the roll, and the screen given back at the end.
 * That those eyes are gone is no reason to end in mid-step.
 */
export async function watchRoll(roll: Roll, engine: Engine, order: Order, view: View): Promise<RollResult> {
  outliveReaders(process.stderr, process.stdout);
  outliveTerminal(process);
  const { clock } = engine;
  const interrupts = new Interrupts(process, {
    first: () => view.handle({ kind: 'pause-requested', atMs: clock.now() }),
    second: () => view.handle({ kind: 'stop-requested', atMs: clock.now() }),
    third: (signal) => quit(signal, order.cluster),
  });
  let result: RollResult | undefined;
  try {
    result = await roll(engine, order, (event) => view.handle(event), interrupts);
    return result;
  } finally {
    interrupts.close();
    await view.end(result);
  }
}

/** Ends in mid-step, which no roll minds; what there is to say comes when the screen was given back. */
function quit(signal: NodeJS.Signals, cluster: string): void {
  const next = `consul-roll status --cluster ${cluster}, then consul-roll resume --cluster ${cluster}`;
  const lines = wrapped(`Ended where it stood. Next: ${next}`, columnsOrWhole(process.stderr));
  process.once('exit', () => say(`${lines.join('\n')}\n`));
  exitBy(signal);
}

/** At once: the view may still keep back what others write. */
function say(text: string): void {
  try {
    writeSync(process.stderr.fd, text);
  } catch {
    // Nobody is there any more to read it.
  }
}
