import { eventsFile } from './events-file.js';
import { githubReader, isGithub } from './github.js';
import { messageOf } from './lib/errors.js';
import type { OUTPUTS } from './lib/model/setting.js';
import { createView, type ViewKind, viewKindFor, wantsColour } from './lib/ui/create-view.js';
import type { Reader } from './lib/ui/events/chronicle.js';
import { ndjsonLine } from './lib/ui/events/ndjson.js';
import type { Screen, View } from './lib/ui/view.js';
import { reportFile } from './report-file.js';

/** What no event tells. */
type Outlook = Pick<Screen, 'watching' | 'conditions'>;

/** What somebody wants to be told of a roll, and where. */
export interface OutputFlags {
  readonly output: (typeof OUTPUTS)[number];
  readonly events?: string | undefined;
  readonly report?: string | undefined;
  readonly json: boolean;
}

/**
 * Everybody who takes the events of a run as documents: standard output, a file, the report, GitHub Actions.
 *
 * With `--json`, standard output is the result document alone.
 *
 * @param tell says something to the person
 * @throws RollError `bad-usage`
 */
export async function readersFor(
  { output, events, report, json }: OutputFlags,
  tell: (text: string) => void,
): Promise<readonly Reader[]> {
  const { stdout, stderr, env } = process;
  const readers = new Map<string, Reader>();
  if (output === 'ndjson' && !json) {
    readers.set('standard output', (document) => void stdout.write(ndjsonLine(document)));
  }
  if (events !== undefined) readers.set(events, await eventsFile(events));
  if (report !== undefined) readers.set(report, await reportFile(report, events, tell));
  if (isGithub(env))
    readers.set(
      'GitHub',
      githubReader(env, (line) => void stderr.write(line)),
    );
  return [...readers].map(([name, reader]) => guarded(name, reader, tell));
}

/** What is told must not stop what it tells of: who cannot take it goes without the rest, and that is said, once. */
function guarded(name: string, reader: Reader, tell: (text: string) => void): Reader {
  let broken = false;
  return (document) => {
    if (broken) return;
    try {
      reader(document);
    } catch (thrown) {
      broken = true;
      tell(`${name} is told no more of this: ${messageOf(thrown)}`);
    }
  };
}

/** Whether a person is to see the plan and the progress. */
export function isForPeople({ output }: Pick<OutputFlags, 'output'>): boolean {
  return output === 'auto' || output === 'plain';
}

/** The view of a roll, on standard error. */
export function viewOf(flags: OutputFlags, now: () => number, outlook: Outlook = {}): Promise<View> {
  const { stderr: stream, env } = process;
  return createView(viewKindOf(flags), { stream, colour: wantsColour(stream, env), now, ...outlook });
}

function viewKindOf({ output, json }: OutputFlags): ViewKind {
  if (output === 'quiet' || (output === 'ndjson' && !json)) return 'silent';
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
