import { targetGroupNamed } from '../model/balancer.js';
import type { Basis, Span } from '../model/forecast.js';
import type { Order } from '../model/plan.js';
import type { Survey } from '../model/survey.js';

/** How long one thing takes, in milliseconds. */
export interface Length {
  readonly ms: number;
  readonly basis: Basis;
}

/** How long everything takes here. */
export interface Pace extends Readonly<Record<Span, Length>> {
  /** From the first look that finds something to the last of the row that proves it, in milliseconds. */
  readonly rowMs: number;
}

/** What of an order makes a roll slower or faster. */
export type Conditions = Pick<Order, 'limits' | 'intervalMs'>;

/** From a launch on AWS until a Consul server has joined, on a small instance. */
const BOOT_MS = 75_000;
/** Autopilot's own default: so long it watches a healthy server before that may vote. */
const STABILIZATION_MS = 10_000;
/** A few checks of a load balancer. */
const SERVICE_MS = 20_000;
/** From the request to leave until Raft has let go, and until the agent is down: as measured on Consul 1.8.7. */
const [LEAVE_MS, STOP_MS] = [5_000, 15_000];
const TERMINATE_MS = 45_000;
const DELETE_MS = 15_000;
const STEP_MS = 2_000;

/** The pace of a roll of which nothing has been measured. */
export function assumedPace(survey: Survey, { limits, intervalMs }: Conditions): Pace {
  const stabilizationMs = survey.facts?.autopilot?.serverStabilizationMs ?? STABILIZATION_MS;
  const rowMs = Math.max(0, limits.looks - 1) * intervalMs;
  return {
    rowMs,
    boot: assumed(BOOT_MS + stabilizationMs + rowMs),
    service: assumed(SERVICE_MS),
    drain: drainOf(survey),
    leave: assumed(LEAVE_MS),
    stop: assumed(STOP_MS),
    terminate: assumed(TERMINATE_MS),
    delete: assumed(DELETE_MS),
    look: set(intervalMs),
    bake: set(limits.bakeMs),
    step: assumed(STEP_MS),
  };
}

/** A target group drains for as long as it is set to, a classic load balancer no longer than connections last. */
function drainOf({ drainingMs }: Survey): Length {
  const all = Object.entries(drainingMs);
  const longestMs = (some: typeof all) => Math.max(0, ...some.map(([, ms]) => ms));
  const [setMs, halfMs] = [
    longestMs(all.filter(([name]) => targetGroupNamed(name) !== undefined)),
    longestMs(all) / 2,
  ];
  return setMs >= halfMs ? set(setMs) : assumed(halfMs);
}

function assumed(ms: number): Length {
  return { ms, basis: 'assumed' };
}

function set(ms: number): Length {
  return { ms, basis: 'set' };
}
