import { balanceZones } from '../../src/lib/engine/decide/balance-zones.js';
import { awaitCompleteCluster } from '../../src/lib/engine/decide/complete-cluster.js';
import { completeOwnHooks } from '../../src/lib/engine/decide/complete-hooks.js';
import { isDeadOutsideRaft } from '../../src/lib/engine/decide/dead-servers.js';
import { decide, stopIfChangedExternally, stopIfStateLost } from '../../src/lib/engine/decide/decide.js';
import { drain, rankZones, sortForDrain, transferLeadership } from '../../src/lib/engine/decide/drain.js';
import { findFounder, removeFounder } from '../../src/lib/engine/decide/founders.js';
import { findFailedGates, findWeakened, isReady } from '../../src/lib/engine/decide/gates.js';
import { findImpostor, removeImpostor } from '../../src/lib/engine/decide/impostors.js';
import {
  askToLeave,
  finishLeave,
  hasNeverVoted,
  isLeaving,
  mayLeaveBeside,
} from '../../src/lib/engine/decide/leave.js';
import { findHold, isHeld } from '../../src/lib/engine/decide/lifecycle-hooks.js';
import { updateMemoryWithCrashes } from '../../src/lib/engine/decide/memory.js';
import { awaitNoOrphanPeer, removeOrphanPeer } from '../../src/lib/engine/decide/orphan-peers.js';
import { rewriteRecord, rewriteTags } from '../../src/lib/engine/decide/record.js';
import { restoreOldGroup } from '../../src/lib/engine/decide/restore-old-group.js';
import { endOldFounder } from '../../src/lib/engine/decide/rollback.js';
import { awaitSettled, listUnsettled } from '../../src/lib/engine/decide/settled.js';
import { executeAction } from '../../src/lib/engine/execute.js';
import { removeOldLaunchConfiguration } from '../../src/lib/engine/launch-source/launch-configuration.js';
import { removeNextLaunchSource } from '../../src/lib/engine/launch-source/launch-sources.js';
import { pinVersion, restoreOldAlias } from '../../src/lib/engine/launch-source/version-alias.js';
import { compareStates } from '../../src/lib/engine/observe/compare-state.js';
import { matchPeersToInstances } from '../../src/lib/engine/observe/observe.js';
import { probeServers } from '../../src/lib/engine/observe/probe-servers.js';
import { findTokenRecipients } from '../../src/lib/engine/observe/token-recipients.js';
import { endWithoutUnproven } from '../../src/lib/engine/run/early-end.js';
import { endFoundersDuring } from '../../src/lib/engine/run/hook-watch.js';
import { endsDanger } from '../../src/lib/engine/run/step.js';
import { checkSafety } from '../../src/lib/engine/safety/safety.js';
import { protectServers, restoreProtection } from '../../src/lib/engine/strategy/protection.js';
import { findMissingSuspensions, findProcessesToResume } from '../../src/lib/engine/strategy/suspended-processes.js';
import { compareConvergence } from '../../src/lib/model/convergence.js';
import { findLeaderTimeoutMs } from '../../src/lib/model/limits.js';
import type { Server } from '../../src/lib/model/server.js';
import {
  countLaunchable,
  findQuorumMargin,
  findQuorumMarginAfterLeave,
  findQuorumMarginWithout,
  isLaunching,
  listDyingNonVoters,
} from '../../src/lib/model/servers.js';
import { isUnbalanced } from '../../src/lib/model/zones.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { CLUSTER_MUTATIONS } from './cluster-mutations.js';
import { LEAVE_MUTATIONS } from './leave-mutations.js';
import { act, after, at, type Mutation, NO_FAULTS, plenty, replace, terminate } from './mutation.js';
import { createScenario } from './scenario.js';
import { TRUST_MUTATIONS } from './trust-mutations.js';

/** No safety check: the decision alone counts. */
const unchecked = replace(checkSafety, () => () => undefined);
/** Every removal is within the quorum margin. */
const plentyOfVoters = [findQuorumMargin, findQuorumMarginWithout, findQuorumMarginAfterLeave].map((original) =>
  replace(original, () => plenty),
);

