import * as z from 'zod/mini';
import { UNREAD_CAUSES } from '../../model/comparison.js';
import {
  CONVERGENCE_KINDS,
  type Convergence,
  type ConvergenceRecord,
  compareConvergence,
  recordConvergence,
} from '../../model/convergence.js';
import type { EventPayload } from '../../model/events.js';
import { buildBeforeKey, type Intent } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { Side } from '../../model/server.js';
import { listServers } from '../../model/servers.js';
import { hasChangedAnything } from '../decide/decisions.js';
import { listIdleMarks } from '../decide/settled.js';
import type { Engine } from '../engine.js';
import { findLeaderHost } from './lock-keeper.js';

/** What others have may be thousands of names. */
const PAUSE_MS = 5_000;
/** Consul limits a value to 512 KB. */
const MAX_RECORD_BYTES = 64 * 1024;
const NOTHING_COMPARED = compareConvergence(undefined, { found: {}, unread: {} });

/**
 * What others had in the cluster before the first change of a roll, as a key beside the lock, and what of it is there once
 * the servers that leave have left. What cannot be read fails no roll: it is reported as not compared.
 */
export class ConvergenceKeeper {
  readonly #engine: Engine;
  readonly #intent: Intent;
  readonly #emit: (event: EventPayload) => void;
  /** `none` where there is no record of this roll; undefined until it was read or written. */
  #before: ConvergenceRecord | 'none' | undefined;
  #latest: Convergence | undefined;
  #comparedAtMs = -Infinity;
  #isReported = false;

  constructor(engine: Engine, intent: Intent, emit: (event: EventPayload) => void) {
    this.#engine = engine;
    this.#intent = intent;
    this.#emit = emit;
  }

  /** The last comparison; undefined before the first. */
  get latest(): Convergence | undefined {
    return this.#latest;
  }

  /** Reads what is there, before the first change; later it reads what an earlier run recorded. Never throws. */
  async prepare(observation: Observation): Promise<void> {
    const host = findLeaderHost(observation);
    if (this.#before !== undefined || host === undefined) return;
    const read = hasChangedAnything(observation) ? this.#readRecord(host) : this.#record(host);
    this.#before = await read.catch(() => undefined);
  }

  /**
   * Compares again, if all servers of the side that leaves are gone, and the last comparison is older than a pause. Never
   * throws.
   */
  async compare(observation: Observation, leaving: Side): Promise<void> {
    const { consul, clock } = this.#engine;
    const host = findLeaderHost(observation);
    const isDue = hasChangedAnything(observation) && listServers(observation, leaving).length === 0;
    if (!isDue || host === undefined || clock.now() - this.#comparedAtMs < PAUSE_MS) return;
    await this.prepare(observation);
    const before = this.#before;
    const after = before && (await consul.readConvergence(host).catch(() => undefined));
    if (after === undefined) return;
    this.#comparedAtMs = clock.now();
    this.#latest = compareConvergence(before === 'none' ? undefined : before, after);
  }

  /**
   * Reports what is missing, what was not compared and which marks stay, and deletes the record: immediately before that of
   * the roll is deleted, after which no process would. Throws if the record cannot be deleted; then it may be called again.
   */
  async conclude(observation: Observation): Promise<void> {
    const { missing, notCompared } = this.#latest ?? NOTHING_COMPARED;
    if (!this.#isReported) {
      const instanceIds = listIdleMarks(observation, this.#intent);
      if (instanceIds.length > 0) this.#emit({ kind: 'warning', warning: { kind: 'marks-stay', instanceIds } });
      for (const one of missing) this.#emit({ kind: 'warning', warning: { kind: 'not-converged', missing: one } });
      if (notCompared.length > 0)
        this.#emit({ kind: 'warning', warning: { kind: 'others-not-compared', notCompared } });
    }
    this.#isReported = true;
    const host = findLeaderHost(observation);
    if (host === undefined)
      throw new Error('no leader answered, and the key that records what others had is to be deleted');
    await this.#engine.consul.deleteKey(host, this.#key);
  }

  /** Deletes the record of a roll that has changed nothing. Never throws. */
  async discard(observation: Observation): Promise<void> {
    const host = findLeaderHost(observation);
    const isRecorded = this.#before !== undefined && this.#before !== 'none' && !this.#isReported;
    if (!isRecorded || host === undefined || hasChangedAnything(observation)) return;
    await this.#engine.consul.deleteKey(host, this.#key).catch(() => undefined);
  }

  get #key(): string {
    return buildBeforeKey(this.#intent.cluster);
  }

  async #record(host: string): Promise<ConvergenceRecord> {
    const before = recordConvergence(await this.#engine.consul.readConvergence(host));
    await this.#engine.consul
      .writeKey(host, this.#key, formatRecord(this.#intent.rollId, before))
      .catch(() => undefined);
    return before;
  }

  async #readRecord(host: string): Promise<ConvergenceRecord | 'none'> {
    const { value } = await this.#engine.consul.readKey(host, this.#key);
    return parseRecord(value ?? '', this.#intent.rollId) ?? 'none';
  }
}

/** Names are left out from the last kind on, until the record is small enough. */
function formatRecord(rollId: string, { found, unread }: ConvergenceRecord): string {
  const kinds: Record<string, { names: [string, number][]; total: number }> = {};
  let leftBytes = MAX_RECORD_BYTES;
  for (const kind of CONVERGENCE_KINDS) {
    const { names, total } = found[kind] ?? {};
    if (names === undefined || total === undefined) continue;
    const kept = [...names].filter(([name, count]) => {
      leftBytes -= Buffer.byteLength(JSON.stringify([name, count])) + 1;
      return leftBytes > 0;
    });
    kinds[kind] = { names: kept, total };
  }
  return JSON.stringify({ rollId, kinds, unread });
}

const countSchema = z.number().check(z.gte(0));
const kindSchema = z.optional(z.object({ names: z.array(z.tuple([z.string(), countSchema])), total: countSchema }));
const recordSchema = z.object({
  rollId: z.string(),
  kinds: z.object(Object.fromEntries(CONVERGENCE_KINDS.map((kind) => [kind, kindSchema]))),
  unread: z._default(z.partialRecord(z.enum(CONVERGENCE_KINDS), z.enum(UNREAD_CAUSES)), {}),
});

/** Undefined for the record of another roll, and for any other value. */
function parseRecord(value: string, rollId: string): ConvergenceRecord | undefined {
  try {
    const record = recordSchema.parse(JSON.parse(value));
    if (record.rollId !== rollId) return undefined;
    const kinds = Object.entries(record.kinds).map(([kind, kept]) => [
      kind,
      kept && { names: new Map(kept.names), total: kept.total },
    ]);
    return { found: Object.fromEntries(kinds), unread: record.unread };
  } catch {
    return undefined;
  }
}
