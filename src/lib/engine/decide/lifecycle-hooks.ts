import type { HeldBy } from '../../model/decision.js';
import type { LifecycleHook } from '../../model/group.js';
import type { Hold, Knowledge, Memory } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import { measureObservedMs } from '../../model/observed-time.js';
import type { Server, Side } from '../../model/server.js';
import { isTerminating } from '../../model/servers.js';
import type { StopReason, TimeoutCause } from '../../model/stop-reason.js';

type Transition = LifecycleHook['holds'];

/** Which transition of the server a lifecycle hook holds now. */
function findHeldTransition({ lifecycle }: Server): Transition | undefined {
  if (!lifecycle.endsWith(':Wait')) return undefined;
  return isTerminating({ lifecycle }) ? 'terminations' : 'launches';
}

/** The holds with this observation added. */
export function updateHolds({ observation, memory }: Knowledge): Memory['holds'] {
  const { atMs, servers } = observation;
  const known = Object.entries(memory.holds ?? {}).map(([id, hold]): [string, Hold] => {
    const server = servers.find(({ instanceId }) => instanceId === id);
    const isReleased = hold.isReleased || (server !== undefined && !isTerminating(server) && !isHeld(server));
    return [id, { ...hold, isReleased }];
  });
  const held = servers.flatMap((server): [string, Hold][] => {
    const transition = findHeldTransition(server);
    if (transition === undefined) return [];
    const before = memory.holds?.[server.instanceId];
    const sinceMs = before?.transition === transition ? before.sinceMs : atMs;
    const { hooks } = findHold(observation, [server]) ?? { hooks: before?.hooks ?? [] };
    return [[server.instanceId, { transition, side: server.side, hooks, sinceMs, untilMs: atMs, isReleased: false }]];
  });
  return known.length + held.length === 0 ? memory.holds : Object.fromEntries([...known, ...held]);
}

/** True while a lifecycle hook holds the launch or the termination of the server. */
export function isHeld(server: Server): boolean {
  return findHeldTransition(server) !== undefined;
}

/** What holds these servers now, and for how long at most; the hooks of a transition hold a server in turn. */
export function findHold(observation: Observation, servers: readonly Server[]): HeldBy | undefined {
  const holding = servers.map((server) => listHoldingHooks(observation, server));
  const hooks = [...new Set(holding.flat().map(({ name }) => name))];
  if (hooks.length === 0) return undefined;
  const forMs = Math.max(...holding.map((each) => each.reduce((sum, { timeoutMs }) => sum + timeoutMs, 0)));
  return { hooks, forMs };
}

function listHoldingHooks(observation: Observation, server: Server): readonly LifecycleHook[] {
  const transition = findHeldTransition(server);
  const hooks = observation[server.side]?.hooks ?? [];
  return hooks.filter(({ holds }) => holds === transition);
}

/** The same as part of a wait. */
export function describeHold(observation: Observation, servers: readonly Server[]): { readonly held?: HeldBy } {
  const held = findHold(observation, servers);
  return held === undefined ? {} : { held };
}

/**
 * How much longer than its own limit a wait that began with the launch of these servers may take: as long as the hooks
 * that hold them may, or as long as they held them.
 */
export function computeHoldMs({ observation, memory }: Knowledge, servers: readonly Server[]): number {
  const holdsMs = servers.map((server) => {
    if (isHeld(server)) return findHold(observation, [server])?.forMs ?? 0;
    const hold = memory.holds?.[server.instanceId];
    return hold === undefined ? 0 : measureObservedMs(memory.gaps, hold.sinceMs, hold.untilMs);
  });
  return Math.max(0, ...holdsMs);
}

/** A cause for each server that a hook holds, with what ends it. */
export function listHeldCauses(observation: Observation, servers: readonly Server[]): readonly TimeoutCause[] {
  return servers.flatMap((server): TimeoutCause[] => {
    const { hooks = [] } = findHold(observation, [server]) ?? {};
    const group = observation[server.side]?.name ?? '';
    return hooks.length === 0 ? [] : [{ kind: 'held', instanceId: server.instanceId, group, hooks }];
  });
}

/** A server whose launch a hook abandoned: Auto Scaling ends it and launches another, for which the same hook waits. */
export function findAbandonedLaunch({ observation, memory }: Knowledge, side: Side): StopReason | undefined {
  for (const [instanceId, hold] of Object.entries(memory.holds ?? {})) {
    if (hold.transition !== 'launches' || hold.side !== side || hold.isReleased) continue;
    const server = observation.servers.find((one) => one.instanceId === instanceId);
    if (server !== undefined && !isTerminating(server)) continue;
    return { kind: 'launch-abandoned', instanceId, hooks: hold.hooks };
  }
  return undefined;
}
