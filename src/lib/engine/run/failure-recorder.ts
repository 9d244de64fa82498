import { setTimeout as delay } from 'node:timers/promises';
import { listDepartingInstances } from '../../model/action.js';
import type { Decision } from '../../model/decision.js';
import { messageOf } from '../../model/errors.js';
import type { EventPayload } from '../../model/events.js';
import type { Observation } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import { cutConsole, type ServerConsole, type ServerFailure } from '../../model/server-failure.js';
import { isLaunchedInRoll } from '../../model/servers.js';
import type { StopReason } from '../../model/stop-reason.js';
import { findFailedGates, GATES, type Gate } from '../decide/gates.js';
import type { Engine } from '../engine.js';

/** A roll waits no longer for the consoles of failed servers, and no longer than half the life of its lock. */
const MAX_WAIT_MS = 5_000;
/** Servers of one image fail alike. */
const MAX_CONSOLES = 3;

/** Steps that end a server of the roll because it failed. */
const FAILURE_REASONS: readonly string[] = [
  'founder',
  'impostor',
  'keeps-rejoining',
  'never-joined',
  'never-voted',
  'replacement-died',
  'token-refused',
];

interface Furthest {
  readonly gates: number;
  readonly atMs: number;
}

/**
 * How far each new server came, and the console of one that failed, read before it is terminated. Nothing is decided by it:
 * what cannot be read in a short time is reported as that.
 */
export class FailureRecorder {
  readonly #engine: Engine;
  readonly #emit: (event: EventPayload) => void;
  readonly #furthest = new Map<string, Furthest>();
  readonly #failures = new Map<string, ServerFailure>();
  readonly #asked = new Set<string>();
  readonly #maxWaitMs: number;
  #isDenied = false;
  #pending: Promise<unknown> = Promise.resolve();

  constructor(engine: Engine, lockTtlMs: number, emit: (event: EventPayload) => void) {
    this.#engine = engine;
    this.#maxWaitMs = Math.min(MAX_WAIT_MS, lockTtlMs / 2);
    this.#emit = emit;
  }

  /** The servers that failed, in the order in which they were found. */
  get failures(): readonly ServerFailure[] {
    return [...this.#failures.values()];
  }

  /** Keeps how far each new server has come. */
  note(observation: Observation): void {
    for (const server of listNewServers(observation)) {
      const failed = findFailedGates(observation, server);
      const gates = failed[0] === undefined ? GATES.length : GATES.indexOf(failed[0]);
      const { instanceId } = server;
      if (gates > (this.#furthest.get(instanceId)?.gates ?? 0)) {
        this.#furthest.set(instanceId, { gates, atMs: observation.atMs });
      }
    }
  }

  /** Reads the consoles of the servers that this decision gives up, each once. Never throws. */
  async investigate(observation: Observation, decision: Decision): Promise<void> {
    const due = listNewServers(observation).filter(
      ({ instanceId }) => !this.#asked.has(instanceId) && listGivenUp(decision).includes(instanceId),
    );
    const room = Math.max(0, MAX_CONSOLES - this.#asked.size);
    for (const { instanceId } of due) this.#asked.add(instanceId);
    const reading = due.slice(0, room).map(async (server) => this.#record(observation, server));
    if (reading.length === 0) return;
    this.#pending = Promise.all([this.#pending, ...reading]);
    await this.#pending;
  }

  /** Waits for what is still being read. */
  async close(): Promise<void> {
    await this.#pending;
  }

  async #record(observation: Observation, server: Server): Promise<void> {
    const { instanceId, launchedAtMs } = server;
    const failedGates = findFailedGates(observation, server);
    const furthest = this.#furthest.get(instanceId);
    const gate: Gate | undefined = GATES[(furthest?.gates ?? 0) - 1];
    const console = await this.#readConsole(instanceId);
    const failure: ServerFailure = {
      instanceId,
      furthest:
        furthest === undefined || gate === undefined
          ? undefined
          : { gate, atMs: furthest.atMs, afterLaunchMs: Math.max(0, furthest.atMs - launchedAtMs) },
      failedGates,
      console,
    };
    this.#failures.set(instanceId, failure);
    this.#emit({ kind: 'server-failed', failure });
    if (console.kind !== 'denied' || this.#isDenied) return;
    this.#isDenied = true;
    this.#emit({ kind: 'warning', warning: { kind: 'console-denied', message: console.message } });
  }

  /** A real timer, not the engine's clock: a call that hangs takes no time of the roll. */
  async #readConsole(instanceId: string): Promise<ServerConsole> {
    const isRead = new AbortController();
    const late = delay(this.#maxWaitMs, undefined, { signal: isRead.signal }).then(
      () => ({ kind: 'unavailable', message: `no answer within ${this.#maxWaitMs / 1_000} s` }) as const,
    );
    late.catch(() => undefined);
    const reading = this.#engine.cloud
      .readConsole(instanceId)
      .catch((thrown) => ({ kind: 'unavailable', message: messageOf(thrown) }) as const);
    try {
      return cutConsole(await Promise.race([reading, late]));
    } finally {
      isRead.abort();
    }
  }
}

function listNewServers(observation: Observation): readonly Server[] {
  return observation.servers.filter((server) => server.side === 'new' && isLaunchedInRoll(observation, server));
}

/** The instances that a decision gives up because they failed; others may be among them. */
function listGivenUp(decision: Decision): readonly string[] {
  if (decision.kind === 'stop') return listBlamed(decision.reason);
  if (decision.kind !== 'act') return [];
  const { action, reason } = decision.step;
  if (action.kind === 'start-rollback') return listBlamed(action.reason);
  return FAILURE_REASONS.includes(reason.kind) ? listDepartingInstances(action) : [];
}

/** The instances that a reason is about. */
function listBlamed(reason: StopReason): readonly string[] {
  if (reason.kind === 'old-already-left') return listBlamed(reason.because);
  if (reason.kind === 'timed-out') return 'instanceIds' in reason.waitedFor ? reason.waitedFor.instanceIds : [];
  return 'instanceId' in reason && reason.instanceId !== undefined ? [reason.instanceId] : [];
}
