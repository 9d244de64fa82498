import { isInService } from '../decide/servers.js';
import type { RollEvent } from '../model/event.js';
import { SPANS, type Span } from '../model/forecast.js';
import type { Server } from '../model/server.js';
import type { Survey } from '../model/survey.js';
import { type Begun, begunBy } from './begun.js';
import type { Pace } from './pace.js';

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
