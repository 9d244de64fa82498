import { type Action, findDepartingInstance } from '../../model/action.js';
import type { Decision, Phase } from '../../model/decision.js';
import type { HookPoint, HookServer } from '../../model/hook.js';
import type { Intent } from '../../model/intent.js';
import type { Knowledge } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import { isReady } from '../decide/gates.js';
import { isInService, isTerminating, listActiveServers } from '../decide/servers.js';

/**
 * The moments of one run that are due and not yet over. A run that carries on knows nothing of those of the run
 * before, so a hook runs once at the least, and again where a step is taken again.
 */
export class HookPoints {
  #phase: Phase | undefined;
  readonly #leaving = new Map<string, HookServer>();
  readonly #arriving = new Set<string>();
  /** Moves of servers after which everything is done. */
  readonly #finished = new Set<string>();

  /** What is due before this decision is carried out, in order. */
  findDue(known: Knowledge, intent: Intent, decision: Decision): readonly HookPoint[] {
    const phase = findPhase(decision);
    const left = this.#phase;
    const ofNow = phase ?? left;
    if (ofNow === undefined || decision.kind === 'stop') return [];
    const changes = phase !== left;
    return [
      ...this.#after(known, intent).map((moment) => ({ ...moment, phase: left ?? ofNow })),
      ...(changes && left !== undefined ? [buildPhasePoint('after-phase', left)] : []),
      ...(changes && phase !== undefined ? [buildPhasePoint('before-phase', phase)] : []),
      ...this.#before(known.observation, decision).map((moment) => ({ ...moment, phase: ofNow })),
    ];
  }

  /** Everything that was due at this moment has been done. */
  markDone({ on, phase, server, move }: HookPoint): void {
    if (on === 'before-phase') this.#phase = phase;
    if (on === 'after-phase') this.#phase = undefined;
    if (server === undefined) return;
    if (on === 'after-server') this.#finished.add(`${move} ${server.instanceId}`);
    else if (move === 'leaving') this.#leaving.set(server.instanceId, server);
    else this.#arriving.add(server.instanceId);
  }

  /** A server has gone once nobody counts on it any more, and has come once it proved itself and is in service. */
  #after(known: Knowledge, intent: Intent): Omit<HookPoint, 'phase'>[] {
    const { observation } = known;
    const standing = new Set(
      observation.servers.flatMap((one) => (isTerminating(one) ? [] : [one.instanceId])),
    );
    const gone = [...this.#leaving.values()].filter(({ instanceId }) => !standing.has(instanceId));
    const come = findArrivals(observation, intent).filter((one) => isReady(known, one) && isInService(one));
    return [
      ...gone.map((server) => ({ on: 'after-server', server, move: 'leaving' }) as const),
      ...come.map(
        (server) => ({ on: 'after-server', server: toHookServer(server), move: 'arriving' }) as const,
      ),
    ].filter(({ move, server }) => !this.#finished.has(`${move} ${server.instanceId}`));
  }

  #before(observation: Observation, decision: Decision): Omit<HookPoint, 'phase'>[] {
    if (decision.kind !== 'act') return [];
    const { action } = decision.step;
    const victim = findDepartingInstance(action);
    const touched = victim === undefined ? listRegistered(action) : [victim];
    const known = victim === undefined ? this.#arriving : this.#leaving;
    const move = victim === undefined ? 'arriving' : 'leaving';
    return observation.servers
      .filter(({ instanceId }) => touched.includes(instanceId) && !known.has(instanceId))
      .map((server) => ({ on: 'before-server', server: toHookServer(server), move }) as const);
  }
}

function findPhase(decision: Decision): Phase | undefined {
  if (decision.kind === 'act') return decision.step.phase;
  return decision.kind === 'wait' ? decision.wait.phase : undefined;
}

function buildPhasePoint(on: 'before-phase' | 'after-phase', phase: Phase): HookPoint {
  return { on, phase, server: undefined, move: undefined };
}

function listRegistered(action: Action): readonly string[] {
  return action.kind === 'register' ? action.instanceIds : [];
}

/** On the way back only the old servers that had gone come again. */
function findArrivals(observation: Observation, { direction, startedAtMs }: Intent): readonly Server[] {
  if (direction === 'forward') return listActiveServers(observation, 'new');
  return listActiveServers(observation, 'old').filter(({ launchedAtMs }) => launchedAtMs >= startedAtMs);
}

function toHookServer({ instanceId, address, zone, side }: Server): HookServer {
  return { instanceId, address, zone, side };
}
