import type { Engine } from '../lib/engine/engine.js';
import type { WatchOrder } from '../lib/engine/watch/watch.js';
import type { RollResult } from '../lib/model/events.js';
import type { Status } from '../lib/model/plan.js';
import { Chronicle } from '../lib/output/events/event-recorder.js';
import { outliveReaders } from '../lib/output/terminal/console.js';
import { exitBy } from '../lib/output/terminal/interrupts.js';
import { LateView } from '../lib/output/view.js';
import { type OutputFlags, readersFor, together, viewOf } from './outputs.js';
import { routeWithNames } from './roll-command.js';

/** The library's watch; handed in, because loading it brings the AWS SDK along. */
type Watch = typeof import('../lib/engine/watch/watch.js').watch;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Who is told what. */
interface Audience {
  /** Version of consul-roll. */
  readonly program: string;
  /** Says something to the person. */
  readonly tell: (text: string) => void;
  /** There is no roll yet. */
  readonly idle: (seen: Status) => void;
}

/**
 * Shows a roll that somebody else runs as if it were one's own. The screen is only taken once there is one.
 *
 * @returns how it ended; undefined where Ctrl-C ended the watching
 */
export async function watchOthers(
  watch: Watch,
  engine: Engine,
  order: WatchOrder,
  flags: OutputFlags,
  { program, tell, idle }: Audience,
): Promise<RollResult | undefined> {
  outliveReaders(process.stderr, process.stdout);
  const output: OutputFlags = flags.json ? { ...flags, json: false, output: 'ndjson' } : flags;
  const now = () => engine.clock.now();
  const chronicle = new Chronicle({ program, ...order }, await readersFor(output, tell), now());
  const stopping = new AbortController();
  const stop = (signal: NodeJS.Signals) => {
    if (stopping.signal.aborted) exitBy(signal);
    stopping.abort();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const show = new LateView(() => viewOf(output, now, { watching: true, conditions: order }));
  let result: RollResult | undefined;
  try {
    const views = together(show, chronicle);
    result = await watch(engine, order, {
      emit: (event) => views.handle(event),
      signal: stopping.signal,
      idle,
      found: async (seen) => chronicle.learn(await routeWithNames(engine.cloud, seen)),
    });
    if (result !== undefined) chronicle.conclude({ kind: 'result', result }, now());
    return result;
  } finally {
    await show.end(result);
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}
