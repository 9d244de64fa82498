import { buildWait } from '../../src/lib/engine/decide/decisions.js';
import { findFailedGates } from '../../src/lib/engine/decide/gates.js';
import { checkSafety } from '../../src/lib/engine/safety/safety.js';
import { isQuorumAnswering } from '../../src/lib/model/raft.js';
import { after, at, type Mutation, NO_FAULTS, replace } from './mutation.js';
import type { Scenario } from './scenario.js';

/** The machine that runs the roll is twenty minutes ahead. */
const SKEWED: Partial<Scenario> = { ...NO_FAULTS, skewMs: 1_200_000 };

/** Broken rules that matter in clusters of others: what an operator does meanwhile, and slow elections. */
export const CLUSTER_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a quorum that is back has no time for an election',
    breaks: 'single-leader',
    caughtBy: /the roll gave up/,
    replaces: [replace(isQuorumAnswering, () => () => false)],
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
];
