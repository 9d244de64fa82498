import type { Engine } from '../lib/engine/engine.js';
import type { WatchOptions } from '../lib/engine/watch/watch.js';
import type { RollResult } from '../lib/model/outcome.js';
import type { ClusterStatus } from '../lib/model/plan.js';
import { EventRecorder } from '../lib/output/events/event-recorder.js';
import { ignoreBrokenPipes } from '../lib/output/terminal/console.js';
import { exitWithSignal } from '../lib/output/terminal/interrupts.js';
import { DeferredView } from '../lib/output/view.js';
import { OUTCOME_EXIT_CODES } from './exit-codes.js';
import { combineViews, createEventSinks, createOutputView, type OutputFlags } from './outputs.js';
import { readImageRoute } from './roll-command.js';

/** The library's watch; handed in, because loading it brings the AWS SDK along. */
type WatchFunction = typeof import('../lib/engine/watch/watch.js').followRoll;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Who is told what. */
interface WatchOutput {
  /** Version of consul-roll. */
  readonly program: string;
  /** Says something to the person. */
  readonly print: (text: string) => void;
  /** There is no roll yet. */
  readonly onNoRoll: (seen: ClusterStatus) => void;
}

/**
 * Shows a roll that somebody else runs as if it were one's own. The screen is only taken once there is one.
 *
 * @returns how it ended; undefined where Ctrl-C ended the watching
 */
export async function watchRollInView(
  watch: WatchFunction,
  engine: Engine,
  options: WatchOptions,
  flags: OutputFlags,
  { program, print: tell, onNoRoll: idle }: WatchOutput,
): Promise<RollResult | undefined> {
  ignoreBrokenPipes(process.stderr, process.stdout);
  const output: OutputFlags = flags.json ? { ...flags, json: false, output: 'ndjson' } : flags;
  const now = () => engine.clock.now();
  const chronicle = new EventRecorder({ program, ...options }, await createEventSinks(output, tell), now());
  const stopping = new AbortController();
  const stop = (signal: NodeJS.Signals) => {
    if (stopping.signal.aborted) exitWithSignal(signal);
    stopping.abort();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const show = new DeferredView(() => createOutputView(output, now, { watching: true, conditions: options }));
  let result: RollResult | undefined;
  try {
    const views = combineViews(show, chronicle);
    result = await watch(engine, options, {
      emit: (event) => views.handle(event),
      signal: stopping.signal,
      onIdle: idle,
      onFound: async (seen) => chronicle.setRoute(await readImageRoute(engine.cloud, seen)),
    });
    if (result !== undefined)
      chronicle.conclude({ kind: 'result', result, exitCode: OUTCOME_EXIT_CODES[result.outcome] }, now());
    return result;
  } finally {
    await show.end(result);
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}
