import { setTimeout as sleep } from 'node:timers/promises';
import { SandboxError } from '../sandbox-error.js';
import type { WriterStore } from './key-values.js';

const TRY_AGAIN_MS = 500;

/**
 * The acknowledged keys that are not in the store with the value that was acknowledged.
 *
 * @param limitMs for how long an answer is tried for; a cluster may be electing a leader just then.
 * @throws SandboxError `unverified` when there was none.
 */
export async function findLostWrites(
  store: WriterStore,
  prefix: string,
  acknowledged: ReadonlyMap<string, string>,
  limitMs: number,
): Promise<readonly string[]> {
  const there = await listWithin(store, prefix, limitMs);
  return [...acknowledged].filter(([key, value]) => there.get(key) !== value).map(([key]) => key);
}

async function listWithin(store: WriterStore, prefix: string, limitMs: number): Promise<ReadonlyMap<string, string>> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    try {
      return await store.list(prefix);
    } catch (thrown) {
      if (performance.now() > endMs) throw unverified(limitMs, thrown);
      await sleep(TRY_AGAIN_MS);
    }
  }
}

function unverified(limitMs: number, cause: unknown): SandboxError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `The acknowledged writes could not be looked for within ${limitMs / 1_000} s: ${why}`;
  const next = 'check which leader the servers report; it is unknown whether a write was lost';
  return new SandboxError('unverified', message, next, cause);
}
