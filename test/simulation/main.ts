import { parseArguments, USAGE } from './arguments.js';
import { simulate } from './simulate.js';
import { formatProgress, formatTotals, SimulationTotals } from './totals.js';

const given = parseArguments(process.argv.slice(2));
if (typeof given === 'string') {
  process.stderr.write(`${given}\nusage: ${USAGE}\n`);
  process.exit(2);
}

// A reader such as `head` closes the pipe.
process.stdout.on('error', () => process.exit());

// Most errors are simulated; their stack traces matter in a trace only.
if (!given.trace) Error.stackTraceLimit = 0;

const { rolls, firstSeed, adversary } = given;
const change = adversary === undefined ? {} : { adversary, flaw: undefined };
const totals = new SimulationTotals();
for (let seed = firstSeed; seed < firstSeed + rolls; seed++) {
  const report = await simulate(seed, given.trace ? trace : undefined, change).catch((bug: unknown) => {
    print(`seed ${seed}: a bug was thrown\n  ${formatReplay(seed)}`);
    throw bug;
  });
  totals.add(report);
  for (const { invariant, atMs, what } of report.violations) {
    print(`seed ${seed}: ${invariant} broken after ${formatTime(atMs)}: ${what}`);
    print(`  ${formatReplay(seed)}`);
  }
}
if (given.why) for (const line of totals.reasons()) print(line);
print(formatProgress(totals));
print(formatTotals(totals));
// Processor time, as other processes on the machine would distort the elapsed time.
const { user, system } = process.cpuUsage();
print(`${Math.round((rolls * 1e6) / (user + system))} rolls a second on one core`);
process.exitCode = totals.violations > 0 ? 1 : 0;

function formatReplay(seed: number): string {
  const attacked = adversary === undefined ? '' : ` --adversary ${adversary}`;
  return `replay: npm run simulate -- --seed ${seed} --rolls 1 --trace${attacked}`;
}

function trace(atMs: number, line: string | undefined): void {
  if (line !== undefined) print(`${formatTime(atMs)}  ${line}`);
}

/** `mm:ss.mmm` of virtual time. */
function formatTime(ms: number): string {
  return new Date(ms).toISOString().slice(ms < 3_600_000 ? 14 : 11, 23);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
