import * as z from 'zod/mini';
import {
  CONVERGENCE_KINDS,
  type ConvergenceKind,
  type ConvergenceRecord,
  findMissing,
  type Missing,
  recordConvergence,
} from '../../model/convergence.js';
import type { EventPayload } from '../../model/events.js';
import { buildBeforeKey, type Intent } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import { hasChangedAnything } from '../decide/decisions.js';
import type { Engine } from '../engine.js';
import { findLeaderHost } from './lock-keeper.js';

/** After a roll, agents may need a moment to find the new servers. */
const MAX_ROUNDS = 3;
const PAUSE_MS = 5_000;
/** Consul limits a value to 512 KB. */
const MAX_RECORD_BYTES = 64 * 1024;
const MAX_NAMED = 5;

/** What is missing, by kind; the number and the names follow. */
const CONVERGENCE_WORDS: Readonly<Record<ConvergenceKind, string>> = {
  clients: 'Client agents that were alive before the roll and are not now',
  nodes: 'Nodes that were in the catalog before the roll and are not now',
  services: 'Service instances that were registered before the roll and are not now',
  gateways: 'Gateways that were registered before the roll and are not now',
  wan: 'Servers of other datacenters that were alive before the roll and are not now',
  replication:
    'ACL replication that ran before the roll and does not now, perhaps without a token that was set by API on the old servers',
};

/**
 * Compares what others have in the cluster after a roll with what they had before its first change. Best effort: no step
 * waits for it, no decision depends on it, and what is missing is a warning.
 */
export class Convergence {
  readonly #engine: Engine;
  readonly #intent: Intent;
  readonly #emit: (event: EventPayload) => void;
  /** `none` where an earlier run of the roll has left no record. */
  #before: ConvergenceRecord | 'none' | undefined;

  constructor(engine: Engine, intent: Intent, emit: (event: EventPayload) => void) {
    this.#engine = engine;
    this.#intent = intent;
    this.#emit = emit;
  }

  /** Reads what is there, before the first change; later it reads what an earlier run recorded. Never throws. */
  async prepare(observation: Observation): Promise<void> {
    const host = findLeaderHost(observation);
    if (this.#before !== undefined || host === undefined) return;
    const read = hasChangedAnything(observation) ? this.#readRecord(host) : this.#record(host);
    this.#before = await read.catch(() => undefined);
  }

  /** Emits a warning for what is missing, and deletes the record. Never throws. */
  async conclude(observation: Observation): Promise<void> {
    const host = findLeaderHost(observation);
    const before = this.#before;
    if (before === undefined || before === 'none' || host === undefined) return;
    this.#before = 'none';
    for (const missing of await this.#compare(host, before)) {
      this.#emit({ kind: 'warning', message: describeMissing(missing) });
    }
    await this.#engine.consul.deleteKey(host, this.#key).catch(() => undefined);
  }

  /** Deletes the record of a roll that has changed nothing. Never throws. */
  async discard(observation: Observation): Promise<void> {
    const host = findLeaderHost(observation);
    const isRecorded = this.#before !== undefined && this.#before !== 'none';
    if (!isRecorded || host === undefined || hasChangedAnything(observation)) return;
    await this.#engine.consul.deleteKey(host, this.#key).catch(() => undefined);
  }

  get #key(): string {
    return buildBeforeKey(this.#intent.cluster);
  }

  async #record(host: string): Promise<ConvergenceRecord | 'none'> {
    const before = recordConvergence(await this.#engine.consul.readConvergence(host));
    if (CONVERGENCE_KINDS.every((kind) => (before[kind]?.total ?? 0) === 0)) return 'none';
    await this.#engine.consul
      .writeKey(host, this.#key, formatRecord(this.#intent.rollId, before))
      .catch(() => undefined);
    return before;
  }

  async #readRecord(host: string): Promise<ConvergenceRecord | 'none'> {
    const { value } = await this.#engine.consul.readKey(host, this.#key);
    return parseRecord(value ?? '', this.#intent.rollId) ?? 'none';
  }

  async #compare(host: string, before: ConvergenceRecord): Promise<readonly Missing[]> {
    const { consul, clock } = this.#engine;
    let missing: readonly Missing[] = [];
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const after = await consul.readConvergence(host).catch(() => undefined);
      missing = after === undefined ? missing : findMissing(before, after);
      if (missing.length === 0 || round === MAX_ROUNDS) break;
      await clock.sleep(PAUSE_MS);
    }
    return missing;
  }
}

function describeMissing({ kind, names, count }: Missing): string {
  const listed = names.slice(0, MAX_NAMED);
  const more = names.length - listed.length;
  const text = [
    ...listed,
    ...(more > 0 ? [`${more} more`] : []),
    ...(names.length === 0 ? ['names not recorded'] : []),
  ];
  return `${CONVERGENCE_WORDS[kind]} (${count}): ${text.join(', ')}`;
}

/** Names are left out from the last kind on, until the record is small enough. */
function formatRecord(rollId: string, before: ConvergenceRecord): string {
  const kinds: Record<string, { names: [string, number][]; total: number }> = {};
  let leftBytes = MAX_RECORD_BYTES;
  for (const kind of CONVERGENCE_KINDS) {
    const { names, total } = before[kind] ?? {};
    if (names === undefined || total === undefined) continue;
    const kept = [...names].filter(([name, count]) => {
      leftBytes -= Buffer.byteLength(JSON.stringify([name, count])) + 1;
      return leftBytes > 0;
    });
    kinds[kind] = { names: kept, total };
  }
  return JSON.stringify({ rollId, kinds });
}

const countSchema = z.number().check(z.gte(0));
const kindSchema = z.optional(z.object({ names: z.array(z.tuple([z.string(), countSchema])), total: countSchema }));
const recordSchema = z.object({
  rollId: z.string(),
  kinds: z.object(Object.fromEntries(CONVERGENCE_KINDS.map((kind) => [kind, kindSchema]))),
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
    return Object.fromEntries(kinds);
  } catch {
    return undefined;
  }
}
