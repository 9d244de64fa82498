import type { Chance } from '../chance.js';
import type { Fault, FaultTarget, PlannedFault, Trigger } from './fault.js';

/** Draws faults and their triggers. */
export function planFaults(chance: Chance, count: number): PlannedFault[] {
  return Array.from({ length: count }, () => ({ trigger: drawTrigger(chance), fault: drawFault(chance) }));
}

/** From some moment on, servers that hang again and again, for an hour or more. */
export function planFlaps(chance: Chance, count: number): PlannedFault[] {
  const whom = drawTarget(chance);
  const firstMs = chance.between(0, 240) * 1_000;
  const everyMs = chance.between(30, 120) * 1_000;
  const forMs = chance.between(10, 25) * 1_000;
  return Array.from({ length: count }, (_, n) => {
    return { trigger: { kind: 'time', afterMs: firstMs + n * everyMs }, fault: { kind: 'pause-server', whom, forMs } };
  });
}

const TELLING_EFFECTS = ['leave', 'leave', 'leave', 'terminate', 'deregister', 'resize', 'register', 'tag'] as const;

/** More than half of the faults occur at an effect of the roll. */
function drawTrigger(chance: Chance): Trigger {
  if (chance.happens(0.4)) return { kind: 'time', afterMs: chance.between(0, 240_000) };
  const named = chance.pick(TELLING_EFFECTS);
  const delayMs = chance.happens(0.5) ? 0 : chance.between(1, 12_000);
  return { kind: 'effect', named, nth: chance.between(1, 4), delayMs };
}

const OUTAGES = ['no-credentials', 'aws-throttled', 'aws-unavailable', 'aws-unreachable', 'aws-busy'] as const;

const REFUSED_LAUNCHES = ['InsufficientInstanceCapacity', 'VcpuLimitExceeded', 'InvalidAMIID.Unavailable'] as const;

const FAULTS: readonly ((chance: Chance) => Fault)[] = [
  (chance) => ({ kind: 'kill-server', whom: drawTarget(chance) }),
  (chance) => ({ kind: 'dead-agent', whom: drawTarget(chance) }),
  (chance) => ({ kind: 'pause-server', whom: drawTarget(chance), forMs: chance.between(1, 150) * 1_000 }),
  (chance) => ({ kind: 'closed-raft-port', whom: drawTarget(chance), forMs: drawWindowMs(chance) }),
  (chance) => ({ kind: 'hang-in-leave', forMs: drawWindowMs(chance) }),
  (chance) => ({ kind: 'no-leader', forMs: chance.between(2, 90) * 1_000 }),
  (chance) => ({ kind: 'terminate-instance', whom: drawTarget(chance), throughGroup: chance.happens(0.3) }),
  (chance) => ({ kind: 'no-addresses', forMs: drawWindowMs(chance) }),
  (chance) => ({ kind: 'full-zone', zone: chance.between(0, 2), forMs: drawWindowMs(chance) }),
  (chance) => ({ kind: 'health-marks', servers: chance.between(1, 7) }),
  (chance) => ({ kind: 'no-launches', code: chance.pick(REFUSED_LAUNCHES), forMs: drawWindowMs(chance) }),
  (chance) => ({ kind: 'failing-health-checks', forMs: drawWindowMs(chance) }),
  () => ({ kind: 'foreign-cluster' }),
  (chance) => ({ kind: 'eager-supervisor', times: chance.pick([1, 2, 3, 4, 1_000]) }),
  () => ({ kind: 'restarting-image' }),
  (chance) => ({ kind: 'ignored-leave', times: chance.between(1, 2) }),
  (chance) => ({ kind: 'refused-leaves', side: chance.pick(['old', 'new']), forMs: drawWindowMs(chance) }),
  (chance) => ({
    kind: 'unresponsive-server',
    whom: drawTarget(chance),
    as: chance.pick(['broken', 'silent', 'denied']),
    forMs: drawWindowMs(chance),
  }),
  (chance) => ({ kind: 'aws-outage', code: chance.pick(OUTAGES), forMs: drawWindowMs(chance) }),
  (chance) => ({ kind: 'others-lost', what: chance.pick(['clients', 'replication']), forMs: drawWindowMs(chance) }),
  () => ({ kind: 'orphan-peer' }),
  () => ({ kind: 'instance-refresh' }),
  (chance) => ({
    kind: 'standby',
    whom: drawTarget(chance),
    backAfterMs: chance.happens(0.5) ? chance.between(5, 300) * 1_000 : undefined,
  }),
  (chance) => ({ kind: 'detach', whom: drawTarget(chance), lowers: chance.happens(0.7) }),
  (chance) => ({
    kind: 'lifecycle-hook',
    holds: chance.pick(['LAUNCHING', 'TERMINATING']),
    forMs: drawWindowMs(chance),
    result: chance.pick(['CONTINUE', 'ABANDON']),
  }),
  (chance) => ({ kind: 'lifetimes-end', afterMs: drawWindowMs(chance) }),
  (chance) => ({
    kind: 'scaled-by-hand',
    side: chance.pick(['old', 'new']),
    by: chance.pick([-2, -1, 1, 2, 3]),
    backAfterMs: chance.happens(0.5) ? chance.between(1, 200) * 1_000 : undefined,
  }),
  () => ({ kind: 'image-by-hand' }),
  () => ({ kind: 'old-image-gone' }),
  () => ({ kind: 'keys-by-hand' }),
  (chance) => ({ kind: 'record-by-hand', side: chance.pick(['old', 'old', 'new']) }),
];

function drawFault(chance: Chance): Fault {
  return chance.pick(FAULTS)(chance);
}

function drawTarget(chance: Chance): FaultTarget {
  return chance.pick(['leader', 'old', 'new', 'any']);
}

/** Seconds, minutes, or until the faults are stopped. */
function drawWindowMs(chance: Chance): number {
  return chance.pick([10, 30, 60, 150, 400, 4_000]) * chance.between(500, 1_000);
}