/** A process is killed when it has asked an old server to leave; it is rolled back, and the only new server is lost. */
const LEFT_BEFORE: Mutation['provokedBy'] = {
  ...NO_FAULTS,
  surge: 1,
  intervalMs: 30_000,
  launches: { version: '2', mixed: false },
  limits: { ...createScenario(1).limits, healthTimeoutMs: 130_000, successThreshold: 2 },
  kills: ['leave'],
  changesMind: true,
  faults: [after('leave', 40_000, { kind: 'terminate-instance', whom: 'new', throughGroup: true })],
};

/** An image that bootstraps a cluster of its own before it joins. */
const FOUNDING: Mutation['provokedBy'] = { ...NO_FAULTS, onto: getImage('consul-founder') };

/** An image that was made of the oldest server, whose node id it has. */
const CLONING: Mutation['provokedBy'] = { ...NO_FAULTS, onto: getImage('consul-clone') };

/** An image with the node name of the oldest server. */
const NAMING: Mutation['provokedBy'] = { ...NO_FAULTS, onto: getImage('consul-namesake') };

/** Completes the hooks that hold a server, whichever it is. */
const completeAnyHooks: typeof completeOwnHooks = ({ observation }) => {
  const [held] = observation.servers.filter(isHeld);
  const { hooks = [] } = (held && findHold(observation, [held])) ?? {};
  const group = held && observation[held.side]?.name;
  if (group === undefined || hooks.length === 0) return undefined;
  const instanceIds = [held?.instanceId ?? ''];
  return act({ kind: 'complete-lifecycle-hooks', group, instanceIds, hooks, result: 'CONTINUE' });
};

/** Every server has the state of the leader. */
const sameState = replace(compareStates, () => async (_engine, _leader, addresses) => {
  return { byAddress: new Map(addresses.map((address) => [address, 'same'] as const)), notCompared: [] };
});

