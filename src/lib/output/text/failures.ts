import type { ServerConsole, ServerFailure } from '../../model/server-failure.js';
import { formatCount, formatDuration } from './format.js';

/** Lines of a console that a reason, a log or a summary shows. */
const LAST_LINES = 5;

/** How far a server came: `i-0abc passed the gates up to in-group 14 s after its launch, and not the next one, agent`. */
export function describeFailure({ instanceId, furthest, failedGates: [next] }: ServerFailure): string {
  if (furthest === undefined)
    return `${instanceId} passed no gate${next === undefined ? '' : `; the first is ${next}`}`;
  const after = `${formatDuration(furthest.afterLaunchMs)} after its launch`;
  if (next === undefined) return `${instanceId} passed every gate; the last one, ${furthest.gate}, ${after}`;
  return `${instanceId} passed the gates up to ${furthest.gate} ${after}, and does not pass ${next}`;
}

/** The last lines of a console, empty ones left out; or why there are none. */
export function listLastConsoleLines(console: ServerConsole, count = LAST_LINES): readonly string[] {
  if (console.kind !== 'read') return [`not read: ${console.message}`];
  const written = console.lines.filter((line) => line.trim() !== '');
  return written.length === 0 ? ['empty'] : written.slice(-count);
}

/** How far it came and how its console ends, as a sentence of a reason. */
export function describeFailureInShort(failure: ServerFailure): string {
  const [last = ''] = listLastConsoleLines(failure.console, 1);
  const isRead = failure.console.kind === 'read' && last !== 'empty';
  return `${describeFailure(failure)}. Its console ${isRead ? `ends with: ${last}` : `was ${last}`}`;
}

/** The heading of a whole console. */
export function describeConsoleSize(lines: readonly string[]): string {
  return `Console, ${formatCount(lines.length, 'line')}`;
}
