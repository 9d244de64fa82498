// Plays the events of a roll into the view of a terminal, as `upgrade` does, and ends with the summary.
// Arguments: the folder of the built program, a file of events as JSON, and the pause between two in milliseconds.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [root, file, pause] = process.argv.slice(2);
const { createView } = await import(`${root}/dist/lib/output/create-view.js`);
const { formatOutcomeReport } = await import(`${root}/dist/lib/output/text/outcome.js`);
const { getColumns, formatForStream } = await import(`${root}/dist/lib/output/terminal/console.js`);

const events = JSON.parse(readFileSync(file, 'utf8'));
let nowMs = events[0].atMs;
const view = await createView('terminal', { stream: process.stderr, colour: true, now: () => nowMs });
for (const event of events) {
  nowMs = event.atMs;
  view.handle(event);
  await sleep(Number(pause));
}
const { result } = events.at(-1);
await view.end(result);
const lines = formatOutcomeReport(result, getColumns(process.stdout));
process.stdout.write(`${formatForStream(lines, process.stdout, process.env)}\n`);
