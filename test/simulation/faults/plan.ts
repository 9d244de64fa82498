import type { Chance } from '../chance.js';
import type { Fault, PlannedFault, Trigger, Whom } from './fault.js';

/** Draws faults and when they come. */
export function planFaults(chance: Chance, count: number): PlannedFault[] {
  return Array.from({ length: count }, () => ({ trigger: triggerOf(chance), fault: faultOf(chance) }));
}

/** Half of them at what a roll is about to change, where they hurt most. */
function triggerOf(chance: Chance): Trigger {
  if (chance.happens(0.4)) return { kind: 'time', afterMs: chance.between(0, 240_000) };
  const named = chance.pick([
    'leave',
    'leave',
    'leave',
    'terminate',
    'deregister',
    'resize',
    'register',
    'tag',
  ]);
  const delayMs = chance.happens(0.5) ? 0 : chance.between(1, 12_000);
  return { kind: 'effect', named, nth: chance.between(1, 4), delayMs };
}

const FAULTS: readonly ((chance: Chance) => Fault)[] = [
  (chance) => ({ kind: 'kill-server', whom: whomOf(chance) }),
  (chance) => ({ kind: 'freeze-server', whom: whomOf(chance), forMs: chance.between(1, 150) * 1_000 }),
  (chance) => ({ kind: 'terminate-instance', whom: whomOf(chance) }),
  (chance) => ({ kind: 'no-capacity', forMs: windowOf(chance) }),
  (chance) => ({ kind: 'blind-balancer', forMs: windowOf(chance) }),
  () => ({ kind: 'foreign-cluster' }),
  (chance) => ({ kind: 'eager-supervisor', times: chance.between(1, 4) }),
  (chance) => ({ kind: 'deaf-leave', times: chance.between(1, 2) }),
  (chance) => ({
    kind: 'mute-server',
    whom: whomOf(chance),
    as: chance.pick(['broken', 'silent']),
    forMs: windowOf(chance),
  }),
  (chance) => ({
    kind: 'aws-outage',
    code: chance.pick(['no-credentials', 'aws-throttled', 'aws-unavailable', 'aws-unreachable']),
    forMs: windowOf(chance),
  }),
  () => ({ kind: 'ghost' }),
];

function faultOf(chance: Chance): Fault {
  return chance.pick(FAULTS)(chance);
}

function whomOf(chance: Chance): Whom {
  return chance.pick(['leader', 'old', 'new', 'any']);
}

/** Seconds or minutes. */
function windowOf(chance: Chance): number {
  return chance.pick([10, 30, 60, 150, 400]) * chance.between(500, 1_000);
}
