import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Order } from '../../src/lib/model/plan.js';
import type { Sandbox } from '../../src/lib/sandbox/sandbox.js';

const CHILD = fileURLToPath(new URL('./crashing-roll.mjs', import.meta.url));
const MINUTE_MS = 60_000;
/** A roll has about 35 effects; one that needs more lives than this goes round in circles. */
const MOST_LIVES = 60;

/** One process of a roll, at its end. */
export interface Life {
  readonly signal: string | null;
  readonly exitCode: number | null;
  /** Of the roll, where the process got that far. */
  readonly outcome: string;
  readonly stderr: string;
}

/** Where a process kills itself: before it asks for its nth effect, or after that took hold. */
export interface Crash {
  readonly atEffect: number;
  readonly when: 'before' | 'after';
  /** Counts only effects that the ports call so, for instance `leave`. */
  readonly named?: string;
}

/** Where the lives of a roll are spent. */
export interface Stage {
  /** Of the compiled program. */
  readonly root: string;
  /** For snapshots. */
  readonly folder: string;
  readonly sandbox: Sandbox;
}

/** One process of the roll. */
export function live({ root, folder, sandbox }: Stage, order: Order, crash: Crash): Promise<Life> {
  const settings = {
    aws: { region: sandbox.region, endpoint: sandbox.endpointUrl, credentials: sandbox.credentials },
    consul: { scheme: 'http', port: 8500 },
    snapshotDir: folder,
  };
  const child = spawn(process.execPath, [CHILD, root, JSON.stringify({ settings, order, crash })]);
  let [outcome, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    outcome += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  return new Promise((resolve) => {
    child.once('close', (exitCode, signal) => resolve({ signal, exitCode, outcome, stderr }));
  });
}

/**
 * Rolls in as many lives as it takes. Every one but the last ends with SIGKILL: in turn right after its first effect
 * and right before its second, so that every effect of the roll is died at.
 */
export async function liveUntilDone(stage: Stage, order: Order): Promise<readonly Life[]> {
  const lives: Life[] = [];
  do {
    const after = lives.length % 2 === 0;
    const crash = after
      ? ({ atEffect: 1, when: 'after' } as const)
      : ({ atEffect: 2, when: 'before' } as const);
    lives.push(await live(stage, order, crash));
  } while (lives.at(-1)?.signal === 'SIGKILL' && lives.length < MOST_LIVES);
  return lives;
}

/** An order with looks in quick succession and a lock that expires as quickly. */
export function quickOrder(imageId: string | undefined): Order {
  return {
    cluster: 'consul',
    group: undefined,
    imageId,
    surge: undefined,
    keepOld: false,
    intervalMs: 250,
    lockTtlMs: 1_000,
    limits: {
      healthTimeoutMs: 2 * MINUTE_MS,
      drainTimeoutMs: MINUTE_MS,
      leaveTimeoutMs: MINUTE_MS,
      leaderTimeoutMs: MINUTE_MS,
      awsTimeoutMs: MINUTE_MS,
      bakeMs: 0,
      looks: 2,
    },
  };
}
