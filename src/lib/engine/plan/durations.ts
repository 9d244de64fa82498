import { type Basis, SPANS, type Span } from '../../model/estimate.js';
import type { RollEvent } from '../../model/events.js';
import { targetGroupNamed } from '../../model/load-balancer.js';
import type { Survey } from '../../model/observation.js';
import type { Order } from '../../model/plan.js';
import type { Server } from '../../model/server.js';
import { isInService } from '../decide/servers.js';
import { type Begun, begunBy } from './estimate.js';

/** How long things took so far in this run, as its events tell it. */
export interface Measured {
  /** What has ended, in milliseconds each. */
  readonly taken: Readonly<Partial<Record<Span, readonly number[]>>>;
  /** What is going on. */
  readonly begun: readonly Begun[];
  /** Instances at the last look; undefined before the first. */
  readonly known: readonly string[] | undefined;
  /** When servers were last launched; undefined where this run has launched none. */
  readonly launchedAtMs: number | undefined;
  /** The last look, where it led to a step, and when that was done. */
  readonly stepping: { readonly sinceMs: number; readonly doneAtMs: number | undefined } | undefined;
}

export const NOTHING_MEASURED: Measured = {
  taken: {},
  begun: [],
  known: undefined,
  launchedAtMs: undefined,
  stepping: undefined,
};

/** What is known once this event is. */
export function measuredWith(measured: Measured, event: RollEvent): Measured {
  if (event.kind === 'step-done') {
    const { action } = event.step;
    // A launch is measured server by server, from the first look that shows each.
    const started = begunBy(action, event.atMs).filter(({ span }) => span !== 'boot');
    const { stepping } = measured;
    return {
      ...measured,
      begun: [...measured.begun, ...started],
      launchedAtMs: action.kind === 'grow' ? event.atMs : measured.launchedAtMs,
      stepping: stepping && { ...stepping, doneAtMs: event.atMs },
    };
  }
  return event.kind === 'looked' ? looked(measured, event) : measured;
}

/** The pace as far as it is measured. What goes on for longer than one of its kind ever took is the slowest so far. */
export function measuredPace(assumed: Pace, { taken, begun }: Measured, nowMs: number): Pace {
  const entries = SPANS.map((span) => {
    const seen = taken[span] ?? [];
    const known = seen.length === 0 ? assumed[span] : { ms: typical(span, seen), basis: 'measured' };
    const ages = begun.filter((one) => one.span === span).map(({ sinceMs }) => nowMs - sinceMs);
    return [span, { ...known, ms: Math.max(known.ms, ...ages) }];
  });
  return { ...assumed, ...Object.fromEntries(entries) };
}

/** The slowest boot, because all of them are waited for; of steps the one in the middle, for a snapshot is like no other. */
function typical(span: Span, seen: readonly number[]): number {
  if (span === 'boot') return Math.max(...seen);
  if (span === 'step') return [...seen].sort((a, b) => a - b)[Math.floor(seen.length / 2)] ?? 0;
  return seen.reduce((sum, ms) => sum + ms, 0) / seen.length;
}

function looked(measured: Measured, event: Extract<RollEvent, { readonly kind: 'looked' }>): Measured {
  const { survey, decision, atMs } = event;
  const { known, launchedAtMs, stepping } = measured;
  const fresh = survey.servers.filter(
    (server) => known !== undefined && !known.includes(server.instanceId) && !isProved(survey, server),
  );
  const booting = fresh.flatMap(({ instanceId }): Begun[] =>
    launchedAtMs === undefined ? [] : [{ span: 'boot', subject: instanceId, sinceMs: launchedAtMs }],
  );
  const begun = [...measured.begun, ...booting].map((one) => ({ one, is: stateOf(one, survey) }));
  const taken = { ...measured.taken };
  const note = (span: Span, ms: number) => {
    taken[span] = [...(taken[span] ?? []), ms];
  };
  for (const { one, is } of begun) if (is === 'ended') note(one.span, atMs - one.sinceMs);
  if (stepping !== undefined && isTimed(stepping, atMs)) note('step', atMs - stepping.sinceMs);
  return {
    taken,
    begun: begun.filter(({ is }) => is === 'on').map(({ one }) => one),
    known: survey.servers.map(({ instanceId }) => instanceId),
    launchedAtMs,
    stepping: decision.kind === 'act' ? { sinceMs: atMs, doneAtMs: undefined } : undefined,
  };
}

/** Who watches somebody else's roll learns of a step by the look after it, which tells nothing of how long it took. */
function isTimed({ sinceMs, doneAtMs }: NonNullable<Measured['stepping']>, atMs: number): boolean {
  return doneAtMs !== undefined && (doneAtMs < atMs || sinceMs === atMs);
}

/** `moot`: it will never end, because what it was about is gone. */
function stateOf({ span, subject }: Begun, survey: Survey): 'on' | 'ended' | 'moot' {
  if (span === 'delete') {
    return [survey.old, survey.new].some((group) => group?.name === subject) ? 'on' : 'ended';
  }
  const ids = subject.split(' ');
  const servers = survey.servers.filter(({ instanceId }) => ids.includes(instanceId));
  const isGoing = span === 'boot' || span === 'service';
  if (servers.length < ids.length) return isGoing ? 'moot' : 'ended';
  return servers.every((server) => isOver(span, survey, server)) ? 'ended' : 'on';
}

function isOver(span: Span, survey: Survey, server: Server): boolean {
  switch (span) {
    case 'boot':
      return isProved(survey, server);
    case 'service':
      return isInService(server);
    case 'drain':
      return Object.values(server.balancers).every((state) => state === 'absent');
    case 'leave':
      return survey.raft !== undefined && server.peer === undefined;
    case 'stop':
      return server.agent.kind === 'down' && server.peer === undefined;
    default:
      return false;
  }
}

function isProved({ history }: Survey, { instanceId }: Server): boolean {
  return history.proved.includes(instanceId);
}

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
