import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import { type Action, listDepartingInstances } from '../../../src/lib/model/action.js';
import type { DecisionInput } from '../../../src/lib/model/decision.js';
import type { Direction } from '../../../src/lib/model/intent.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import type { StopReason } from '../../../src/lib/model/stop-reason.js';
import { buildMidRoll, limits } from '../../helpers/intents.js';
import { buildInstanceId, OBSERVED_AT_MS, type ServerStage } from '../../helpers/servers.js';

const STAGES: readonly ServerStage[] = [
  'booting',
  'joined',
  'voter',
  'unhealthy',
  'draining',
  'deregistered',
  'left',
  'terminating',
];
const stage = fc.oneof(
  { weight: 16, arbitrary: fc.constant<ServerStage>('in-service') },
  { weight: 4, arbitrary: fc.constantFrom(...STAGES) },
);

interface Situation {
  readonly size: number;
  readonly old: readonly ServerStage[];
  readonly fresh: readonly ServerStage[];
  readonly leader: number;
  readonly direction: Direction;
  readonly surge: number;
  /** Draws the servers that were asked to leave, that are down long enough, and that do not answer now. */
  readonly asked: number;
  readonly quiet: number;
  readonly mute: number;
}

const situations: fc.Arbitrary<Situation> = fc
  .integer({ min: 3, max: 7 })
  .chain((size) =>
    fc.record({
      size: fc.constant(size),
      old: fc.array(stage, { minLength: 0, maxLength: size }),
      fresh: fc.array(stage, { minLength: 0, maxLength: size }),
      leader: fc.nat(2 * size - 1),
      direction: fc.constantFrom<Direction>('forward', 'rollback'),
      surge: fc.integer({ min: 1, max: size }),
      asked: fc.nat(20),
      quiet: fc.nat(20),
      mute: fc.nat(20),
    }),
  );

function rollIn(situation: Situation): DecisionInput {
  const { size, old, fresh, direction, surge } = situation;
  const ids = [...old.map((_, n) => buildInstanceId('old', n)), ...fresh.map((_, n) => buildInstanceId('new', n))];
  const stages = [...old, ...fresh];
  const leader = stages[situation.leader] === 'in-service' ? situation.leader : stages.indexOf('in-service');
  const asked = ids[situation.asked];
  const streaks = Object.fromEntries(ids.slice(situation.quiet).map((id) => [id, 3]));
  const roll = buildMidRoll(
    {
      size,
      old: old.length,
      new: fresh.length,
      leader: leader < 0 ? undefined : leader,
      stages: Object.fromEntries(ids.map((id, n) => [id, stages[n] ?? 'in-service'])),
      history: {
        leaveRequests: asked === undefined ? {} : { [asked]: { count: 1, lastRequestedAtMs: OBSERVED_AT_MS - 90_000 } },
        downStreaks: streaks,
        silentStreaks: streaks,
      },
    },
    { direction, surge },
  );
  return { ...roll, observation: muted(roll.observation, situation.mute) };
}

/** One server, never the leader, does not answer in this observation. */
function muted(observation: Observation, which: number): Observation {
  const agent = { kind: 'down', why: 'silent', detail: 'no answer in time' } as const;
  const servers = observation.servers.map((one, n) =>
    n === which && one.peer?.leader !== true ? { ...one, agent } : one,
  );
  return { ...observation, servers };
}

function actionIn({ observation, memory, intent }: DecisionInput): Action | undefined {
  const decision = decide({ observation, memory, intent, limits });
  return decision.kind === 'act' ? decision.step.action : undefined;
}

/** Stop reasons that end when another leave ends, a server recovers, or a new one gets ready. */
const PASSING: readonly StopReason['kind'][] = [
  'quorum-at-risk',
  'membership-change-pending',
  'too-few-replacements',
  'leader-must-leave-last',
];

/** Answering voters and quorum if this server were removed, counted here without the engine. */
function voteWithout(observation: Observation, instanceId: string) {
  const gone = observation.servers.find((server) => server.instanceId === instanceId);
  const ballot = (observation.raft?.peers ?? []).filter(({ voter, id }) => voter && id !== gone?.peer?.id);
  const heard = ballot.filter(({ id, healthy }) => {
    const server = observation.servers.find((one) => one.peer?.id === id);
    return healthy && server !== undefined && server.agent.kind === 'up';
  });
  let majority = 1;
  while (majority * 2 <= ballot.length) majority += 1;
  return { answering: heard.length, majority };
}

/** Answering voters and quorum if these died and Raft still counted them, with or without a vote yet. */
function voteWith({ raft, servers }: Observation, dying: readonly string[]) {
  const ballot = (raft?.peers ?? []).filter(({ voter, id }) => voter || dying.includes(id));
  const heard = ballot.filter(({ id, healthy }) => {
    const server = servers.find((one) => one.peer?.id === id);
    return healthy && !dying.includes(id) && server?.agent.kind === 'up';
  });
  return { answering: heard.length, majority: Math.floor(ballot.length / 2) + 1 };
}

/** A new server is the only voter although old ones are in Raft: it founded that cluster, and is terminated. */
function isOfFounder({ raft, servers }: Observation): boolean {
  const voters = servers.filter(({ peer }) => peer?.voter === true);
  const hasOld = servers.some(({ side, peer }) => side === 'old' && peer !== undefined);
  return hasOld && voters.length === 1 && voters[0]?.side === 'new' && raft !== undefined;
}

