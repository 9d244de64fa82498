import { eventsFile } from './events-file.js';
import { githubReader, isGithub } from './github.js';
import { usageError } from './lib/settings/usage-error.js';
import { createView, type ViewKind, viewKindFor, wantsColour } from './lib/ui/create-view.js';
import type { Reader } from './lib/ui/events/chronicle.js';
import { ndjsonLine } from './lib/ui/events/ndjson.js';
import type { View } from './lib/ui/view.js';

/** What somebody wants to be told of a roll, and where. */
export interface OutputFlags {
  readonly output: 'auto' | 'plain' | 'ndjson' | 'quiet';
  readonly events?: string | undefined;
  readonly json: boolean;
}

/**
 * Everybody who takes the events of a run as documents: standard output, a file, GitHub Actions.
 *
 * @param tell says something to the person
 * @throws RollError `bad-usage`
 */
export async function readersFor(
  { output, events, json }: OutputFlags,
  tell: (text: string) => void,
): Promise<readonly Reader[]> {
  if (json && output === 'ndjson') {
    throw usageError('--json and --output ndjson both claim standard output.', 'leave one of them out');
  }
  return [
    ...(output === 'ndjson' ? [(document: object) => void process.stdout.write(ndjsonLine(document))] : []),
    ...(events === undefined ? [] : [await eventsFile(events, tell)]),
    ...(isGithub(process.env) ? [githubReader(process.env, (line) => void process.stderr.write(line))] : []),
  ];
}

/** Whether a person is to see the plan and the progress. */
export function isForPeople({ output }: Pick<OutputFlags, 'output'>): boolean {
  return output === 'auto' || output === 'plain';
}

/** The view of a roll, on standard error. */
export function viewOf(flags: OutputFlags, now: () => number): Promise<View> {
  const { stderr: stream, env } = process;
  return createView(viewKindOf(flags), { stream, colour: wantsColour(stream, env), now });
}

function viewKindOf({ output, json }: OutputFlags): ViewKind {
  if (output === 'ndjson' || output === 'quiet') return 'silent';
  if (output === 'auto' && isGithub(process.env)) return 'github';
  return output === 'plain' || json ? 'plain' : viewKindFor(process.stderr, process.env);
}

/** What several views show, each its own way. */
export function together(...views: readonly View[]): View {
  return {
    handle: (event) => {
      for (const view of views) view.handle(event);
    },
    end: async (result) => {
      for (const view of views) await view.end(result);
    },
  };
}
