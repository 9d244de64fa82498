import { writeSync } from 'node:fs';
import type { Engine } from '../lib/engine/engine.js';
import type { StopSignal } from '../lib/engine/run/roll-run.js';
import { formatFlag } from '../lib/model/errors.js';
import type { EmitEvent } from '../lib/model/events.js';
import type { RollResult } from '../lib/model/outcome.js';
import type { RollOptions } from '../lib/model/plan.js';
import {
  formatForStream,
  getColumnsOrUnlimited,
  ignoreBrokenPipes,
  ignoreHangup,
} from '../lib/output/terminal/console.js';
import { InterruptHandler } from '../lib/output/terminal/interrupts.js';
import { styleLines } from '../lib/output/text/format.js';
import type { View } from '../lib/output/view.js';
import { exitWithSignal } from './exit-codes.js';

/** `executeRoll`; a parameter, because importing it loads the AWS SDK. */
export type RollFunction = (
  engine: Engine,
  options: RollOptions,
  emit: EmitEvent,
  stopSignal: StopSignal,
) => Promise<RollResult>;

/**
 * Runs a roll: events go to the view, Ctrl-C goes to the roll, and the view restores the screen at the end. A closed
 * terminal does not end the roll.
 */
export async function runRollInView(
  roll: RollFunction,
  engine: Engine,
  options: RollOptions,
  view: View,
): Promise<RollResult> {
  ignoreBrokenPipes(process.stderr, process.stdout);
  ignoreHangup(process);
  const { clock } = engine;
  const interrupts = new InterruptHandler(process, {
    onFirst: () => view.handle({ kind: 'pause-requested', atMs: clock.now() }),
    onSecond: () => view.handle({ kind: 'stop-requested', atMs: clock.now() }),
    onThird: (signal) => exitMidStep(signal, options.cluster),
  });
  let result: RollResult | undefined;
  try {
    result = await roll(engine, options, (event) => view.handle(event), interrupts);
    return result;
  } finally {
    interrupts.close();
    await view.end(result);
  }
}

/** Exits during a step, which `resume` can handle. The message is written after the screen is restored. */
function exitMidStep(signal: NodeJS.Signals, cluster: string): void {
  const next = `consul-roll status ${formatFlag('cluster', cluster)}, then consul-roll resume ${formatFlag('cluster', cluster)}`;
  const lines = styleLines(`Stopped during a step. Next: ${next}`, getColumnsOrUnlimited(process.stderr));
  process.once('exit', () => writeToStderr(`${formatForStream(lines, process.stderr, process.env)}\n`));
  exitWithSignal(signal);
}

/** Writes synchronously: the view may still buffer what others write. */
function writeToStderr(text: string): void {
  try {
    writeSync(process.stderr.fd, text);
  } catch {
    // Standard error is closed.
  }
}