/** At least one for every invariant. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'the safety check does not require a leader',
    breaks: 'single-leader',
    replaces: [unchecked],
    provokedBy: {
      ...NO_FAULTS,
      // Elections last, and time passes between a decision and its step.
      raftMultiplier: 10,
      noise: { awsReads: 0, awsEffects: 0, consulReads: 0, consulEffects: 0.3 },
      inPlace: true,
      surge: 1,
      faults: [1, 2, 3].map((nth) => at('deregister', { kind: 'kill-server', whom: 'leader' }, nth)),
    },
  },
  {
    name: 'crashes between two observations are not counted',
    breaks: 'quorum-kept',
    replaces: [
      replace(
        updateMemoryWithCrashes,
        () =>
          ({ memory }) =>
            memory,
      ),
    ],
    provokedBy: {
      ...NO_FAULTS,
      onto: getImage('consul-crashloop'),
      inPlace: true,
      surge: 1,
      intervalMs: 30_000,
      limits: { ...createScenario(1).limits, successThreshold: 1 },
    },
  },
  {
    name: 'an image with its ACLs off passes its gates',
    breaks: 'replacements-first',
    caughtBy: /has its ACLs off/,
    replaces: [replace(findWeakened, () => () => undefined)],
    provokedBy: { ...NO_FAULTS, weakens: true },
  },
  {
    name: 'every server of the groups gets the ACL token',
    breaks: 'token-to-members-only',
    replaces: [
      replace(
        findTokenRecipients,
        () =>
          ({ servers }) =>
            new Set(servers.flatMap(({ address }) => address ?? [])),
      ),
    ],
    provokedBy: NO_FAULTS,
  },
  {
    name: 'an image whose servers refuse to leave passes its gates',
    breaks: 'replacements-first',
    caughtBy: /could not/,
    replaces: [
      replace(probeServers, () => async (_engine, servers) => {
        return new Map(servers.map(({ instanceId }) => [instanceId, 'accepted'] as const));
      }),
    ],
    provokedBy: { ...NO_FAULTS, onto: getImage('consul-stuck') },
  },
  {
    name: 'non-voters that are being terminated get no vote',
    breaks: 'quorum-kept',
    replaces: [replace(listDyingNonVoters, () => () => [])],
    provokedBy: {
      ...NO_FAULTS,
      surge: 3,
      faults: [after('register', 5_000, { kind: 'refused-leaves', side: 'new', forMs: 900_000 })],
    },
  },
  {
    name: 'a server is taken for the one whose node id it has',
    breaks: 'single-leader',
    caughtBy: /node id/,
    replaces: [
      unchecked,
      replace(findImpostor, () => () => undefined),
      replace(matchPeersToInstances, () => (servers, peers) => {
        const isPeer = (id: string, { agent }: Server) => agent.kind === 'up' && agent.nodeId === id;
        return servers.map((server) => ({ ...server, peer: peers.find(({ id }) => isPeer(id, server)) }));
      }),
    ],
    provokedBy: CLONING,
  },
  {
    name: 'a server with the node name of another is asked to leave',
    breaks: 'single-leader',
    caughtBy: /node name/,
    replaces: [
      unchecked,
      replace(removeImpostor, () => ({ observation, memory }) => {
        const { instanceId } = findImpostor(observation) ?? {};
        const address = observation.servers.find((server) => server.instanceId === instanceId)?.address;
        if (instanceId === undefined || address === undefined || memory.leaveRequests[instanceId]) return undefined;
        return act({ kind: 'leave', servers: [{ instanceId, address }] });
      }),
    ],
    provokedBy: NAMING,
  },
  {
    name: 'the next to leave is of any zone',
    breaks: 'replacements-first',
    caughtBy: /the last in/,
    replaces: [replace(rankZones, () => () => () => [])],
    provokedBy: { ...NO_FAULTS, surge: 1 },
  },
  {
    name: 'neither founders nor what they lack is found',
    breaks: 'no-acknowledged-write-lost',
    caughtBy: /is in Raft and lacks/,
    replaces: [replace(findFounder, () => () => undefined), sameState],
    provokedBy: FOUNDING,
  },
  {
    name: 'a run that is asked to stop leaves servers that boot',
    breaks: 'no-acknowledged-write-lost',
    caughtBy: /took the cluster over/,
    replaces: [replace(endWithoutUnproven, () => async () => undefined)],
    // It has just scaled out.
    provokedBy: { ...FOUNDING, pauses: [{ atEffect: 11, by: 'interrupt' }] },
  },
  {
    name: 'hooks run before a founder is terminated',
    breaks: 'no-acknowledged-write-lost',
    caughtBy: /took the cluster over/,
    replaces: [replace(endsDanger, () => () => false), replace(endFoundersDuring, () => (_, hooks) => hooks)],
    provokedBy: { ...FOUNDING, hooks: { forMs: 20_000, fail: false } },
  },
  {
    name: 'the hook that holds the termination of a founder is waited for, while AWS answers late',
    breaks: 'no-acknowledged-write-lost',
    caughtBy: /took the cluster over/,
    replaces: [
      replace(completeOwnHooks, () => () => undefined),
      // Asked to leave, it would end by itself.
      replace(executeAction, (original) => async (context, action) => {
        return original(context, action.kind === 'terminate' ? { ...action, cutOff: undefined } : action);
      }),
    ],
    provokedBy: {
      ...FOUNDING,
      lagMs: 5_000,
      faults: [at('tag', { kind: 'lifecycle-hook', holds: 'TERMINATING', forMs: 3_000_000, result: 'CONTINUE' })],
    },
  },
  {
    name: 'a server that was detached is forgotten',
    breaks: 'everything-restored',
    caughtBy: /which is in no group/,
    replaces: [
      unchecked,
      replace(awaitNoOrphanPeer, () => () => undefined),
      replace(removeOrphanPeer, () => () => undefined),
      replace(listUnsettled, () => () => []),
    ],
    provokedBy: { ...NO_FAULTS, faults: [at('terminate', { kind: 'detach', whom: 'new', lowers: true })] },
  },
  {
    name: 'a change of others outranks a founder',
    breaks: 'no-acknowledged-write-lost',
    caughtBy: /took the cluster over/,
    replaces: [
      replace(
        removeFounder,
        (original) => (input) => (stopIfChangedExternally(input) === undefined ? original(input) : undefined),
      ),
      replace(endWithoutUnproven, () => async () => undefined),
    ],
    provokedBy: {
      ...FOUNDING,
      maxSize: 5,
      faults: [after('resize', 2_000, { kind: 'scaled-by-hand', side: 'old', by: 1, backAfterMs: undefined })],
    },
  },
  {
    name: 'an old group that an operator lets launch still does so once the run has ended',
    breaks: 'no-acknowledged-write-lost',
    replaces: [replace(endWithoutUnproven, () => async () => undefined)],
    provokedBy: {
      ...NO_FAULTS,
      maxSize: 6,
      oldFounds: true,
      faults: [at('leave', { kind: 'scaled-by-hand', side: 'old', by: 1, backAfterMs: undefined, launches: true })],
    },
  },
  {
    name: 'an old server that bootstraps a cluster of its own stays, on the way forward',
    breaks: 'everything-restored',
    caughtBy: /every run stops/,
    replaces: [replace(endOldFounder, () => () => undefined)],
    provokedBy: {
      ...NO_FAULTS,
      maxSize: 6,
      oldFounds: true,
      kills: ['leave'],
      faults: [at('leave', { kind: 'scaled-by-hand', side: 'old', by: 1, backAfterMs: undefined, launches: true }, 2)],
    },
  },
  {
    name: 'what others lost is not looked for',
    breaks: 'everything-restored',
    caughtBy: /the roll did not say so/,
    replaces: [replace(compareConvergence, () => () => ({ missing: [], notCompared: [] }))],
    provokedBy: { ...NO_FAULTS, faults: [at('leave', { kind: 'others-lost', what: 'replication', forMs: 3_600_000 })] },
  },
  {
    name: 'old servers that a rollback launches are not watched',
    breaks: 'no-acknowledged-write-lost',
    replaces: [
      replace(findFounder, (original) => (observation) => {
        const founder = original(observation);
        return founder?.server.side === 'old' ? undefined : founder;
      }),
      sameState,
    ],
    provokedBy: { ...NO_FAULTS, surge: 1, kills: ['delete-group'], changesMind: true, oldFounds: true },
  },
  {
    name: 'a roll ends although the cluster has lost its keys',
    breaks: 'no-acknowledged-write-lost',
    caughtBy: /has lost its keys/,
    replaces: [replace(stopIfStateLost, () => () => undefined)],
    provokedBy: { ...NO_FAULTS, faults: [at('delete-group', { kind: 'keys-by-hand' })] },
  },
  {
    name: 'the hooks that hold any server are completed',
    breaks: 'no-member-terminated',
    caughtBy: /the hook that holds/,
    replaces: [unchecked, replace(completeOwnHooks, () => completeAnyHooks)],
    provokedBy: {
      ...NO_FAULTS,
      surge: 1,
      kills: ['delete-group'],
      changesMind: true,
      faults: [at('leave', { kind: 'lifecycle-hook', holds: 'LAUNCHING', forMs: 30_000, result: 'CONTINUE' })],
    },
  },
  {
    name: 'every server must name the leader',
    breaks: 'single-leader',
    caughtBy: /only the new server .* is ill/,
    replaces: [
      replace(decide, (original) => (input) => {
        const { servers } = input.observation;
        const isDeaf = servers.some(
          ({ agent }) => agent.kind === 'up' && agent.leader === '' && agent.peers.length > 0,
        );
        return original(isDeaf ? { ...input, observation: { ...input.observation, raft: undefined } } : input);
      }),
    ],
    // The canary has joined by then.
    provokedBy: {
      ...NO_FAULTS,
      faults: [after('resize', 30_000, { kind: 'closed-raft-port', whom: 'new', forMs: 900_000 })],
    },
  },
  {
    name: 'every election ends within ten seconds',
    breaks: 'single-leader',
    caughtBy: /the roll gave up/,
    replaces: [replace(findLeaderTimeoutMs, () => () => 10_000)],
    provokedBy: {
      ...NO_FAULTS,
      raftMultiplier: 10,
      faults: [after('resize', 30_000, { kind: 'no-leader', forMs: 95_000 })],
    },
  },
  {
    name: 'the quorum margin is always large enough',
    breaks: 'quorum-margin',
    replaces: plentyOfVoters,
    // Soon after the first removal, before Consul itself removes the paused server.
    provokedBy: {
      ...NO_FAULTS,
      intervalMs: 5_000,
      faults: [
        at('resize', { kind: 'failing-health-checks', forMs: 900_000 }, 2),
        at('leave', { kind: 'pause-server', whom: 'old', forMs: 400_000 }),
      ],
    },
  },
  {
    name: 'a server that a lifecycle hook may abandon can be counted on',
    breaks: 'quorum-margin',
    replaces: [replace(isLaunching, () => () => false)],
    provokedBy: {
      ...NO_FAULTS,
      surge: 3,
      kills: [24],
      changesMind: true,
      faults: [at('resize', { kind: 'lifecycle-hook', holds: 'LAUNCHING', forMs: 3_000_000, result: 'CONTINUE' }, 2)],
    },
  },
  {
    name: 'any number of servers is launched at once',
    breaks: 'quorum-margin',
    caughtBy: /launched together/,
    replaces: [replace(countLaunchable, () => () => 9)],
    provokedBy: {
      ...NO_FAULTS,
      kills: ['delete-group'],
      changesMind: true,
      faults: [at('delete-group', { kind: 'dead-agent', whom: 'new' })],
    },
  },
  {
    name: 'a leave is not awaited',
    breaks: 'quorum-margin',
    caughtBy: /beside \d+ others that leave/,
    replaces: [
      unchecked,
      replace(finishLeave, () => () => undefined),
      replace(
        sortForDrain,
        (original) => (known, side) =>
          original(known, side).filter(({ instanceId }) => !known.memory.leaveRequests[instanceId]),
      ),
    ],
    provokedBy: NO_FAULTS,
  },
  {
    name: 'all servers leave at once',
    breaks: 'quorum-margin',
    caughtBy: /beside \d+ others that leave/,
    replaces: [replace(mayLeaveBeside, () => () => true)],
    provokedBy: { ...NO_FAULTS, size: 5, maxSize: 5 },
  },
  {
    name: 'leaves that others have asked for are not seen',
    breaks: 'quorum-margin',
    caughtBy: /while .* is leaving|beside \d+ others that leave/,
    replaces: [
      replace(isLeaving, () => ({ memory }, { instanceId, peer }) => {
        const request = memory.leaveRequests[instanceId];
        return peer !== undefined && request !== undefined && request.hasLeft !== true;
      }),
    ],
    provokedBy: {
      ...NO_FAULTS,
      size: 5,
      maxSize: 5,
      intervalMs: 2_000,
      faults: [
        {
          trigger: { kind: 'effect', named: 'leave', nth: 1, delayMs: 500 },
          fault: { kind: 'leave-by-hand', whom: 'new' },
        },
      ],
    },
  },
  {
    name: 'no server is protected from scale-in',
    breaks: 'one-change',
    caughtBy: /Auto Scaling chose/,
    replaces: [replace(protectServers, () => () => undefined)],
    provokedBy: {
      ...NO_FAULTS,
      faults: [after('leave', 1_000, { kind: 'scaled-by-hand', side: 'new', by: 3, backAfterMs: 90_000 })],
    },
  },
  {
    name: 'the protection from scale-in is not restored',
    breaks: 'everything-restored',
    caughtBy: /FromScaleIn|protection from scale-in/,
    replaces: [replace(restoreProtection, () => () => undefined)],
    provokedBy: NO_FAULTS,
  },
  {
    name: 'one new server replaces all old ones',
    breaks: 'replacements-first',
    replaces: [
      unchecked,
      replace(decide, (original) => (input) => original({ ...input, intent: { ...input.intent, size: 1 } })),
      ...plentyOfVoters,
    ],
    provokedBy: NO_FAULTS,
  },
  {
    name: 'the leader leaves first',
    breaks: 'leader-last',
    replaces: [
      unchecked,
      replace(
        sortForDrain,
        (original) =>
          (...args) =>
            [...original(...args)].reverse(),
      ),
      replace(transferLeadership, () => () => undefined),
    ],
    provokedBy: NO_FAULTS,
  },
  {
    name: 'servers are terminated instead of asked to leave',
    breaks: 'no-member-terminated',
    replaces: [unchecked, replace(askToLeave, () => (_observation, _phase, server) => terminate(server))],
    provokedBy: NO_FAULTS,
  },
  {
    name: 'a new voter that ignored one leave request is terminated',
    breaks: 'no-member-terminated',
    replaces: [replace(hasNeverVoted, () => () => true)],
    provokedBy: {
      ...NO_FAULTS,
      faults: [
        at('register', { kind: 'failing-health-checks', forMs: 4_000_000 }),
        at('register', { kind: 'ignored-leave', times: 1 }),
      ],
    },
  },
  {
    name: 'the old group is deleted with its first server',
    breaks: 'no-group-deleted-with-members',
    replaces: [
      replace(executeAction, (original) => async (context, action) => {
        if (action.kind !== 'terminate') return original(context, action);
        await context.engine.cloud.deleteGroup(context.intent.oldGroup);
        return {};
      }),
    ],
    provokedBy: NO_FAULTS,
  },
  {
    name: 'the last old server is not asked to leave, and the group is deleted while Raft counts it',
    breaks: 'no-group-deleted-with-members',
    caughtBy: /deleted while Raft counts 1 of its servers/,
    replaces: [
      unchecked,
      replace(askToLeave, (original) => (input, phase, server, why) => {
        const others = input.observation.servers.filter(({ side, peer }) => side === server.side && peer !== undefined);
        return others.length > 1 ? original(input, phase, server, why) : terminate(server);
      }),
      replace(removeOrphanPeer, () => () => undefined),
      replace(awaitNoOrphanPeer, () => () => undefined),
    ],
    provokedBy: { ...NO_FAULTS, cleanup: false },
  },
  {
    name: 'no process is suspended',
    breaks: 'suspended-until-restored',
    replaces: [unchecked, replace(findMissingSuspensions, () => () => [])],
    provokedBy: NO_FAULTS,
  },
  {
    name: 'the processes are resumed whatever Auto Scaling would do then',
    breaks: 'suspended-until-restored',
    caughtBy: /terminated the voter/,
    replaces: [unchecked, replace(awaitSettled, () => () => undefined)],
    provokedBy: { ...NO_FAULTS, faults: [at('terminate', { kind: 'health-marks', servers: 1 })] },
  },
  {
    name: 'Auto Scaling is expected to change nothing',
    breaks: 'suspended-until-restored',
    caughtBy: /terminated the voter/,
    replaces: [replace(listUnsettled, () => () => [])],
    provokedBy: { ...NO_FAULTS, faults: [at('terminate', { kind: 'instance-refresh' })] },
  },
  {
    name: 'leadership is transferred to a new server that has not passed its gates',
    breaks: 'no-acknowledged-write-lost',
    caughtBy: /never in service/,
    replaces: [
      unchecked,
      replace(decide, (original) => (input) => {
        const { observation, memory } = input;
        const decision = original(input);
        const heir = observation.servers.find(({ side, peer, balancers }) => {
          return side === 'new' && peer?.voter && Object.values(balancers).includes('absent');
        });
        const isOver = heir?.peer === undefined || memory.leadershipTransfers[heir.peer.id] !== undefined;
        if (decision.kind !== 'wait' || isOver) return decision;
        return act({ kind: 'transfer-leadership', to: heir.instanceId, peerId: heir.peer.id });
      }),
    ],
    provokedBy: NO_FAULTS,
  },
  {
    name: 'a roll ends although an instance refresh waits for it',
    breaks: 'suspended-until-restored',
    caughtBy: /terminated the voter/,
    replaces: [unchecked, replace(awaitSettled, () => () => undefined)],
    provokedBy: { ...NO_FAULTS, faults: [at('terminate', { kind: 'instance-refresh' })] },
  },
  {
    name: 'a roll ends although servers are older than their group lets them become',
    breaks: 'suspended-until-restored',
    caughtBy: /terminated the voter/,
    replaces: [unchecked, replace(awaitSettled, () => () => undefined)],
    provokedBy: {
      ...NO_FAULTS,
      onto: getImage('consul-broken'),
      faults: [at('resize', { kind: 'lifetimes-end', afterMs: 60_000 })],
    },
  },
  {
    name: 'the zones of the servers do not matter at the end',
    breaks: 'everything-restored',
    caughtBy: /AZRebalance moves/,
    replaces: [replace(isUnbalanced, () => () => false)],
    provokedBy: { ...NO_FAULTS, faults: [at('tag', { kind: 'full-zone', zone: 2, forMs: 900_000 })] },
  },
  {
    name: 'in place the next server to leave is of any zone',
    breaks: 'everything-restored',
    caughtBy: /AZRebalance moves/,
    replaces: [replace(isUnbalanced, () => () => false), replace(rankZones, () => () => () => [])],
    provokedBy: { ...NO_FAULTS, maxSize: 4, inPlace: true, surge: 1 },
  },
  {
    name: 'no process is resumed at the end',
    breaks: 'suspended-until-restored',
    replaces: [replace(findProcessesToResume, () => () => [])],
    provokedBy: NO_FAULTS,
  },
  {
    name: 'the processes of a group that is kept are resumed',
    breaks: 'everything-restored',
    caughtBy: /is kept with/,
    replaces: [
      unchecked,
      replace(removeOldLaunchConfiguration, (original) => (input) => {
        const { old } = input.observation;
        const processes = old?.suspendedProcesses ?? [];
        if (old === undefined || processes.length === 0) return original(input);
        return act({ kind: 'resume-processes', group: old.name, processes });
      }),
    ],
    provokedBy: { ...NO_FAULTS, keepOld: true },
  },
  {
    name: 'every running server counts as a replacement',
    breaks: 'no-acknowledged-write-lost',
    replaces: [
      unchecked,
      replace(findFounder, () => () => undefined),
      replace(findFailedGates, () => () => []),
      replace(
        isReady,
        () =>
          (_observation, { agent }) =>
            agent.kind === 'up',
      ),
      replace(awaitCompleteCluster, () => () => undefined),
      replace(awaitSettled, () => () => undefined),
      ...plentyOfVoters,
    ],
    provokedBy: { ...NO_FAULTS, faults: [at('tag', { kind: 'foreign-cluster' })] },
  },
  {
    name: 'the old group stays on $Latest while there is a new version',
    breaks: 'own-image-only',
    replaces: [unchecked, replace(pinVersion, () => () => undefined)],
    provokedBy: { ...NO_FAULTS, launches: { version: '$Latest', mixed: false } },
  },
  {
    name: 'the rollback ends although a server has left that this process did not ask',
    breaks: 'everything-restored',
    caughtBy: /voters are healthy and in service|in-service in-service…/,
    replaces: [
      replace(awaitCompleteCluster, () => () => undefined),
      replace(awaitSettled, () => () => undefined),
      replace(balanceZones, () => () => undefined),
      unchecked,
      replace(restoreOldGroup, (original) => (input) => {
        const hasNew = input.observation.servers.some(({ side }) => side === 'new');
        return hasNew ? original(input) : undefined;
      }),
    ],
    provokedBy: LEFT_BEFORE,
  },
  {
    name: 'a dead server is not replaced once Raft does not have it',
    breaks: 'everything-restored',
    caughtBy: /every run stops/,
    replaces: [replace(isDeadOutsideRaft, () => () => false)],
    provokedBy: { ...NO_FAULTS, faults: [at('delete-group', { kind: 'dead-agent', whom: 'new' })] },
  },
  {
    name: 'a new server that left and joined again is waited for as if it were leaving',
    breaks: 'everything-restored',
    caughtBy: /every run stops/,
    replaces: [
      replace(
        isLeaving,
        () =>
          ({ memory }, { instanceId, peer }) =>
            peer !== undefined && instanceId in memory.leaveRequests,
      ),
    ],
    provokedBy: {
      ...NO_FAULTS,
      faults: [
        at('tag', { kind: 'restarting-image' }),
        at('resize', { kind: 'failing-health-checks', forMs: 900_000 }, 2),
      ],
    },
  },
  {
    name: 'the new launch template version is not deleted',
    breaks: 'everything-restored',
    replaces: [replace(removeNextLaunchSource, () => () => undefined), replace(restoreOldAlias, () => () => undefined)],
    provokedBy: {
      ...NO_FAULTS,
      launches: { version: '2', mixed: false },
      faults: [at('resize', { kind: 'failing-health-checks', forMs: 900_000 }, 2)],
    },
  },
  {
    name: 'a new server counts with any image',
    breaks: 'everything-restored',
    replaces: [
      replace(
        findFailedGates,
        (original) => (observation, server) => original(observation, server).filter((gate) => gate !== 'image'),
      ),
    ],
    provokedBy: {
      ...NO_FAULTS,
      // The same Consul version, so that only the image differs.
      from: { ...getImage('consul-v1'), consulVersion: '1.8.7' },
      onto: { ...getImage('consul-v2'), consulVersion: '1.8.7' },
      launches: undefined,
      faults: [at('resize', { kind: 'image-by-hand' }, 2)],
    },
  },
  {
    name: 'a group without the tags of the roll is ignored',
    breaks: 'everything-restored',
    replaces: [replace(rewriteRecord, () => () => undefined), replace(rewriteTags, () => () => undefined)],
    provokedBy: { ...NO_FAULTS, faults: [at('leave', { kind: 'record-by-hand', side: 'old' }, 2)] },
  },
  {
    name: 'the old launch configuration is not deleted',
    breaks: 'everything-restored',
    replaces: [
      replace(
        executeAction,
        (original) => async (context, action) =>
          action.kind === 'delete-launch-configuration'
            ? { learned: { launchConfigurationsInUse: [action.name] } }
            : original(context, action),
      ),
    ],
    provokedBy: { ...NO_FAULTS, launches: undefined },
  },
  {
    name: 'a group of another cluster is resized',
    breaks: 'only-our-own',
    replaces: [
      replace(executeAction, (original) => async (context, action) => {
        const { cloud } = context.engine;
        const [neighbour] = await cloud.findGroups('neighbour');
        if (neighbour !== undefined) await cloud.setSizes(neighbour.name, { maxSize: 9 });
        return original(context, action);
      }),
    ],
    provokedBy: { ...NO_FAULTS, neighbour: true },
  },
  ...LEAVE_MUTATIONS,
  ...TRUST_MUTATIONS,
  ...CLUSTER_MUTATIONS,
  {
    name: 'a rollback terminates all new servers at once',
    breaks: 'quorum-kept',
    replaces: [
      unchecked,
      replace(drain, (original) => (input, side) => {
        const next = input.observation.servers.find((one) => one.side === 'new' && one.lifecycle === 'InService');
        const isRollback = input.intent.direction === 'rollback' && next !== undefined;
        return isRollback ? terminate(next) : original(input, side);
      }),
    ],
    provokedBy: { ...NO_FAULTS, faults: [at('resize', { kind: 'failing-health-checks', forMs: 900_000 }, 2)] },
  },
];
