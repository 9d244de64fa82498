import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod/mini';
import { findReason, OUTCOMES, type RollEnd } from '../../model/outcome.js';
import { buildHistoryKey, type PastRoll } from '../../model/past-roll.js';
import { toPrintable } from '../../model/printable.js';
import type { Engine } from '../engine.js';
import { findLeaderHost } from './lock-keeper.js';
import type { RunState } from './run-state.js';
import { MAX_TEXT_LENGTH, parseStoredJson, storedTextSchema, storedTimeSchema } from './stored-values.js';

const VERSION = 1;
const MAX_ROLLS = 20;
const MAX_RUNS = 1_000_000;
const MAX_HISTORY_BYTES = 32 * 1024;
/** How long the end of a run waits for it, and one that is to end at once. */
const MAX_WRITE_MS = 2_000;
const MAX_URGENT_WRITE_MS = 300;

const text = storedTextSchema;
const time = storedTimeSchema;
const pastRollSchema = z.object({
  rollId: text,
  from: z.optional(text),
  to: text,
  outcome: z.enum(OUTCOMES),
  reason: z.optional(text),
  holder: text,
  runs: z.int().check(z.gte(1), z.lte(MAX_RUNS)),
  startedAtMs: time,
  endedAtMs: time,
});
const versionSchema = z.object({ version: z.number() });
const historySchema = z.object({ version: z.literal(VERSION), rolls: z.array(z.unknown()) });

/**
 * Reads the last rolls of a cluster, the last first. Others may write to Consul: what no run writes is left out.
 *
 * @returns an empty list for anything but a history of this version
 */
export function parseHistory(value: string | undefined): readonly PastRoll[] {
  if (value === undefined || Buffer.byteLength(value) > MAX_HISTORY_BYTES) return [];
  const parsed = historySchema.safeParse(parseStoredJson(value));
  if (!parsed.success) return [];
  return parsed.data.rolls.slice(0, MAX_ROLLS).flatMap((one) => {
    const roll = pastRollSchema.safeParse(one);
    return roll.success ? [{ from: undefined, reason: undefined, ...roll.data }] : [];
  });
}

/** What this build cannot read it would lose. */
function isOfLaterBuild(value: string | undefined): boolean {
  const found = value === undefined ? undefined : versionSchema.safeParse(parseStoredJson(value));
  return found?.success === true && found.data.version > VERSION;
}

/** The history with the end of one more run: of a roll that it has already, or of a new one. */
export function addPastRoll(history: readonly PastRoll[], roll: PastRoll): readonly PastRoll[] {
  const earlier = history.find(({ rollId }) => rollId === roll.rollId);
  const others = history.filter(({ rollId }) => rollId !== roll.rollId);
  // A run that was suspended for long may end after the one that completed its roll.
  const last = earlier !== undefined && isCompleted(earlier) && !isCompleted(roll) ? earlier : roll;
  const runs = Math.min(MAX_RUNS, (earlier?.runs ?? 0) + 1);
  const merged = { ...last, from: earlier?.from ?? roll.from, runs };
  return [merged, ...others].slice(0, MAX_ROLLS);
}

function isCompleted({ outcome }: PastRoll): boolean {
  return outcome === 'rolled' || outcome === 'rolled-back';
}

/** The history as the value of its key: the latest rolls that fit, long texts cut short. */
export function formatHistory(rolls: readonly PastRoll[]): string {
  const clamp = (_key: string, value: unknown) =>
    typeof value === 'string' ? toPrintable(value).slice(0, MAX_TEXT_LENGTH) : value;
  const value = JSON.stringify({ version: VERSION, rolls }, clamp);
  return Buffer.byteLength(value) <= MAX_HISTORY_BYTES ? value : formatHistory(rolls.slice(0, -1));
}

/**
 * Keeps the end of a run in the cluster's store, while this run holds the lock. Best effort, and for a short time: never
 * throws.
 *
 * @param from the image before the roll, as this run found it
 * @param isUrgent the run was asked to end at once
 */
export async function keepPastRoll(
  engine: Engine,
  state: RunState,
  end: RollEnd,
  from: string | undefined,
  isUrgent: boolean,
): Promise<void> {
  const { intent, observation } = state.input;
  const host = findLeaderHost(observation);
  if (host === undefined) return;
  const { rollId, imageId: to, startedAtMs, cluster } = intent;
  const roll = {
    rollId,
    // In place the group names the new image from the first change on.
    from: from === to ? undefined : from,
    to,
    outcome: end.outcome,
    reason: findReason(end)?.kind,
    holder: engine.holder,
    runs: 1,
    startedAtMs,
    endedAtMs: engine.clock.now(),
  };
  const isOver = new AbortController();
  // A real timer, not the engine's clock: the write takes no time of the roll.
  const limit = delay(isUrgent ? MAX_URGENT_WRITE_MS : MAX_WRITE_MS, undefined, { signal: isOver.signal }).catch(
    () => undefined,
  );
  await Promise.race([write(engine, host, buildHistoryKey(cluster), roll).catch(() => undefined), limit]);
  isOver.abort();
}

async function write({ consul }: Engine, host: string, key: string, roll: PastRoll): Promise<void> {
  const { value, modifyIndex } = await consul.readKey(host, key);
  if (isOfLaterBuild(value)) return;
  await consul.compareAndSet(host, key, formatHistory(addPastRoll(parseHistory(value), roll)), modifyIndex);
}
