import type { Action } from '../../src/lib/model/action.js';
import type { Decision } from '../../src/lib/model/decision.js';
import type { Intent } from '../../src/lib/model/intent.js';
import type { VoterBudget } from '../../src/lib/model/quorum.js';
import type { Server } from '../../src/lib/model/server.js';
import type { Survey } from '../../src/lib/model/survey.js';
import type { Invariant } from './checkers/checker.js';
import type { PlannedFault } from './faults/fault.js';
import type { Scenario } from './scenario.js';

/** What a module exports. */
type Exports = Readonly<Record<string, unknown>>;

/** A rule broken on purpose: which modules of src/lib have which exports replaced. */
export interface Mutation {
  readonly name: string;
  readonly breaks: Invariant;
  readonly replaces: Readonly<Record<string, (actual: Exports) => Exports>>;
  /** What brings it to light sooner than chance would. */
  readonly provokedBy?: Partial<Scenario>;
}

/** Nothing but what the mutation needs goes wrong. */
const PEACE: Partial<Scenario> = {
  size: 3,
  minSize: 1,
  maxSize: 3,
  keepOld: false,
  suspended: [],
  faults: [],
  noise: { awsReads: 0, awsEffects: 0, consulReads: 0, consulEffects: 0 },
  lagMs: 0,
  kills: [],
  pauses: [],
  changesMind: false,
  flaw: undefined,
};

/** The second look is gone, so that the first alone decides. */
const UNCHECKED = { 'decide/safety.js': () => ({ safety: () => undefined }) };

const act = (action: Action): Decision => ({
  kind: 'act',
  step: { phase: 'drain', action, why: 'the mutation wants it', budget: undefined },
});

const terminate = ({ instanceId }: Server): Decision => act({ kind: 'terminate', instanceId });

/** Voters to spare, always. */
const plenty = (): VoterBudget => ({ voters: 9, healthy: 9, quorum: 1, spare: 8 });

const at = (named: string, fault: PlannedFault['fault'], nth = 1): PlannedFault => ({
  trigger: { kind: 'effect', named, nth, delayMs: 0 },
  fault,
});

