import { expect, it } from 'vitest';
import { runBench } from '../bench/bench.js';
import { listFailures } from '../bench/checks.js';
import { SHORT } from '../bench/paces.js';
import { SHORT_WAYS } from '../bench/ways/ways.js';
import { compileProgram } from '../helpers/program.js';
import { realConsul } from '../sandbox/instances/real-consul.js';

/** Two minutes where nothing else runs. */
const LIMIT_MS = 900_000;

it(
  'the short form of npm run bench: ours keeps the quorum and every write, the other way loses the quorum',
  async () => {
    const consul =
      realConsul === undefined ? ({ kind: 'simulated' } as const) : { kind: 'path' as const, path: realConsul.path };
    const lines: string[] = [];
    const result = await runBench({
      ...SHORT,
      ways: SHORT_WAYS,
      consul,
      short: true,
      program: compileProgram(),
      signal: AbortSignal.timeout(LIMIT_MS),
      printLine: (line) => lines.push(line),
    });
    expect(listFailures(result.checks), lines.join('\n')).toEqual([]);
    expect(result.leftOut).toEqual([]);
    const [ours, other] = result.ways;
    // The calls of the way itself, each of which it cannot do without.
    expect(ours?.calls).toMatchObject({
      'autoscaling:CreateAutoScalingGroup': 1,
      'autoscaling:DeleteAutoScalingGroup': 1,
    });
    expect(other?.calls).toMatchObject({ 'autoscaling:UpdateAutoScalingGroup': 1 });
    expect(other?.writes.longestGapMs).toBeGreaterThan(SHORT.watchMs);
  },
  LIMIT_MS,
);
