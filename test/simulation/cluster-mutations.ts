import { findFailedGates } from '../../src/lib/engine/decide/gates.js';
import { checkSafety } from '../../src/lib/engine/safety/safety.js';
import { isQuorumAnswering } from '../../src/lib/model/raft.js';
import { after, at, type Mutation, NO_FAULTS, replace } from './mutation.js';

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
];
