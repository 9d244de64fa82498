import type { Engine } from '../lib/engine/engine.js';
import { readRollContext } from '../lib/engine/plan/roll-context.js';
import type { WatchOptions } from '../lib/engine/watch/watch.js';
import type { RollResult } from '../lib/model/outcome.js';
import type { ClusterStatus } from '../lib/model/plan.js';
import { EventRecorder } from '../lib/output/events/event-recorder.js';
import { ignoreBrokenPipes } from '../lib/output/terminal/console.js';
import { InterruptHandler } from '../lib/output/terminal/interrupts.js';
import { DeferredView } from '../lib/output/view.js';
import { exitWithSignal, getRollExitCode } from './exit-codes.js';
import { combineViews, createOutputView, type OutputFlags, openEventOutput, withContext } from './outputs.js';

/** Passed as an argument, because importing it loads the AWS SDK. */
type FollowRoll = typeof import('../lib/engine/watch/watch.js').followRoll;

/** How a roll ended that was watched. */
interface WatchedEnd {
  readonly result: RollResult;
  readonly exitCode: number;
}

interface WatchOutput {
  /** Version of consul-roll. */
  readonly program: string;
  readonly print: (text: string) => void;
  /** No roll is in progress yet. */
  readonly onNoRoll: (status: ClusterStatus) => void;
}

/**
 * Shows a roll that another process runs like one of this process. The view opens when there is a roll.
 *
 * @returns how it ended; undefined where Ctrl-C stopped watching. A rollback that another command began is a success of that
 * command, and the end of a roll that was watched on its way forward
 */
export async function watchRollInView(
  followRoll: FollowRoll,
  engine: Engine,
  options: WatchOptions,
  flags: OutputFlags,
  { program, print, onNoRoll }: WatchOutput,
): Promise<WatchedEnd | undefined> {
  ignoreBrokenPipes(process.stderr, process.stdout);
  const output: OutputFlags = flags.json ? { ...flags, json: false, output: 'ndjson' } : flags;
  const now = () => engine.clock.now();
  const eventOutput = await openEventOutput(output, print);
  const recorder = new EventRecorder({ program, ...options }, [eventOutput.take], now());
  const interrupts = new InterruptHandler(process, { onSecond: exitWithSignal, onThird: exitWithSignal });
  const view = new DeferredView(() => createOutputView(output, now, { watching: true, conditions: options }));
  let result: RollResult | undefined;
  let wasForward = false;
  try {
    let views = combineViews(view, recorder);
    result = await followRoll(engine, options, {
      emit: (event) => views.handle(event),
      signal: interrupts.pauseSignal,
      onIdle: onNoRoll,
      onFound: async ({ observation, intent }) => {
        wasForward = intent.direction === 'forward';
        const caller = await engine.cloud.readCaller().catch(() => undefined);
        recorder.setFound(observation);
        views = withContext(views, await readRollContext(engine.cloud, observation, intent.imageId, caller));
      },
    });
    if (result === undefined) return undefined;
    const exitCode = getRollExitCode(result, wasForward);
    recorder.conclude({ kind: 'result', result, exitCode }, now());
    return { result, exitCode };
  } finally {
    await view.end(result);
    interrupts.close();
    await eventOutput.end();
  }
}
