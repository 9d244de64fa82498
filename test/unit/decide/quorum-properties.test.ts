import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { safety } from '../../../src/lib/engine/safety/safety.js';
import type { Action } from '../../../src/lib/model/action.js';
import type { Direction } from '../../../src/lib/model/intent.js';
import type { Survey } from '../../../src/lib/model/observation.js';
import type { Refusal } from '../../../src/lib/model/stop-reason.js';
import { limits, type MidRoll, midRoll } from '../../helpers/intents.js';
import { instanceIdOf, LOOK_MS, type Stage } from '../../helpers/servers.js';

const STAGES: readonly Stage[] = [
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
  { weight: 16, arbitrary: fc.constant<Stage>('in-service') },
  { weight: 4, arbitrary: fc.constantFrom(...STAGES) },
);

interface Situation {
  readonly size: number;
  readonly old: readonly Stage[];
  readonly fresh: readonly Stage[];
  readonly leader: number;
  readonly direction: Direction;
  readonly surge: number;
  /** Picks who was asked to leave, who has been down or silent long enough, and who does not answer just now. */
  readonly asked: number;
  readonly quiet: number;
  readonly mute: number;
}

const situations: fc.Arbitrary<Situation> = fc.integer({ min: 3, max: 7 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    old: fc.array(stage, { minLength: 0, maxLength: size }),
    fresh: fc.array(stage, { minLength: 0, maxLength: size }),
    leader: fc.nat(2 * size - 1),
    direction: fc.constantFrom<Direction>('forward', 'back'),
    surge: fc.integer({ min: 1, max: size }),
    asked: fc.nat(20),
    quiet: fc.nat(20),
    mute: fc.nat(20),
  }),
);

function rollIn(situation: Situation): MidRoll {
  const { size, old, fresh, direction, surge } = situation;
  const ids = [...old.map((_, n) => instanceIdOf('old', n)), ...fresh.map((_, n) => instanceIdOf('new', n))];
  const stages = [...old, ...fresh];
  const leader = stages[situation.leader] === 'in-service' ? situation.leader : stages.indexOf('in-service');
  const asked = ids[situation.asked];
  const downLooks = Object.fromEntries(ids.slice(situation.quiet).map((id) => [id, 3]));
  const roll = midRoll(
    {
      size,
      old: old.length,
      new: fresh.length,
      leader: leader < 0 ? undefined : leader,
      stages: Object.fromEntries(ids.map((id, n) => [id, stages[n] ?? 'in-service'])),
      history: {
        leaves: asked === undefined ? {} : { [asked]: { count: 1, lastMs: LOOK_MS - 90_000 } },
        downLooks,
        silentLooks: downLooks,
      },
    },
    { direction, surge },
  );
  return { ...roll, survey: muted(roll.survey, situation.mute) };
}

/** One server, never the leader, does not answer at this look. */
function muted(survey: Survey, which: number): Survey {
  const agent = { kind: 'down', why: 'silent', detail: 'no answer in time' } as const;
  const servers = survey.servers.map((one, n) =>
    n === which && one.peer?.leader !== true ? { ...one, agent } : one,
  );
  return { ...survey, servers };
}

function actionIn({ survey, intent }: MidRoll): Action | undefined {
  const decision = decide(survey, intent, limits);
  return decision.kind === 'act' ? decision.step.action : undefined;
}

/** Refusals that end when another leave ends, a server recovers, or a new one gets ready. */
const PASSING: readonly Refusal['kind'][] = [
  'quorum-at-risk',
  'change-in-flight',
  'too-few-replacements',
  'leader-before-followers',
];

/** How many voters would answer and how many a majority takes, were this server struck out: counted by hand. */
function voteWithout(survey: Survey, instanceId: string) {
  const gone = survey.servers.find((server) => server.instanceId === instanceId);
  const ballot = (survey.raft?.peers ?? []).filter(({ voter, id }) => voter && id !== gone?.peer?.id);
  const heard = ballot.filter(({ id, healthy }) => {
    const server = survey.servers.find((one) => one.peer?.id === id);
    return healthy && server !== undefined && server.agent.kind === 'up';
  });
  let majority = 1;
  while (majority * 2 <= ballot.length) majority += 1;
  return { answering: heard.length, majority };
}

function check(property: (roll: MidRoll, action: Action) => void): void {
  fc.assert(
    fc.property(situations, (situation) => {
      const roll = rollIn(situation);
      const action = actionIn(roll);
      if (action !== undefined) property(roll, action);
    }),
    { numRuns: 500 },
  );
}

describe('whatever the cluster looks like', () => {
  it('a decision is safe, but while a leave asked for before is still under way', () => {
    check(({ survey, intent }, action) => {
      const refusal = safety(survey, intent, action);
      const again = action.kind === 'leave' && survey.history.leaves[action.instanceId] !== undefined;
      const passing: readonly unknown[] = again ? PASSING : ['change-in-flight'];
      if (refusal !== undefined) expect(passing, JSON.stringify(action)).toContain(refusal.kind);
    });
  });

  it('no step that passes both looks leaves fewer than a majority and one to spare, or a majority where a dead one goes', () => {
    check(({ survey, intent }, action) => {
      if (action.kind !== 'leave' && action.kind !== 'terminate') return;
      if (safety(survey, intent, action) !== undefined) return;
      const victim = survey.servers.find((server) => server.instanceId === action.instanceId);
      if (victim?.peer?.voter !== true) return;
      const { answering, majority } = voteWithout(survey, action.instanceId);
      // One that is dead already takes no vote with it.
      const isDead = victim.agent.kind === 'down' && !victim.peer.healthy;
      expect(answering, action.instanceId).toBeGreaterThanOrEqual(isDead ? majority : majority + 1);
    });
  });

  it('a healthy member is never terminated', () => {
    check(({ survey, intent }, action) => {
      if (action.kind !== 'terminate' || safety(survey, intent, action) !== undefined) return;
      const victim = survey.servers.find((server) => server.instanceId === action.instanceId);
      expect(victim?.peer?.healthy === true).toBe(false);
      if (victim?.side === 'old') expect(victim.agent.kind).toBe('down');
    });
  });

  it('servers leave only on the side that the direction empties, and the leader after its followers', () => {
    check(({ survey, intent }, action) => {
      if (action.kind !== 'leave') return;
      const victim = survey.servers.find((server) => server.instanceId === action.instanceId);
      if (victim?.peer === undefined) return;
      expect(victim.side).toBe(intent.direction === 'back' ? 'new' : 'old');
      if (!victim.peer.leader || safety(survey, intent, action) !== undefined) return;
      const followers = survey.servers.filter(
        (one) => one.side === victim.side && one.peer && one !== victim,
      );
      expect(followers).toEqual([]);
    });
  });

  it('nothing at all is done without a leader', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const { survey, intent } = rollIn(situation);
        const dumb = { ...survey, raft: undefined };
        expect(decide(dumb, intent, limits).kind).not.toBe('act');
      }),
      { numRuns: 300 },
    );
  });
});