/** The side that leaves takes no traffic any more, so that its servers may leave. */
function drainedIn(situation: Situation): Situation {
  const side = situation.direction === 'forward' ? 'old' : 'fresh';
  const stages = situation[side].map((one) => (one === 'in-service' ? 'deregistered' : one));
  return { ...situation, [side]: stages };
}

function check(property: (roll: DecisionInput, action: Action) => void, change = (one: Situation) => one): void {
  fc.assert(
    fc.property(situations.map(change), (situation) => {
      const roll = rollIn(situation);
      const action = isOfFounder(roll.observation) ? undefined : actionIn(roll);
      if (action !== undefined) property(roll, action);
    }),
    { numRuns: 500 },
  );
}

describe('decide and checkSafety for any cluster', () => {
  it('a decision is safe, except while an earlier leave request is still in progress', () => {
    check(({ observation, memory, intent }, action) => {
      const reason = checkSafety({ observation, memory, intent }, action);
      // A new server that ignores it is terminated.
      const isRemoval = action.kind === 'leave' || action.kind === 'terminate';
      const again = isRemoval && listDepartingInstances(action).some((id) => memory.leaveRequests[id] !== undefined);
      const passing: readonly unknown[] = again ? PASSING : ['membership-change-pending'];
      if (reason !== undefined) expect(passing, JSON.stringify(action)).toContain(reason.kind);
    });
  });

  it('a safe step leaves a majority plus one, or a majority if the server is dead', () => {
    check(({ observation, memory, intent }, action) => {
      if (action.kind !== 'leave' && action.kind !== 'terminate') return;
      if (checkSafety({ observation, memory, intent }, action) !== undefined) return;
      for (const instanceId of listDepartingInstances(action)) {
        const departing = observation.servers.find((server) => server.instanceId === instanceId);
        if (departing?.peer?.voter !== true) continue;
        const { answering, majority } = voteWithout(observation, instanceId);
        // A dead server takes no vote with it.
        const isDead = departing.agent.kind === 'down' && !departing.peer.healthy;
        expect(answering, instanceId).toBeGreaterThanOrEqual(isDead ? majority : majority + 1);
      }
    });
  });

  it('a healthy member is never terminated, except a new one without a vote that was asked to leave', () => {
    check(({ observation, memory, intent }, action) => {
      if (action.kind !== 'terminate' || checkSafety({ observation, memory, intent }, action) !== undefined) return;
      const departing = observation.servers.find((server) => server.instanceId === action.instanceId);
      const isLossless = departing?.side === 'new' && departing.peer?.voter === false;
      const isAsked = memory.leaveRequests[action.instanceId] !== undefined;
      expect(departing?.peer?.healthy === true && !(isLossless && isAsked)).toBe(false);
      if (departing?.side === 'old') expect(departing.agent.kind).toBe('down');
    });
  });

  it('several leave in one step only where a quorum and one more would stand if all that leave died', () => {
    let most = 0;
    check(({ observation, memory, intent }, action) => {
      if (action.kind !== 'leave' || action.servers.length < 2) return;
      if (checkSafety({ observation, memory, intent }, action) !== undefined) return;
      const ids = listDepartingInstances(action);
      most = Math.max(most, ids.length);
      expect(new Set(ids).size).toBe(ids.length);
      const asked = Object.keys(memory.leaveRequests);
      const inRaft = observation.servers.filter(({ peer }) => peer !== undefined);
      expect(ids.filter((id) => asked.includes(id) && inRaft.some((one) => one.instanceId === id))).toEqual([]);
      const dying = inRaft.filter(({ instanceId }) => [...asked, ...ids].includes(instanceId));
      expect(dying.filter(({ peer }) => peer?.leader)).toEqual([]);
      const { answering, majority } = voteWith(
        observation,
        dying.map(({ peer }) => peer?.id ?? ''),
      );
      expect(answering, ids.join()).toBeGreaterThanOrEqual(majority + 1);
    }, drainedIn);
    expect(most).toBeGreaterThan(1);
  });

  it('servers leave only the side that is being emptied, and the leader after its followers', () => {
    check(({ observation, memory, intent }, action) => {
      if (action.kind !== 'leave') return;
      const isRefused = checkSafety({ observation, memory, intent }, action) !== undefined;
      for (const departing of observation.servers) {
        const { instanceId, side, peer } = departing;
        if (peer === undefined || !listDepartingInstances(action).includes(instanceId)) continue;
        // One that was asked already is asked again.
        if (memory.leaveRequests[instanceId] === undefined)
          expect(side).toBe(intent.direction === 'rollback' ? 'new' : 'old');
        if (!peer.leader || isRefused) continue;
        const followers = observation.servers.filter((one) => one.side === side && one.peer && one !== departing);
        expect(followers).toEqual([]);
      }
    });
  });

  it('no step is taken without a leader', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const { observation, memory, intent } = rollIn(situation);
        const dumb = { ...observation, raft: undefined };
        expect(decide({ observation: dumb, memory, intent, limits }).kind).not.toBe('act');
      }),
      { numRuns: 300 },
    );
  });
});