/** At least one for every invariant. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'nobody looks again whether there is still a leader',
    breaks: '1',
    replaces: UNCHECKED,
    provokedBy: {
      ...PEACE,
      faults: [1, 2].map((nth) => at('deregister', { kind: 'kill-server', whom: 'leader' }, nth)),
    },
  },
  {
    name: 'there are always voters to spare',
    breaks: '2',
    replaces: { 'decide/voters.js': () => ({ budgetNow: plenty, budgetWithout: plenty }) },
    provokedBy: {
      ...PEACE,
      faults: [
        at('resize', { kind: 'blind-balancer', forMs: 900_000 }, 2),
        at('leave', { kind: 'freeze-server', whom: 'old', forMs: 400_000 }),
      ],
    },
  },
  {
    name: 'a leave is not awaited',
    breaks: '3',
    replaces: {
      ...UNCHECKED,
      'decide/leaving.js': () => ({ awaitLeave: () => undefined }),
      'decide/order.js': ({ drainOrder }) => ({
        drainOrder: (survey: Survey, side: unknown) =>
          list(call(drainOrder, survey, side)).filter((one) => !survey.history.leaves[idOf(one)]),
      }),
    },
    provokedBy: PEACE,
  },
  {
    name: 'one new server replaces them all',
    breaks: '4',
    replaces: {
      ...UNCHECKED,
      'decide/decide.js': ({ decide }) => ({
        decide: (survey: Survey, intent: Intent, ...rest: unknown[]) =>
          call(decide, survey, { ...intent, size: 1 }, ...rest),
      }),
      'decide/voters.js': () => ({ budgetNow: plenty, budgetWithout: plenty }),
    },
    provokedBy: PEACE,
  },
  {
    name: 'the leader leaves first',
    breaks: '5',
    replaces: {
      ...UNCHECKED,
      'decide/order.js': ({ drainOrder }) => ({
        drainOrder: (...args: unknown[]) => [...list(call(drainOrder, ...args))].reverse(),
      }),
      'decide/handover.js': () => ({ handOver: () => undefined }),
    },
    provokedBy: PEACE,
  },
  {
    name: 'servers are terminated and not asked to leave',
    breaks: '6',
    replaces: {
      ...UNCHECKED,
      'decide/leaving.js': () => ({
        askToLeave: (_survey: Survey, _phase: unknown, server: Server) => terminate(server),
      }),
    },
    provokedBy: PEACE,
  },
  {
    name: 'the group goes with its first server',
    breaks: '7',
    replaces: {
      'act/terminate.js': () => ({
        terminate: async ({ engine, intent }: Stage) => engine.cloud.deleteGroup(intent.oldGroup),
      }),
    },
    provokedBy: PEACE,
  },
  {
    name: 'no group is frozen',
    breaks: '8',
    replaces: { ...UNCHECKED, 'decide/freeze.js': () => ({ missingSuspensions: () => [] }) },
    provokedBy: PEACE,
  },
  {
    name: 'no group is thawed at the end',
    breaks: '8',
    replaces: { 'decide/freeze.js': () => ({ processesToThaw: () => [] }) },
    provokedBy: PEACE,
  },
  {
    name: 'every server that runs is a replacement',
    breaks: '9',
    replaces: {
      ...UNCHECKED,
      'decide/gates.js': () => ({
        closedGates: () => [],
        isReady: (_survey: Survey, { agent }: Server) => agent.kind === 'up',
      }),
      'decide/voters.js': () => ({ budgetNow: plenty, budgetWithout: plenty }),
    },
    provokedBy: { ...PEACE, faults: [at('tag', { kind: 'foreign-cluster' })] },
  },
  {
    name: 'the old group stays on $Latest while there is a new version',
    breaks: '8',
    replaces: { ...UNCHECKED, 'decide/alias.js': () => ({ pinOld: () => undefined }) },
    provokedBy: { ...PEACE, launches: { version: '$Latest', mixed: false } },
  },
  {
    name: 'the new version is left behind',
    breaks: '10',
    replaces: {
      'decide/template.js': () => ({ removeNewTemplate: () => undefined }),
      'decide/alias.js': () => ({ restoreAlias: () => undefined }),
    },
    provokedBy: {
      ...PEACE,
      launches: { version: '2', mixed: false },
      faults: [at('resize', { kind: 'blind-balancer', forMs: 900_000 }, 2)],
    },
  },
  {
    name: 'the old template is left behind',
    breaks: '10',
    replaces: {
      'act/delete-template.js': () => ({
        deleteTemplate: async (_stage: Stage, { name }: { readonly name: string }) => ({
          templatesInUse: [name],
        }),
      }),
    },
    provokedBy: { ...PEACE, launches: undefined },
  },
  {
    name: 'going back, all new servers are terminated at once',
    breaks: 'quorum',
    replaces: {
      ...UNCHECKED,
      'decide/drain.js': ({ drain }) => ({
        drain: (survey: Survey, intent: Intent, ...rest: unknown[]) => {
          const next = survey.servers.find(
            ({ side, lifecycle }) => side === 'new' && lifecycle === 'InService',
          );
          const back = intent.direction === 'back' && next !== undefined;
          return back ? terminate(next) : call(drain, survey, intent, ...rest);
        },
      }),
    },
    provokedBy: { ...PEACE, faults: [at('resize', { kind: 'blind-balancer', forMs: 900_000 }, 2)] },
  },
];

/** What an effect is given, as far as mutations use it. */
interface Stage {
  readonly engine: { readonly cloud: { deleteGroup(name: string): Promise<void> } };
  readonly intent: Intent;
}

function call(original: unknown, ...args: readonly unknown[]): unknown {
  if (typeof original !== 'function') throw new TypeError('the mutation is of something that is no function');
  return original(...args);
}

function idOf(server: unknown): string {
  const named = typeof server === 'object' && server !== null && 'instanceId' in server;
  return named ? String(server.instanceId) : '';
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
