import { type Action, victimOf } from '../../model/action.js';
import type { Decision, Phase } from '../../model/decision.js';
import type { HookedServer, Moment } from '../../model/hook.js';
import type { Intent } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import { isReady } from '../decide/gates.js';
import { isInService, isTerminating, standingOf } from '../decide/servers.js';

/**
 * The moments of one run that are due and not yet over. A run that carries on knows nothing of those of the run
 * before, so a hook runs once at the least, and again where a step is taken again.
 */
export class Moments {
  #phase: Phase | undefined;
  readonly #leaving = new Map<string, HookedServer>();
  readonly #arriving = new Set<string>();
  /** Moves of servers after which everything is done. */
  readonly #over = new Set<string>();

  /** What is due before this decision is carried out, in order. */
  due(survey: Survey, intent: Intent, decision: Decision): readonly Moment[] {
    const phase = phaseOf(decision);
    const left = this.#phase;
    const ofNow = phase ?? left;
    if (ofNow === undefined || decision.kind === 'stop') return [];
    const changes = phase !== left;
    return [
      ...this.#after(survey, intent).map((moment) => ({ ...moment, phase: left ?? ofNow })),
      ...(changes && left !== undefined ? [momentOf('after-phase', left)] : []),
      ...(changes && phase !== undefined ? [momentOf('before-phase', phase)] : []),
      ...this.#before(survey, decision).map((moment) => ({ ...moment, phase: ofNow })),
    ];
  }

  /** Everything that was due at this moment has been done. */
  pass({ on, phase, server, move }: Moment): void {
    if (on === 'before-phase') this.#phase = phase;
    if (on === 'after-phase') this.#phase = undefined;
    if (server === undefined) return;
    if (on === 'after-server') this.#over.add(`${move} ${server.instanceId}`);
    else if (move === 'leaving') this.#leaving.set(server.instanceId, server);
    else this.#arriving.add(server.instanceId);
  }

  /** A server has gone once nobody counts on it any more, and has come once it proved itself and is in service. */
  #after(survey: Survey, intent: Intent): Omit<Moment, 'phase'>[] {
    const standing = new Set(survey.servers.flatMap((one) => (isTerminating(one) ? [] : [one.instanceId])));
    const gone = [...this.#leaving.values()].filter(({ instanceId }) => !standing.has(instanceId));
    const come = arrivalsIn(survey, intent).filter((one) => isReady(survey, one) && isInService(one));
    return [
      ...gone.map((server) => ({ on: 'after-server', server, move: 'leaving' }) as const),
      ...come.map((server) => ({ on: 'after-server', server: told(server), move: 'arriving' }) as const),
    ].filter(({ move, server }) => !this.#over.has(`${move} ${server.instanceId}`));
  }

  #before(survey: Survey, decision: Decision): Omit<Moment, 'phase'>[] {
    if (decision.kind !== 'act') return [];
    const { action } = decision.step;
    const victim = victimOf(action);
    const touched = victim === undefined ? broughtIn(action) : [victim];
    const known = victim === undefined ? this.#arriving : this.#leaving;
    const move = victim === undefined ? 'arriving' : 'leaving';
    return survey.servers
      .filter(({ instanceId }) => touched.includes(instanceId) && !known.has(instanceId))
      .map((server) => ({ on: 'before-server', server: told(server), move }) as const);
  }
}

function phaseOf(decision: Decision): Phase | undefined {
  if (decision.kind === 'act') return decision.step.phase;
  return decision.kind === 'wait' ? decision.wait.phase : undefined;
}

function momentOf(on: 'before-phase' | 'after-phase', phase: Phase): Moment {
  return { on, phase, server: undefined, move: undefined };
}

function broughtIn(action: Action): readonly string[] {
  return action.kind === 'register' ? action.instanceIds : [];
}

/** On the way back only the old servers that had gone come again. */
function arrivalsIn(survey: Survey, { direction, startedAtMs }: Intent): readonly Server[] {
  if (direction === 'forward') return standingOf(survey, 'new');
  return standingOf(survey, 'old').filter(({ launchedAtMs }) => launchedAtMs >= startedAtMs);
}

function told({ instanceId, address, zone, side }: Server): HookedServer {
  return { instanceId, address, zone, side };
}
