import type { Intent } from '../../src/lib/model/intent.js';
import type { Survey } from '../../src/lib/model/observation.js';
import type { Server } from '../../src/lib/model/server.js';
import { imageNamed } from '../../src/sandbox/images.js';
import {
  at,
  call,
  idOf,
  list,
  type Mutation,
  PEACE,
  plenty,
  type Stage,
  terminate,
  UNCHECKED,
} from './mutation.js';

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
    // Soon after the first, before Consul itself takes the frozen server out.
    provokedBy: {
      ...PEACE,
      intervalMs: 5_000,
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
    name: 'the last old server is not asked to leave, and the group goes while Raft counts it',
    breaks: '7',
    caughtBy: /deleted while Raft counts 1 of its servers/,
    replaces: {
      ...UNCHECKED,
      'decide/leaving.js': ({ askToLeave }) => ({
        askToLeave: (survey: Survey, phase: unknown, server: Server, why: string) => {
          const others = survey.servers.filter(
            ({ side, peer }) => side === server.side && peer !== undefined,
          );
          return others.length > 1 ? call(askToLeave, survey, phase, server, why) : terminate(server);
        },
      }),
      'decide/unreachable.js': () => ({ removeGhost: () => undefined, awaitNoGhost: () => undefined }),
    },
    provokedBy: { ...PEACE, cleanup: false },
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
    name: 'a new server counts whatever it was launched from',
    breaks: '10',
    replaces: {
      'decide/gates.js': ({ closedGates }) => {
        const others = (...args: unknown[]) =>
          list(call(closedGates, ...args)).filter((gate) => gate !== 'image');
        const isReady = (survey: Survey, server: Server) =>
          survey.history.proved.includes(server.instanceId) && others(survey, server).length === 0;
        return { closedGates: others, isReady };
      },
    },
    provokedBy: {
      ...PEACE,
      // Of the same Consul, so that nothing but the image tells one from the other.
      from: { ...imageNamed('consul-v1'), consulVersion: '1.8.7' },
      onto: { ...imageNamed('consul-v2'), consulVersion: '1.8.7' },
      launches: undefined,
      faults: [at('resize', { kind: 'image-by-hand' }, 2)],
    },
  },
  {
    name: 'a group without a record is none of the roll’s',
    breaks: '10',
    replaces: { 'decide/record.js': () => ({ recordAnew: () => undefined }) },
    provokedBy: { ...PEACE, faults: [at('leave', { kind: 'record-by-hand', side: 'old' }, 2)] },
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
