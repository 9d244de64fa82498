import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { usageError } from './lib/settings/usage-error.js';
import type { Reader } from './lib/ui/events/chronicle.js';
import { ndjsonLine } from './lib/ui/events/ndjson.js';

/**
 * Appends every event to a file, one line each.
 *
 * @throws RollError `bad-usage` where the file cannot be, or holds something else
 */
export async function eventsFile(path: string): Promise<Reader> {
  await assertEventsFile(path);
  return (document) => appendFileSync(path, ndjsonLine(document));
}

async function assertEventsFile(path: string): Promise<void> {
  const folder = dirname(path);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw usageError(`There is no folder ${folder} for the events.`, 'name a file in a folder that is there');
  }
  if (!existsSync(path)) return;
  if (statSync(path).isDirectory()) throw usageError(`${path} is a folder.`, 'name a file with --events');
  // A pipe or a device has nothing to read first.
  if (!statSync(path).isFile()) return;
  const text = readFileSync(path, 'utf8');
  const [first = ''] = text.split('\n');
  const { parseEvent } = await import('./lib/ui/events/read.js');
  const read = parseEvent(first);
  if (read.kind === 'mistake') {
    throw usageError(
      `${path} is no events file: its first line ${read.what}.`,
      'name another file with --events, or none that is there',
    );
  }
  // A run that was killed may have left half a line.
  if (text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n');
}
