import { accessSync, constants, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { messageOf } from './lib/errors.js';
import { usageError } from './lib/settings/usage-error.js';
import type { Reader } from './lib/ui/events/chronicle.js';
import type { EventDocument } from './lib/ui/events/schema.js';

/**
 * Keeps the events of a run and writes the report of its roll once it has ended, well or not; a process that is
 * killed, by a third Ctrl-C too, writes none. Where there is an events file too, the runs before this one are in the
 * report as well.
 *
 * @param events the events file of the same run
 * @param tell says something to the person
 * @throws RollError `bad-usage` where no file can be there
 */
export async function reportFile(
  path: string,
  events: string | undefined,
  tell: (text: string) => void,
): Promise<Reader> {
  assertWritable(path, '--report');
  if (events !== undefined && resolve(events) === resolve(path)) {
    throw usageError(`--events and --report both name ${path}.`, 'give each a file of its own');
  }
  const { reportOf } = await import('./lib/ui/report.js');
  const own: EventDocument[] = [];
  return (document) => {
    own.push(document);
    if (document.kind !== 'ended') return;
    try {
      const report = reportOf(earlierIn(events), own, document.rollId ?? undefined);
      writeFileSync(path, report.page);
    } catch (thrown) {
      tell(`${path} was not written: ${messageOf(thrown)}`);
    }
  };
}

/**
 * Makes sure that a file can be written later, without touching it now.
 *
 * @param flag that names it, for the sentence
 * @throws RollError `bad-usage`
 */
export function assertWritable(path: string, flag: string): void {
  const folder = dirname(path);
  const next = `name a file that can be written with ${flag}`;
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw usageError(`There is no folder ${folder} for the report.`, next);
  }
  const there = existsSync(path);
  if (there && statSync(path).isDirectory()) throw usageError(`${path} is a folder.`, next);
  try {
    accessSync(there ? path : folder, constants.W_OK);
  } catch (thrown) {
    throw usageError(`The report cannot be written to ${path}: ${messageOf(thrown)}.`, next);
  }
}

function earlierIn(events: string | undefined) {
  if (events === undefined || !existsSync(events) || !statSync(events).isFile()) return [];
  return [{ name: events, text: readFileSync(events, 'utf8') }];
}
