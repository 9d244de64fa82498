import { runsEnterprise } from '../../src/lib/engine/checks/consul.js';
import { buildWait, measureWaitedMs } from '../../src/lib/engine/decide/decisions.js';
import { findFailedGates } from '../../src/lib/engine/decide/gates.js';
import { checkSafety } from '../../src/lib/engine/safety/safety.js';
import { explainLeaderless } from '../../src/lib/model/raft.js';
import { RUN_LIMIT_MS } from './checkers/run-end.js';
import { after, at, type Mutation, NO_FAULTS, replace } from './mutation.js';
import { createScenario, type Scenario } from './scenario.js';

/** The machine that runs the roll is twenty minutes ahead. */
const SKEWED: Partial<Scenario> = { ...NO_FAULTS, skewMs: 1_200_000 };

/** The canary never gets into service, and hangs for a quarter of each minute. */
const FLAPPING: Partial<Scenario> = {
  ...NO_FAULTS,
  intervalMs: 10_000,
  limits: { ...createScenario(1).limits, healthTimeoutMs: 120_000, successThreshold: 2 },
  faults: [
    at('resize', { kind: 'failing-health-checks', forMs: 2 * RUN_LIMIT_MS }, 2),
    ...Array.from({ length: RUN_LIMIT_MS / 60_000 }, (_, n) => {
      const trigger = { kind: 'time', afterMs: n * 60_000 } as const;
      return { trigger, fault: { kind: 'pause-server', whom: 'new', forMs: 15_000 } } as const;
    }),
  ],
};

/** Broken rules that matter in clusters of others: their settings, what an operator does meanwhile, and slow elections. */
export const CLUSTER_MUTATIONS: readonly Mutation[] = [
  {
    name: 'redundancy zones matter to Consul without Enterprise',
    breaks: 'everything-restored',
    caughtBy: /nothing goes wrong, and the roll ends refused/,
    replaces: [replace(runsEnterprise, () => () => true)],
    provokedBy: { ...NO_FAULTS, zoneTag: 'az' },
  },
  {
    name: 'a quorum that is back has no time for an election',
    breaks: 'single-leader',
    caughtBy: /the roll gave up/,
    replaces: [replace(explainLeaderless, () => () => 'election')],
    provokedBy: {
      ...NO_FAULTS,
      raftMultiplier: 5,
      intervalMs: 2_000,
      faults: [after('resize', 30_000, { kind: 'no-leader', forMs: 58_000 })],
    },
  },
  {
    name: 'a new server on standby replaces an old one',
    breaks: 'replacements-first',
    caughtBy: /leaves with/,
    replaces: [
      replace(checkSafety, () => () => undefined),
      replace(
        findFailedGates,
        (original) => (observation, server) => original(observation, server).filter((gate) => gate !== 'in-group'),
      ),
    ],
    provokedBy: { ...NO_FAULTS, faults: [at('deregister', { kind: 'standby', whom: 'new' })] },
  },
  {
    name: 'launches are dated by another clock than the present',
    breaks: 'everything-restored',
    caughtBy: /nothing goes wrong/,
    replaces: [
      replace(buildWait, (original) => (input, phase, what, limitMs, sinceMs) => {
        const { skewMs = 0 } = SKEWED;
        return original(input, phase, what, limitMs, sinceMs === undefined ? undefined : sinceMs - skewMs);
      }),
    ],
    provokedBy: SKEWED,
  },
  {
    name: 'a wait that gave way to another one begins again',
    breaks: 'everything-restored',
    caughtBy: /a run lasts/,
    replaces: [
      replace(
        measureWaitedMs,
        (original) => (known, key) => (known.memory.currentWait?.key === key ? original(known, key) : 0),
      ),
    ],
    provokedBy: FLAPPING,
  },
];
