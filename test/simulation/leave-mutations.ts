import { isLeaving } from '../../src/lib/engine/decide/leave.js';
import { leaveTogether } from '../../src/lib/engine/decide/leave-together.js';
import { executeAction } from '../../src/lib/engine/execute.js';
import { checkSafety } from '../../src/lib/engine/safety/safety.js';
import type { AddressedServer } from '../../src/lib/model/action.js';
import type { Decision, DecisionInput } from '../../src/lib/model/decision.js';
import { type Mutation, NO_FAULTS, replace } from './mutation.js';
import type { Scenario } from './scenario.js';

/** Of five servers three may leave at once. */
const FIVE: Partial<Scenario> = { ...NO_FAULTS, size: 5, maxSize: 5 };

const unchecked = replace(checkSafety, () => () => undefined);

/** The servers of each step that asks some to leave are others than were decided. */
function changeLeaves(
  change: (servers: readonly AddressedServer[], input: DecisionInput) => readonly AddressedServer[],
) {
  return replace(leaveTogether, (original) => (input, decideNext): Decision => {
    const decision = original(input, decideNext);
    if (decision.kind !== 'act' || decision.step.action.kind !== 'leave') return decision;
    const { action } = decision.step;
    const servers = change(action.servers, input);
    return { ...decision, step: { ...decision.step, action: { ...action, servers } } };
  });
}

/** Broken rules of steps that ask several servers to leave. */
export const LEAVE_MUTATIONS: readonly Mutation[] = [
  {
    name: 'one of several servers is asked to leave twice in one step',
    breaks: 'one-change',
    caughtBy: /asked to leave again/,
    replaces: [unchecked, changeLeaves(([first, ...others]) => (first ? [first, ...others, first] : []))],
    provokedBy: FIVE,
  },
  {
    name: 'it is forgotten which servers have agreed to leave where another one did not answer',
    breaks: 'one-change',
    caughtBy: /asked to leave again/,
    replaces: [
      replace(executeAction, (original) => async (context, action) => {
        const result = await original(context, action);
        if (result.failed !== undefined) throw result.failed.error;
        return result;
      }),
    ],
    provokedBy: { ...FIVE, intervalMs: 2_000, leaveCalls: [{ nth: 2, outcome: 'lost' }] },
  },
  {
    name: 'the servers of one step are not counted with each other',
    breaks: 'quorum-margin',
    caughtBy: /beside \d+ others that leave/,
    replaces: [
      unchecked,
      changeLeaves((servers, { observation, memory }) => {
        const side = observation.servers.find(({ instanceId }) => instanceId === servers[0]?.instanceId)?.side;
        const alone = observation.servers.filter(
          (one) => one.side === side && one.peer?.leader === false && !isLeaving({ observation, memory }, one),
        );
        const all = alone.flatMap(({ instanceId, address }) =>
          address === undefined ? [] : [{ instanceId, address }],
        );
        return all.length === 0 ? servers : all;
      }),
    ],
    provokedBy: FIVE,
  },
];
