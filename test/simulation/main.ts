import { parseArgs } from 'node:util';
import { simulate } from './simulate.js';
import { summaryOf, Tally, wayOf } from './tally.js';

const { values } = parseArgs({
  options: {
    rolls: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    why: { type: 'boolean', default: false },
  },
});

// A reader that has seen enough closes the pipe.
process.stdout.on('error', () => process.exit());

const rolls = Number(values.rolls);
const firstSeed = Number(values.seed);
const tally = new Tally();
for (let seed = firstSeed; seed < firstSeed + rolls; seed++) {
  const report = await simulate(seed, values.trace ? trace : undefined);
  tally.add(report);
  for (const { invariant, atMs, what } of report.violations) {
    print(`seed ${seed}: invariant ${invariant} broken after ${timeText(atMs)}: ${what}`);
    print(`  replay: npm run simulate -- --seed ${seed} --rolls 1 --trace`);
  }
}
if (values.why) for (const line of tally.reasons()) print(line);
print(wayOf(tally));
print(summaryOf(tally));
// Of processor time: what others do on the same machine says nothing about the simulation.
const { user, system } = process.cpuUsage();
print(`${Math.round((rolls * 1e6) / (user + system))} rolls a second on one core`);
process.exitCode = tally.violations > 0 ? 1 : 0;

function trace(atMs: number, line: string | undefined): void {
  if (line !== undefined) print(`${timeText(atMs)}  ${line}`);
}

/** `mm:ss.mmm` of virtual time. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(ms < 3_600_000 ? 14 : 11, 23);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
