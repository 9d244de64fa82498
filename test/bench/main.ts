import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { findConsul } from '../../src/sandbox/instances/binary.js';
import { programAt } from '../helpers/program.js';
import { ROOT } from '../helpers/root.js';
import { runBench } from './bench.js';
import { listFailures } from './checks.js';
import { type BenchPace, FULL, SHORT } from './paces.js';
import type { Way } from './ways/way.js';
import { SHORT_WAYS, WAYS } from './ways/ways.js';

const USAGE = `Usage: npm run bench -- [--short] [--ways ID,ID] [--size N] [--speed N] [--consul PATH|simulated] [--out FILE]

Replaces a cluster in the sandbox in several ways, under the same writes, and writes what each cost as JSON:
to docs/benchmarks.json if all ways are run with real Consul, else to build/bench.json. --short compares two of
them on three servers in about two minutes. Exits with 1 if a check fails.
Ways: ${WAYS.map(({ id }) => id).join(', ')}
`;

/** A usage error ends the process here. */
function parseCommandLine() {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      ways: { type: 'string' },
      size: { type: 'string' },
      speed: { type: 'string' },
      consul: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

type Values = ReturnType<typeof parseCommandLine>;

function chooseWays({ ways, short }: Values): readonly Way[] {
  const all = [...new Set([...WAYS, ...SHORT_WAYS])];
  if (ways === undefined) return short ? SHORT_WAYS : WAYS;
  return ways.split(',').map((id) => {
    const way = all.find((one) => one.id === id);
    if (way === undefined)
      throw new Error(`There is no way "${id}"; there are ${all.map((one) => one.id).join(', ')}.`);
    return way;
  });
}

/** Real where there is one; simulated servers elsewhere, which is said loudly. */
async function chooseConsul(wanted: string | undefined) {
  if (wanted === 'simulated') return { kind: 'simulated' } as const;
  const found = await findConsul(wanted, process.env);
  if (found !== undefined) return { kind: 'path', path: found.path } as const;
  print(
    '*** SIMULATED Consul: no consul on the PATH, and CONSUL_BIN is not set. Times are those of the simulation. ***',
  );
  return { kind: 'simulated' } as const;
}

function choosePace(values: Values, simulated: boolean): BenchPace {
  const pace = values.short ? SHORT : FULL;
  return {
    ...pace,
    speed: simulated ? Math.max(pace.speed, SHORT.speed) : pace.speed,
    ...(values.size !== undefined && { size: Number(values.size) }),
    ...(values.speed !== undefined && { speed: Number(values.speed) }),
  };
}

function print(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

async function main(): Promise<void> {
  const values = parseCommandLine();
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const consul = await chooseConsul(values.consul);
  const ways = chooseWays(values);
  const pace = choosePace(values, consul.kind === 'simulated');
  const result = await runBench({
    ...pace,
    ways,
    consul,
    short: values.short,
    program: programAt(ROOT),
    signal: stopping.signal,
    printLine: print,
  });
  const isWhole = ways === WAYS && result.consul.kind === 'process' && !values.short && result.leftOut.length === 0;
  const out = values.out ?? join(ROOT, isWhole ? 'docs/benchmarks.json' : 'build/bench.json');
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify(result, undefined, 2)}\n`);
  print(`written to ${out}`);
  for (const failure of listFailures(result.checks)) {
    print(`FAILED: ${failure}`);
    process.exitCode = 1;
  }
}

await main();
