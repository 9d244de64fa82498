import type { Intent } from '../../src/lib/model/intent.js';
import type { Observation } from '../../src/lib/model/observation.js';
import type { Server } from '../../src/lib/model/server.js';
import { getImage } from '../../src/sandbox/images.js';
import {
  at,
  call,
  getInstanceId,
  list,
  type Mutation,
  type MutationContext,
  NO_FAULTS,
  plenty,
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
      ...NO_FAULTS,
      faults: [1, 2].map((nth) => at('deregister', { kind: 'kill-server', whom: 'leader' }, nth)),
    },
  },
  {
    name: 'there are always voters to spare',
    breaks: '2',
    replaces: { 'decide/voters.js': () => ({ budgetNow: plenty, budgetWithout: plenty }) },
    // Soon after the first, before Consul itself takes the frozen server out.
    provokedBy: {
      ...NO_FAULTS,
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
        drainOrder: (observation: Observation, side: unknown) =>
          list(call(drainOrder, observation, side)).filter(
            (one) => !observation.memory.leaveRequests[getInstanceId(one)],
          ),
      }),
    },
    provokedBy: NO_FAULTS,
  },
  {
    name: 'one new server replaces them all',
    breaks: '4',
    replaces: {
      ...UNCHECKED,
      'decide/decide.js': ({ decide }) => ({
        decide: (observation: Observation, intent: Intent, ...rest: unknown[]) =>
          call(decide, observation, { ...intent, size: 1 }, ...rest),
      }),
      'decide/voters.js': () => ({ budgetNow: plenty, budgetWithout: plenty }),
    },
    provokedBy: NO_FAULTS,
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
    provokedBy: NO_FAULTS,
  },
  {
    name: 'servers are terminated and not asked to leave',
    breaks: '6',
    replaces: {
      ...UNCHECKED,
      'decide/leaving.js': () => ({
        askToLeave: (_survey: Observation, _phase: unknown, server: Server) => terminate(server),
      }),
    },
    provokedBy: NO_FAULTS,
  },
  {
    name: 'the group goes with its first server',
    breaks: '7',
    replaces: {
      'act/terminate.js': () => ({
        terminate: async ({ engine, intent }: MutationContext) => engine.cloud.deleteGroup(intent.oldGroup),
      }),
    },
    provokedBy: NO_FAULTS,
  },
  {
    name: 'the last old server is not asked to leave, and the group goes while Raft counts it',
    breaks: '7',
    caughtBy: /deleted while Raft counts 1 of its servers/,
    replaces: {
      ...UNCHECKED,
      'decide/leaving.js': ({ askToLeave }) => ({
        askToLeave: (observation: Observation, phase: unknown, server: Server, why: string) => {
          const others = observation.servers.filter(
            ({ side, peer }) => side === server.side && peer !== undefined,
          );
          return others.length > 1 ? call(askToLeave, observation, phase, server, why) : terminate(server);
        },
      }),
      'decide/unreachable.js': () => ({ removeGhost: () => undefined, awaitNoGhost: () => undefined }),
    },
    provokedBy: { ...NO_FAULTS, cleanup: false },
  },
  {
    name: 'no group is frozen',
    breaks: '8',
    replaces: { ...UNCHECKED, 'decide/freeze.js': () => ({ missingSuspensions: () => [] }) },
    provokedBy: NO_FAULTS,
  },
  {
    name: 'no group is thawed at the end',
    breaks: '8',
    replaces: { 'decide/freeze.js': () => ({ processesToThaw: () => [] }) },
    provokedBy: NO_FAULTS,
  },
  {
    name: 'every server that runs is a replacement',
    breaks: '9',
    replaces: {
      ...UNCHECKED,
      'decide/gates.js': () => ({
        closedGates: () => [],
        isReady: (_survey: Observation, { agent }: Server) => agent.kind === 'up',
      }),
      'decide/voters.js': () => ({ budgetNow: plenty, budgetWithout: plenty }),
    },
    provokedBy: { ...NO_FAULTS, faults: [at('tag', { kind: 'foreign-cluster' })] },
  },
  {
    name: 'the old group stays on $Latest while there is a new version',
    breaks: '8',
    replaces: { ...UNCHECKED, 'decide/alias.js': () => ({ pinOld: () => undefined }) },
    provokedBy: { ...NO_FAULTS, launches: { version: '$Latest', mixed: false } },
  },
  {
    name: 'the new version is left behind',
    breaks: '10',
    replaces: {
      'decide/template.js': () => ({ removeNewTemplate: () => undefined }),
      'decide/alias.js': () => ({ restoreAlias: () => undefined }),
    },
    provokedBy: {
      ...NO_FAULTS,
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
        const isReady = (observation: Observation, server: Server) =>
          observation.memory.passedGates.includes(server.instanceId) &&
          others(observation, server).length === 0;
        return { closedGates: others, isReady };
      },
    },
    provokedBy: {
      ...NO_FAULTS,
      // Of the same Consul, so that nothing but the image tells one from the other.
      from: { ...getImage('consul-v1'), consulVersion: '1.8.7' },
      onto: { ...getImage('consul-v2'), consulVersion: '1.8.7' },
      launches: undefined,
      faults: [at('resize', { kind: 'image-by-hand' }, 2)],
    },
  },
  {
    name: 'a group without a record is none of the roll’s',
    breaks: '10',
    replaces: { 'decide/record.js': () => ({ recordAnew: () => undefined }) },
    provokedBy: { ...NO_FAULTS, faults: [at('leave', { kind: 'record-by-hand', side: 'old' }, 2)] },
  },
  {
    name: 'the old template is left behind',
    breaks: '10',
    replaces: {
      'act/delete-template.js': () => ({
        deleteTemplate: async (_stage: MutationContext, { name }: { readonly name: string }) => ({
          templatesInUse: [name],
        }),
      }),
    },
    provokedBy: { ...NO_FAULTS, launches: undefined },
  },
  {
    name: 'going back, all new servers are terminated at once',
    breaks: 'quorum',
    replaces: {
      ...UNCHECKED,
      'decide/drain.js': ({ drain }) => ({
        drain: (observation: Observation, intent: Intent, ...rest: unknown[]) => {
          const next = observation.servers.find(
            ({ side, lifecycle }) => side === 'new' && lifecycle === 'InService',
          );
          const back = intent.direction === 'rollback' && next !== undefined;
          return back ? terminate(next) : call(drain, observation, intent, ...rest);
        },
      }),
    },
    provokedBy: { ...NO_FAULTS, faults: [at('resize', { kind: 'blind-balancer', forMs: 900_000 }, 2)] },
  },
];
