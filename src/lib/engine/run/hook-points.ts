import { listDepartingInstances } from '../../model/action.js';
import type { Decision, Phase, SafetyInput } from '../../model/decision.js';
import type { HookPoint } from '../../model/hook.js';
import type { Server } from '../../model/server.js';
import { isInService, isLaunchedInRoll, isTerminating, listActiveServers } from '../../model/servers.js';
import { isOperatorGateDue, isReady } from '../decide/gates.js';

type ServerPoint = Pick<HookPoint, 'server' | 'move'> & { readonly on: 'before-server' | 'after-server' };

/**
 * The points of one run at which hooks may run, and which of them have passed. A resumed run does not know which passed
 * before: a hook runs at least once, and again if a step is repeated.
 */
export class HookPoints {
  #phase: Phase | undefined;
  /** Server points that have passed, by their key. */
  readonly #passed = new Map<string, ServerPoint>();

  /** The points that are due before this decision is carried out, in order. */
  findDue(input: SafetyInput, decision: Decision): readonly HookPoint[] {
    const next = findPhase(decision);
    const last = this.#phase;
    const current = next ?? last;
    if (current === undefined || decision.kind === 'stop') return [];
    const left = next === last ? undefined : last;
    const entered = next === last ? undefined : next;
    return [
      ...this.#listServersMoved(input).map((point) => ({ ...point, phase: last ?? current })),
      ...(left === undefined ? [] : [buildPhasePoint('after-phase', left)]),
      ...(entered === undefined ? [] : [buildPhasePoint('before-phase', entered)]),
      ...this.#listServersToMove(input, decision).map((point) => ({ ...point, phase: current })),
    ];
  }

  /** Notes that every hook of this point has run. */
  markPassed({ on, phase, server, move }: HookPoint): void {
    if (on === 'before-phase') this.#phase = phase;
    else if (on === 'after-phase') this.#phase = undefined;
    else if (on !== 'gate') this.#passed.set(buildKey({ on, server, move }), { on, server, move });
  }

  /** Servers that have left, and new servers that are ready and in service. */
  #listServersMoved(input: SafetyInput): ServerPoint[] {
    const { servers } = input.observation;
    const remaining = new Set(servers.flatMap((one) => (isTerminating(one) ? [] : [one.instanceId])));
    const left = [...this.#passed.values()].filter(
      ({ on, move, server }) =>
        on === 'before-server' && move === 'leaving' && !remaining.has(server?.instanceId ?? ''),
    );
    const arrived = listArriving(input).filter((server) => isReady(input, server) && isInService(server));
    return [
      ...left.map((point) => ({ ...point, on: 'after-server' }) as const),
      ...arrived.map((server) => buildServerPoint('after-server', 'arriving', server)),
    ].filter((point) => !this.#passed.has(buildKey(point)));
  }

  /** Servers that this decision removes, or puts into service. */
  #listServersToMove({ observation }: SafetyInput, decision: Decision): ServerPoint[] {
    if (decision.kind !== 'act') return [];
    const { action } = decision.step;
    const arriving = action.kind === 'register' ? action.instanceIds : [];
    const touched = [...arriving, ...listDepartingInstances(action)];
    const move = action.kind === 'register' ? 'arriving' : 'leaving';
    return observation.servers
      .filter(({ instanceId }) => touched.includes(instanceId))
      .map((server) => buildServerPoint('before-server', move, server))
      .filter((point) => !this.#passed.has(buildKey(point)));
  }
}

function findPhase(decision: Decision): Phase | undefined {
  if (decision.kind === 'act') return decision.step.phase;
  return decision.kind === 'wait' ? decision.wait.phase : undefined;
}

function buildKey({ on, move, server }: ServerPoint): string {
  return `${on} ${move} ${server?.instanceId}`;
}

function buildPhasePoint(on: 'before-phase' | 'after-phase', phase: Phase): HookPoint {
  return { on, phase, server: undefined, move: undefined };
}

function buildServerPoint(
  on: ServerPoint['on'],
  move: 'arriving' | 'leaving',
  { instanceId, address, zone, side }: Server,
): ServerPoint {
  return { on, move, server: { instanceId, address, zone, side } };
}

/** New servers that the roll waits for, and that pass every gate but that of the operator. */
export function listGatePoints({ observation }: SafetyInput, decision: Decision): readonly HookPoint[] {
  if (decision.kind !== 'wait' || decision.wait.for.kind !== 'ready') return [];
  const { phase } = decision.wait;
  return listActiveServers(observation, 'new')
    .filter((server) => isOperatorGateDue(observation, server))
    .map((server) => ({ ...buildServerPoint('after-server', 'arriving', server), on: 'gate', phase }));
}

/** In a rollback, only old servers that were launched since the roll began. */
function listArriving({ observation, intent: { direction } }: SafetyInput): readonly Server[] {
  if (direction === 'forward') return listActiveServers(observation, 'new');
  return listActiveServers(observation, 'old').filter((server) => isLaunchedInRoll(observation, server));
}
